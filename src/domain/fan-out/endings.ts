import { isErrorCode, type ErrorCode } from '../change.js';
import { withAttention } from '../dispatch.js';
import { categoryOf } from '../hub-errors.js';
import { isSettled, passTime, toSettlement, type Decision } from '../operation/index.js';
import { finish, finishRejected, finishUnsent, withFinal } from './outcome.js';
import { review } from './review.js';
import {
  isFinal,
  isRead,
  isSendingOver,
  mayHaveBeenSent,
  takeFanOutStance,
  withTokens,
  type FanOut,
} from './state.js';

/** What became of the one request for the card, as its sender tells it. */
export type SendingResult =
  | { readonly kind: 'accepted'; readonly at: number }
  /** The hub's synchronous refusal; `echo`: an earlier attempt may have had an effect. */
  | { readonly kind: 'refused'; readonly errorCode?: ErrorCode | undefined; readonly echo: boolean }
  | { readonly kind: 'superseded'; readonly by: string; readonly possiblySent: boolean }
  /** Given up: cancelled, no longer needed, or the hard deadline has come. */
  | { readonly kind: 'stopped'; readonly possiblySent: boolean };

/** Whether a value is what a sender tells; a signal that was sent by hand may not be. */
export function isSendingResult(value: unknown): value is SendingResult {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, at, errorCode, echo, by, possiblySent } = value as Record<string, unknown>;
  switch (kind) {
    case 'accepted':
      return Number.isSafeInteger(at);
    case 'refused':
      return (errorCode === undefined || isErrorCode(errorCode)) && typeof echo === 'boolean';
    case 'superseded':
      return typeof by === 'string' && typeof possiblySent === 'boolean';
    case 'stopped':
      return typeof possiblySent === 'boolean';
    default:
      return false;
  }
}

const CANCELLATION_TRIES = 3;

/** Records that no further attempt will be made. The sender tells it once; telling it again changes nothing. */
export function recordSendingEnded(fanOut: FanOut, result: SendingResult, now: number): FanOut {
  if (fanOut.sending.kind !== 'under-way' || isFinal(fanOut)) return fanOut;
  switch (result.kind) {
    case 'accepted': {
      const accepted: FanOut = { ...fanOut, sending: { kind: 'accepted', at: result.at } };
      return review(cancelWhenDue(withFact(accepted, now), now), now);
    }
    case 'refused':
      return recordRefusal(withSendingEnded(fanOut, result.echo, now), result, now);
    case 'superseded': {
      const ended = withSendingEnded({ ...fanOut, supersededBy: result.by }, result.possiblySent, now);
      return mayHaveBeenSent(ended) ? beginCancelling(ended, now) : finishUnsent(ended, 'SUPERSEDED', now);
    }
    case 'stopped':
      return cancelWhenDue(withSendingEnded(fanOut, result.possiblySent, now), now);
  }
}

function withSendingEnded(fanOut: FanOut, possiblySent: boolean, now: number): FanOut {
  const ended: FanOut = { ...fanOut, sending: { kind: 'ended', possiblySent } };
  const wasSent = mayHaveBeenSent(ended);
  return withTokens(withFact(ended, now), isRead, (token) => ({ ...token, possiblySent: wasSent }));
}

/** Words that came before the hub's answer are the later fact. */
function withFact(fanOut: FanOut, now: number): FanOut {
  return fanOut.wordCame ? fanOut : { ...fanOut, lastFactAt: now };
}

function recordRefusal(
  fanOut: FanOut,
  { errorCode, echo }: Extract<SendingResult, { kind: 'refused' }>,
  now: number,
): FanOut {
  // A word has come, so an earlier attempt was taken on, and this is its echo.
  if (fanOut.wordCame) return cancelWhenDue(fanOut, now);
  if (fanOut.cancelledAt !== undefined && !echo) return finishRejected(fanOut, errorCode, now);
  const isAboutState = errorCode !== undefined && categoryOf(errorCode) === 'state';
  if (!echo && !isAboutState) return finishRejected(fanOut, errorCode, now);
  if (fanOut.stance.kind === 'expired') {
    return {
      ...fanOut,
      stance: { kind: 'expired', before: { kind: 'refused', errorCode, echo, answeredReadings: 0 } },
    };
  }
  return takeFanOutStance(fanOut, { kind: 'refused', errorCode, echo, answeredReadings: 0 }, now);
}

/** A person or a caller wants it over. What may have reached the hub needs a reading first (design 5.2, Cancel). */
export function recordFanOutCancellation(fanOut: FanOut, now: number): FanOut {
  const { stance } = fanOut;
  if (isFinal(fanOut) || stance.kind === 'expired' || stance.kind === 'cancelling') return fanOut;
  return cancelWhenDue({ ...fanOut, cancelledAt: fanOut.cancelledAt ?? now }, now);
}

/** An attempt under way may yet have an effect: only when it has ended is it known what there is to look for. */
function cancelWhenDue(fanOut: FanOut, now: number): FanOut {
  const isDue = fanOut.cancelledAt !== undefined && isSendingOver(fanOut, now);
  if (!isDue || isFinal(fanOut)) return fanOut;
  if (fanOut.stance.kind === 'refused' && !fanOut.stance.echo) return finish(fanOut, undefined, now);
  return mayHaveBeenSent(fanOut) ? beginCancelling(fanOut, now) : finishUnsent(fanOut, 'CANCELLED', now);
}

function beginCancelling(fanOut: FanOut, now: number): FanOut {
  const { stance } = fanOut;
  if (stance.kind === 'cancelling' || stance.kind === 'expired') return fanOut;
  return takeFanOutStance(fanOut, { kind: 'cancelling', triesLeft: CANCELLATION_TRIES }, now);
}

/** A person wants to know how it stands: a reading now. */
export function recordFanOutReadingRequest(fanOut: FanOut, now: number): FanOut {
  return isFinal(fanOut) ? fanOut : { ...fanOut, readingRequestedAt: now };
}

/** A person decides: final with that status, evidence PERSON (design 5.2, Resolve). Whoever decides has looked. */
export function recordFanOutDecision(fanOut: FanOut, decision: Decision, now: number): FanOut {
  if (isFinal(fanOut)) return fanOut;
  const settled = withFinal({ ...fanOut, exposed: [] }, toSettlement(decision), now);
  const unworried = withTokens(
    settled,
    () => true,
    (token) => ({ ...token, conflictOpen: false, attention: [] }),
  );
  return { ...unworried, attention: [] };
}

/** Lets time pass: the soft and the hard deadline, and the patience with a sender that says nothing. Safe to call at any time. */
export function passFanOutTime(fanOut: FanOut, now: number): FanOut {
  if (isFinal(fanOut)) return fanOut;
  return passHardDeadline(cancelWhenDue(passSoftDeadline(fanOut, now), now), now);
}

function passSoftDeadline(fanOut: FanOut, now: number): FanOut {
  const { softDeadlineAt, hardDeadlineAt } = fanOut.request;
  if (now < softDeadlineAt) return fanOut;
  // The tokens' own hard deadline is the card's: all of them end with one last look.
  const seen = withTokens(
    fanOut,
    (member) => isRead(member) && !isSettled(member.token) && !member.token.overdue,
    (token) => passTime(token, Math.min(now, hardDeadlineAt - 1)),
  );
  if (seen.overdue) return seen;
  const overdue = withAttention({ ...seen, overdue: true }, 'OVERDUE');
  const isUnseen = !overdue.hasSnapshot && overdue.stance.kind === 'gathering';
  return isUnseen ? { ...overdue, nextReadingAt: now } : overdue;
}

/** The last look comes when no attempt is under way any more: it must not overtake one. */
function passHardDeadline(fanOut: FanOut, now: number): FanOut {
  const { stance, request } = fanOut;
  if (now < request.hardDeadlineAt || !isSendingOver(fanOut, now)) return fanOut;
  if (stance.kind === 'final' || stance.kind === 'expired') return fanOut;
  return takeFanOutStance(fanOut, { kind: 'expired', before: stance }, now);
}
