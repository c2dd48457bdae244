import type { Answer } from '../answer.js';
import { resendDelayMs } from '../deadlines.js';
import { categoryOf } from '../hub-errors.js';
import { recordCancellation } from './endings.js';
import { settle, takeStance, withoutAttention, type Expired, type Operation, type Stance } from './state.js';

/** An attempt begins. Until it is known to be otherwise it counts as one that leaves this machine. */
export function beginSending(operation: Operation, now: number): Operation {
  return {
    ...operation,
    sending: { kind: 'in-flight' },
    attempts: operation.attempts + 1,
    firstSendAt: operation.firstSendAt ?? now,
  };
}

/**
 * Records what an attempt came to (design 5.1). The word of a callback that arrived meanwhile stands.
 * @param chance a number from 0 to 1, for the jitter of the next attempt
 */
export function recordAnswer(
  operation: Operation,
  answer: Answer,
  { now, chance }: { now: number; chance: number },
): Operation {
  switch (answer.kind) {
    case 'accepted':
      return {
        ...heardFromHub(operation),
        sending: { kind: 'over' },
        possiblySent: true,
        acceptedAt: operation.acceptedAt ?? now,
      };
    case 'again': {
      const possiblySent = operation.possiblySent || answer.effect === 'possible';
      const delayMs = resendDelayMs(operation.attempts, chance, answer.retryAfterMs);
      return sendLater({ ...heardFromHub(operation), possiblySent }, now + delayMs);
    }
    case 'unanswered':
      return sendLater({ ...operation, possiblySent: true }, now + resendDelayMs(operation.attempts, chance));
    case 'refused':
      return recordRefusal({ ...heardFromHub(operation), sending: { kind: 'over' } }, answer, now);
    case 'not-sent':
      return recordNotSent(operation, { now, chance });
    case 'superseded':
      return recordSuperseded(recordNotSent(operation, { now, chance }), answer.by, now);
  }
}

/** Last intent wins: what was never sent ends here; what may have been is looked at as after a cancellation (design 5.1). */
function recordSuperseded(operation: Operation, by: string, now: number): Operation {
  const { stance } = operation;
  if (stance.kind === 'final') return operation;
  const superseded: Operation = { ...operation, sending: { kind: 'over' }, supersededBy: by };
  const isUndecided = stance.kind === 'waiting' || isExpiredAfter(stance, 'waiting');
  if (!isUndecided) return superseded;
  if (!superseded.possiblySent) return settle(superseded, { status: 'SUPERSEDED', evidence: 'NONE' }, now);
  return recordCancellation(superseded, now);
}

function heardFromHub(operation: Operation): Operation {
  return { ...withoutAttention(operation, 'HUB_UNREACHABLE'), hubAnswered: true };
}

function sendLater(operation: Operation, at: number): Operation {
  const isWanted = operation.stance.kind === 'waiting';
  return { ...operation, sending: isWanted ? { kind: 'due', at } : { kind: 'over' } };
}

function recordRefusal(
  operation: Operation,
  { errorCode }: Extract<Answer, { kind: 'refused' }>,
  now: number,
): Operation {
  const { stance } = operation;
  const isCancelled = stance.kind === 'cancelling' || isExpiredAfter(stance, 'cancelling');
  // An earlier attempt may have done what this one was refused for, whatever the code: only readings can tell.
  const refused = {
    kind: 'refused',
    errorCode,
    echo: operation.possiblySent,
    answeredReadings: 0,
  } as const;
  if (isExpiredAfter(stance, 'waiting')) return { ...operation, stance: { ...stance, before: refused } };
  if (isCancelled && !refused.echo) {
    return settle(operation, { status: 'REJECTED', evidence: 'ANSWER', errorCode }, now);
  }
  if (stance.kind !== 'waiting') return operation;
  const isAboutState = errorCode !== undefined && categoryOf(errorCode) === 'state';
  if (refused.echo || isAboutState) return takeStance(operation, refused, now);
  return settle(operation, { status: 'REJECTED', evidence: 'ANSWER', errorCode }, now);
}

function isExpiredAfter(stance: Stance, kind: Expired['before']['kind']): stance is Expired {
  return stance.kind === 'expired' && stance.before.kind === kind;
}

function recordNotSent(operation: Operation, { now, chance }: { now: number; chance: number }): Operation {
  const attempts = operation.attempts - 1;
  // A pause even so: a worker whose clock is ahead finds the hard deadline over before we do.
  const back = sendLater({ ...operation, attempts }, now + resendDelayMs(operation.attempts, chance));
  const isCancelledUnsent = back.stance.kind === 'cancelling' && !back.possiblySent;
  return isCancelledUnsent ? settle(back, { status: 'CANCELLED', evidence: 'NONE' }, now) : back;
}
