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
  type CardOperation,
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
export function beginSender(operation: CardOperation, now: number): CardOperation {
  const n = operation.senders + 1;
  return {
    ...operation,
    senders: n,
    sender: { n, startedAt: now },
    sendingSince: operation.sendingSince ?? now,
  };
}

/** The child has ended; without a report when it was terminated, timed out, or its id belonged to something else. */
export function recordSenderEnded(
  before: CardOperation,
  report: SenderReport | undefined,
  now: number,
): CardOperation {
  const ended: CardOperation = { ...before, sender: undefined };
  if (report === undefined) return recordSendingEnded(ended, { kind: 'lost' }, now);
  const operation: CardOperation = { ...ended, dispatch: report.dispatch };
  const isInTime = now < operation.request.hardDeadlineAt;
  const isUnasked = report.result.kind === 'stopped' && operation.stopWantedAt === undefined && isInTime;
  // The next run goes on with the sending.
  if (isUnasked && isHandingOver(operation)) return operation;
  // Somebody has cancelled the child by hand.
  const known = isUnasked ? recordCancellation(operation, now) : operation;
  return recordSendingEnded(known, report.result, now);
}

/** A run that was reset does not know what it had sent before (design 5.1). */
export function recordHiddenAttempts(operation: CardOperation): CardOperation {
  return { ...operation, dispatch: { ...(operation.dispatch ?? beginDispatch()), possiblySent: true } };
}

/** Whether it is about to say, without having asked any child, that nothing was sent. */
export function isGivenUpUnsent(operation: CardOperation, now: number): boolean {
  return isGivenUp(operation, now) && operation.dispatch?.possiblySent !== true;
}

/** Nobody wants a further attempt, and no child runs that could tell what was sent. */
function isGivenUp(operation: CardOperation, now: number): boolean {
  const { sending, sender, stopWantedAt, request } = operation;
  const isUnwanted = stopWantedAt !== undefined || now >= request.hardDeadlineAt;
  return sending.kind === 'under-way' && sender === undefined && isUnwanted && !isFinal(operation);
}

/** Nothing more is sent, and a look at once is all that can be done. */
function recordLoss(operation: CardOperation, now: number): CardOperation {
  const lost: CardOperation = {
    ...withFact(operation, now),
    sending: { kind: 'lost' },
    readingRequestedAt: now,
  };
  const known = withTokens(lost, isRead, (token) => ({ ...token, possiblySent: true }));
  return review(cancelWhenDue(withAttention(known, 'TERMINATED'), now), now);
}

/** Records that no further attempt will be made. To record it again changes nothing. */
export function recordSendingEnded(before: CardOperation, result: SendingResult, now: number): CardOperation {
  if (before.sending.kind !== 'under-way' || isFinal(before)) return before;
  const operation = withoutAttention(before, 'HUB_UNREACHABLE');
  switch (result.kind) {
    case 'accepted': {
      const accepted: CardOperation = { ...operation, sending: { kind: 'accepted', at: result.at } };
      return review(cancelWhenDue(withFirstList(withFact(accepted, now), now), now), now);
    }
    case 'refused':
      return recordRefusal(withSendingEnded(operation, result.echo, now), result, now);
    case 'superseded': {
      const ended = withSendingEnded({ ...operation, supersededBy: result.by }, result.possiblySent, now);
      return mayHaveBeenSent(ended) ? beginCancelling(ended, now) : finishUnsent(ended, 'SUPERSEDED', now);
    }
    case 'stopped':
      return review(cancelWhenDue(withSendingEnded(operation, result.possiblySent, now), now), now);
    case 'lost':
      return recordLoss(operation, now);
  }
}

function withSendingEnded(operation: CardOperation, possiblySent: boolean, now: number): CardOperation {
  const ended: CardOperation = { ...operation, sending: { kind: 'ended', possiblySent } };
  const wasSent = mayHaveBeenSent(ended);
  return withTokens(withFact(ended, now), isRead, (token) => ({ ...token, possiblySent: wasSent }));
}

/** Words that came before the hub's answer are the later fact. */
function withFact(operation: CardOperation, now: number): CardOperation {
  return operation.wordCame ? operation : { ...operation, lastFactAt: now };
}

function recordRefusal(
  operation: CardOperation,
  { errorCode, echo }: Extract<SendingResult, { kind: 'refused' }>,
  now: number,
): CardOperation {
  // A word has come, so an earlier attempt was taken on, and this is its echo.
  if (operation.wordCame) return review(cancelWhenDue(operation, now), now);
  if (operation.cancelledAt !== undefined && !echo) return finishRejected(operation, errorCode, now);
  const isAboutState = errorCode !== undefined && categoryOf(errorCode) === 'state';
  if (!echo && !isAboutState) return finishRejected(operation, errorCode, now);
  if (operation.phase.kind === 'expired') {
    return {
      ...operation,
      phase: { kind: 'expired', before: { kind: 'refused', errorCode, echo, answeredReadings: 0 } },
    };
  }
  return enterCardPhase(operation, { kind: 'refused', errorCode, echo, answeredReadings: 0 }, now);
}

/** A person or a caller wants it over. What may have reached the hub needs a reading first (design 5.2, Cancel). */
export function recordCancellation(operation: CardOperation, now: number): CardOperation {
  const { phase } = operation;
  if (isFinal(operation) || phase.kind === 'expired' || phase.kind === 'cancelling') return operation;
  const cancelled: CardOperation = { ...operation, cancelledAt: operation.cancelledAt ?? now };
  return cancelWhenDue(withoutFurtherAttempts(cancelled, now), now);
}

/** An attempt under way may yet have an effect: only when it has ended is it known what there is to look for. */
function cancelWhenDue(operation: CardOperation, now: number): CardOperation {
  const isDue = operation.cancelledAt !== undefined && isSenderDone(operation, now);
  if (!isDue || isFinal(operation)) return operation;
  if (operation.phase.kind === 'refused' && !operation.phase.echo) return finish(operation, undefined, now);
  return mayHaveBeenSent(operation)
    ? beginCancelling(operation, now)
    : finishUnsent(operation, 'CANCELLED', now);
}

function beginCancelling(operation: CardOperation, now: number): CardOperation {
  const { phase } = operation;
  if (phase.kind === 'cancelling' || phase.kind === 'expired') return operation;
  return enterCardPhase(operation, { kind: 'cancelling', triesLeft: CANCELLATION_TRIES }, now);
}

/** A person wants to know how it stands: a reading now. */
export function recordReadingRequest(operation: CardOperation, now: number): CardOperation {
  return isFinal(operation) ? operation : { ...operation, readingRequestedAt: now };
}

/** A person decides: final with that status, evidence PERSON (design 5.2, Resolve). Whoever decides has looked. */
export function recordDecision(operation: CardOperation, decision: Decision, now: number): CardOperation {
  if (isFinal(operation)) return operation;
  const decided = withoutFurtherAttempts(operation, now);
  const settled = withFinal({ ...decided, exposed: [] }, toSettlement(decision), now);
  const unworried = withTokens(
    settled,
    () => true,
    (token) => ({ ...token, conflictOpen: false, attention: [] }),
  );
  return { ...unworried, attention: [] };
}

/** Lets time pass: the deadlines, and the patience with a child that does not end. Safe to call at any time. */
export function passTime(before: CardOperation, now: number): CardOperation {
  if (isFinal(before)) return before;
  const operation = endUnsent(watchHub(passSoftDeadline(before, now), now), now);
  if (isFinal(operation)) return operation;
  return passHardDeadline(review(cancelWhenDue(operation, now), now), now);
}

/** No child runs, and none is wanted any more: what the last one has come back with is what was sent. */
function endUnsent(operation: CardOperation, now: number): CardOperation {
  if (!isGivenUp(operation, now)) return operation;
  // An earlier run may have sent it, and it is asked first whether there was one.
  if (isGivenUpUnsent(operation, now) && !isResetKnown(operation)) return operation;
  const possiblySent = operation.dispatch?.possiblySent ?? false;
  return recordSendingEnded(operation, { kind: 'stopped', possiblySent }, now);
}

function watchHub(operation: CardOperation, now: number): CardOperation {
  const unreachableAt = cardUnreachableAt(operation);
  return unreachableAt !== undefined && unreachableAt <= now
    ? withAttention(operation, 'HUB_UNREACHABLE')
    : operation;
}

function passSoftDeadline(operation: CardOperation, now: number): CardOperation {
  const { softDeadlineAt, hardDeadlineAt } = operation.request;
  if (now < softDeadlineAt) return operation;
  // The tokens' own hard deadline is the card's: all of them end with one last look.
  const seen = withTokens(
    operation,
    (member) => isRead(member) && !isSettled(member.token) && !member.token.overdue,
    (token) => evolve(token, { kind: 'time' }, Math.min(now, hardDeadlineAt - 1)),
  );
  if (seen.overdue) return seen;
  const overdue = withAttention({ ...seen, overdue: true }, 'OVERDUE');
  const isUnseen = !overdue.hasSnapshot && overdue.phase.kind === 'gathering';
  return isUnseen ? { ...overdue, nextReadingAt: now } : overdue;
}

/** The last look comes when no attempt is under way any more: it must not overtake one. */
function passHardDeadline(operation: CardOperation, now: number): CardOperation {
  if (now < operation.request.hardDeadlineAt) return operation;
  const late = withoutFurtherAttempts(operation, now);
  const { phase } = late;
  if (phase.kind === 'final' || phase.kind === 'expired' || !isSenderDone(late, now)) return late;
  return enterCardPhase(late, { kind: 'expired', before: phase }, now);
}
