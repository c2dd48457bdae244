import type { Answer } from '../hub/answer.js';
import { recordAttempt, withHiddenAttempts, withoutAttention } from '../operation/dispatch.js';
import { categoryOf } from '../hub/hub-errors.js';
import { recordCancellation } from './endings.js';
import { isSettled, settle, enterPhase, type Expired, type Operation, type Phase } from './state.js';

/**
 * Records what an attempt came to (design 5.1). The word of a callback that arrived meanwhile stands.
 * @param chance a number from 0 to 1, for the jitter of the next attempt
 */
export function recordAnswer(
  before: Operation,
  answer: Answer,
  { now, chance }: { now: number; chance: number },
): Operation {
  const operation = withHiddenAttempts(before, answer);
  const noteAttempt = (came: Answer): Operation =>
    recordAttempt(operation, came, { now, chance, isWanted: operation.phase.kind === 'waiting' });
  switch (answer.kind) {
    case 'accepted':
    case 'again':
    case 'unanswered':
      return noteAttempt(answer);
    case 'refused':
      return recordRefusal(noteAttempt(answer), answer, now);
    case 'not-sent':
      return endIfCancelled(noteAttempt(answer), now);
    case 'superseded': {
      const unsent = endIfCancelled(noteAttempt({ kind: 'not-sent' }), now);
      return isSettled(unsent) ? unsent : recordSuperseded(noteAttempt(answer), now);
    }
  }
}

/** Last intent wins: what was never sent ends here; what may have been is looked at as after a cancellation (design 5.1). */
function recordSuperseded(operation: Operation, now: number): Operation {
  const { phase } = operation;
  const isUndecided = phase.kind === 'waiting' || isExpiredAfter(phase, 'waiting');
  if (!isUndecided) return operation;
  if (!operation.possiblySent) return settle(operation, { status: 'SUPERSEDED', evidence: 'NONE' }, now);
  return recordCancellation(operation, now);
}

function recordRefusal(
  operation: Operation,
  { errorCode }: Extract<Answer, { kind: 'refused' }>,
  now: number,
): Operation {
  const { phase } = operation;
  const isCancelled = phase.kind === 'cancelling' || isExpiredAfter(phase, 'cancelling');
  // An earlier attempt may have done what this one was refused for, whatever the code: only readings can tell.
  const refused = {
    kind: 'refused',
    errorCode,
    echo: operation.possiblySent,
    answeredReadings: 0,
  } as const;
  if (isExpiredAfter(phase, 'waiting')) return { ...operation, phase: { ...phase, before: refused } };
  if (isCancelled && !refused.echo) {
    return settle(operation, { status: 'REJECTED', evidence: 'ANSWER', errorCode }, now);
  }
  if (phase.kind !== 'waiting') return operation;
  const isAboutState = errorCode !== undefined && categoryOf(errorCode) === 'state';
  if (refused.echo || isAboutState) return enterPhase(operation, refused, now);
  return settle(operation, { status: 'REJECTED', evidence: 'ANSWER', errorCode }, now);
}

/** Whether it has ended as one of which nothing was ever sent: no attempt has told of a reset, which may hide one that was. */
export function saysNothingWasSent({ phase, possiblySent }: Operation): boolean {
  if (phase.kind !== 'final' || possiblySent) return false;
  const { status, evidence } = phase.settlement;
  return evidence === 'NONE' && ['CANCELLED', 'SUPERSEDED', 'FAILED'].includes(status);
}

/** Of a run that was reset nobody knows what it had sent before, so what ended as never sent goes on to look (design 5.1). */
export function recordReset(operation: Operation, wasReset: boolean, now: number): Operation {
  if (!wasReset) return operation;
  const isOver = saysNothingWasSent(operation);
  const known = { ...operation, possiblySent: true };
  if (!isOver) return known;
  const open: Operation = {
    ...withoutAttention(known, 'NEVER_SENT'),
    phase: { kind: 'waiting' },
    settledAt: undefined,
  };
  const isLate = now >= operation.request.hardDeadlineAt;
  return isLate
    ? enterPhase(open, { kind: 'expired', before: { kind: 'waiting' } }, now)
    : recordCancellation(open, now);
}

function isExpiredAfter(phase: Phase, kind: Expired['before']['kind']): phase is Expired {
  return phase.kind === 'expired' && phase.before.kind === kind;
}

/** What was cancelled while an attempt was under way has now proven not to have left. */
function endIfCancelled(operation: Operation, now: number): Operation {
  const isCancelledUnsent = operation.phase.kind === 'cancelling' && !operation.possiblySent;
  return isCancelledUnsent ? settle(operation, { status: 'CANCELLED', evidence: 'NONE' }, now) : operation;
}
