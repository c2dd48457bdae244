import { isHandingOver, isResetKnown } from '../operation/agenda.js';
import type { ErrorCode } from '../hub/change.js';
import { beginDispatch, withAttention, withoutAttention, type Dispatch } from '../operation/dispatch.js';
import { categoryOf } from '../hub/hub-errors.js';
import { evolve, isSettled, toSettlement, type Decision } from '../token/index.js';
import { finish, finishRejected, finishUnsent, withFinal } from './outcome.js';
import { review, withFirstList } from './review.js';
import {
  cardUnreachableAt,
  isFinal,
  isRead,
  isSenderDone,
  mayHaveBeenSent,
  enterCardPhase,
  withoutFurtherAttempts,
  withTokens,
  type FanOut,
} from './state.js';

/** What became of the one request for the card. */
export type SendingResult =
  | { readonly kind: 'accepted'; readonly at: number }
  /** The hub's synchronous refusal; `echo`: an earlier attempt may have had an effect. */
  | { readonly kind: 'refused'; readonly errorCode?: ErrorCode | undefined; readonly echo: boolean }
  | { readonly kind: 'superseded'; readonly by: string; readonly possiblySent: boolean }
  /** Given up: cancelled, no longer needed, or the hard deadline has come. */
  | { readonly kind: 'stopped'; readonly possiblySent: boolean }
  /** Nobody will ever know what was sent. */
  | { readonly kind: 'lost' };

/** What the child workflow that sends the request returns. */
export interface SenderReport {
  readonly result: SendingResult;
  /** How far the sending was, for the next child to go on from. */
  readonly dispatch: Dispatch;
}

const CANCELLATION_TRIES = 3;

/** A child that sends the request is started. */
export function beginSender(fanOut: FanOut, now: number): FanOut {
  const n = fanOut.senders + 1;
  return {
    ...fanOut,
    senders: n,
    sender: { n, startedAt: now },
    sendingSince: fanOut.sendingSince ?? now,
  };
}

/** The child has ended; without a report when it was terminated, timed out, or its id belonged to something else. */
export function recordSenderEnded(before: FanOut, report: SenderReport | undefined, now: number): FanOut {
  const ended: FanOut = { ...before, sender: undefined };
  if (report === undefined) return recordSendingEnded(ended, { kind: 'lost' }, now);
  const fanOut: FanOut = { ...ended, dispatch: report.dispatch };
  const isInTime = now < fanOut.request.hardDeadlineAt;
  const isUnasked = report.result.kind === 'stopped' && fanOut.stopWantedAt === undefined && isInTime;
  // The next run goes on with the sending.
  if (isUnasked && isHandingOver(fanOut)) return fanOut;
  // Somebody has cancelled the child by hand.
  const known = isUnasked ? recordFanOutCancellation(fanOut, now) : fanOut;
  return recordSendingEnded(known, report.result, now);
}

/** A run that was reset does not know what it had sent before (design 5.1). */
export function recordHiddenAttempts(fanOut: FanOut): FanOut {
  return { ...fanOut, dispatch: { ...(fanOut.dispatch ?? beginDispatch()), possiblySent: true } };
}

/** Whether it is about to say, without having asked any child, that nothing was sent. */
export function isGivenUpUnsent(fanOut: FanOut, now: number): boolean {
  return isGivenUp(fanOut, now) && fanOut.dispatch?.possiblySent !== true;
}

/** Nobody wants a further attempt, and no child runs that could tell what was sent. */
function isGivenUp(fanOut: FanOut, now: number): boolean {
  const { sending, sender, stopWantedAt, request } = fanOut;
  const isUnwanted = stopWantedAt !== undefined || now >= request.hardDeadlineAt;
  return sending.kind === 'under-way' && sender === undefined && isUnwanted && !isFinal(fanOut);
}

/** Nothing more is sent, and a look at once is all that can be done. */
function recordLoss(fanOut: FanOut, now: number): FanOut {
  const lost: FanOut = { ...withFact(fanOut, now), sending: { kind: 'lost' }, readingRequestedAt: now };
  const known = withTokens(lost, isRead, (token) => ({ ...token, possiblySent: true }));
  return review(cancelWhenDue(withAttention(known, 'TERMINATED'), now), now);
}

/** Records that no further attempt will be made. To record it again changes nothing. */
export function recordSendingEnded(before: FanOut, result: SendingResult, now: number): FanOut {
  if (before.sending.kind !== 'under-way' || isFinal(before)) return before;
  const fanOut = withoutAttention(before, 'HUB_UNREACHABLE');
  switch (result.kind) {
    case 'accepted': {
      const accepted: FanOut = { ...fanOut, sending: { kind: 'accepted', at: result.at } };
      return review(cancelWhenDue(withFirstList(withFact(accepted, now), now), now), now);
    }
    case 'refused':
      return recordRefusal(withSendingEnded(fanOut, result.echo, now), result, now);
    case 'superseded': {
      const ended = withSendingEnded({ ...fanOut, supersededBy: result.by }, result.possiblySent, now);
      return mayHaveBeenSent(ended) ? beginCancelling(ended, now) : finishUnsent(ended, 'SUPERSEDED', now);
    }
    case 'stopped':
      return review(cancelWhenDue(withSendingEnded(fanOut, result.possiblySent, now), now), now);
    case 'lost':
      return recordLoss(fanOut, now);
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
  if (fanOut.wordCame) return review(cancelWhenDue(fanOut, now), now);
  if (fanOut.cancelledAt !== undefined && !echo) return finishRejected(fanOut, errorCode, now);
  const isAboutState = errorCode !== undefined && categoryOf(errorCode) === 'state';
  if (!echo && !isAboutState) return finishRejected(fanOut, errorCode, now);
  if (fanOut.phase.kind === 'expired') {
    return {
      ...fanOut,
      phase: { kind: 'expired', before: { kind: 'refused', errorCode, echo, answeredReadings: 0 } },
    };
  }
  return enterCardPhase(fanOut, { kind: 'refused', errorCode, echo, answeredReadings: 0 }, now);
}

/** A person or a caller wants it over. What may have reached the hub needs a reading first (design 5.2, Cancel). */
export function recordFanOutCancellation(fanOut: FanOut, now: number): FanOut {
  const { phase } = fanOut;
  if (isFinal(fanOut) || phase.kind === 'expired' || phase.kind === 'cancelling') return fanOut;
  const cancelled: FanOut = { ...fanOut, cancelledAt: fanOut.cancelledAt ?? now };
  return cancelWhenDue(withoutFurtherAttempts(cancelled, now), now);
}

/** An attempt under way may yet have an effect: only when it has ended is it known what there is to look for. */
function cancelWhenDue(fanOut: FanOut, now: number): FanOut {
  const isDue = fanOut.cancelledAt !== undefined && isSenderDone(fanOut, now);
  if (!isDue || isFinal(fanOut)) return fanOut;
  if (fanOut.phase.kind === 'refused' && !fanOut.phase.echo) return finish(fanOut, undefined, now);
  return mayHaveBeenSent(fanOut) ? beginCancelling(fanOut, now) : finishUnsent(fanOut, 'CANCELLED', now);
}

function beginCancelling(fanOut: FanOut, now: number): FanOut {
  const { phase } = fanOut;
  if (phase.kind === 'cancelling' || phase.kind === 'expired') return fanOut;
  return enterCardPhase(fanOut, { kind: 'cancelling', triesLeft: CANCELLATION_TRIES }, now);
}

/** A person wants to know how it stands: a reading now. */
export function recordFanOutReadingRequest(fanOut: FanOut, now: number): FanOut {
  return isFinal(fanOut) ? fanOut : { ...fanOut, readingRequestedAt: now };
}

/** A person decides: final with that status, evidence PERSON (design 5.2, Resolve). Whoever decides has looked. */
export function recordFanOutDecision(fanOut: FanOut, decision: Decision, now: number): FanOut {
  if (isFinal(fanOut)) return fanOut;
  const decided = withoutFurtherAttempts(fanOut, now);
  const settled = withFinal({ ...decided, exposed: [] }, toSettlement(decision), now);
  const unworried = withTokens(
    settled,
    () => true,
    (token) => ({ ...token, conflictOpen: false, attention: [] }),
  );
  return { ...unworried, attention: [] };
}

/** Lets time pass: the deadlines, and the patience with a child that does not end. Safe to call at any time. */
export function passFanOutTime(before: FanOut, now: number): FanOut {
  if (isFinal(before)) return before;
  const fanOut = endUnsent(watchHub(passSoftDeadline(before, now), now), now);
  if (isFinal(fanOut)) return fanOut;
  return passHardDeadline(review(cancelWhenDue(fanOut, now), now), now);
}

/** No child runs, and none is wanted any more: what the last one has come back with is what was sent. */
function endUnsent(fanOut: FanOut, now: number): FanOut {
  if (!isGivenUp(fanOut, now)) return fanOut;
  // An earlier run may have sent it, and it is asked first whether there was one.
  if (isGivenUpUnsent(fanOut, now) && !isResetKnown(fanOut)) return fanOut;
  const possiblySent = fanOut.dispatch?.possiblySent ?? false;
  return recordSendingEnded(fanOut, { kind: 'stopped', possiblySent }, now);
}

function watchHub(fanOut: FanOut, now: number): FanOut {
  const unreachableAt = cardUnreachableAt(fanOut);
  return unreachableAt !== undefined && unreachableAt <= now
    ? withAttention(fanOut, 'HUB_UNREACHABLE')
    : fanOut;
}

function passSoftDeadline(fanOut: FanOut, now: number): FanOut {
  const { softDeadlineAt, hardDeadlineAt } = fanOut.request;
  if (now < softDeadlineAt) return fanOut;
  // The tokens' own hard deadline is the card's: all of them end with one last look.
  const seen = withTokens(
    fanOut,
    (member) => isRead(member) && !isSettled(member.token) && !member.token.overdue,
    (token) => evolve(token, { kind: 'time' }, Math.min(now, hardDeadlineAt - 1)),
  );
  if (seen.overdue) return seen;
  const overdue = withAttention({ ...seen, overdue: true }, 'OVERDUE');
  const isUnseen = !overdue.hasSnapshot && overdue.phase.kind === 'gathering';
  return isUnseen ? { ...overdue, nextReadingAt: now } : overdue;
}

/** The last look comes when no attempt is under way any more: it must not overtake one. */
function passHardDeadline(fanOut: FanOut, now: number): FanOut {
  if (now < fanOut.request.hardDeadlineAt) return fanOut;
  const late = withoutFurtherAttempts(fanOut, now);
  const { phase } = late;
  if (phase.kind === 'final' || phase.kind === 'expired' || !isSenderDone(late, now)) return late;
  return enterCardPhase(late, { kind: 'expired', before: phase }, now);
}
