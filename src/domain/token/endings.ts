import {
  settle,
  enterPhase,
  type Cancelling,
  type Checking,
  type Expired,
  type Operation,
  type Settlement,
} from './state.js';

import { watchHub, withAttention } from '../operation/dispatch.js';
import { wordsFault } from '../operation/remark.js';
import type { FinalStatus } from '../report/status.js';

const CANCELLATION_TRIES = 3;

/** Lets time pass: the hub's silence, the soft and the hard deadline. Safe to call at any time. */
export function passTime(operation: Operation, now: number): Operation {
  if (operation.phase.kind === 'final') return operation;
  return passHardDeadline(passSoftDeadline(watchHub(operation, now), now), now);
}

function passSoftDeadline(operation: Operation, now: number): Operation {
  // A word that is only being checked is no silence.
  if (operation.overdue || operation.phase.kind === 'checking') return operation;
  if (now < operation.request.softDeadlineAt) return operation;
  const overdue = withAttention({ ...operation, overdue: true }, 'OVERDUE');
  return overdue.phase.kind === 'waiting' ? { ...overdue, nextReadingAt: now } : overdue;
}

function passHardDeadline(operation: Operation, now: number): Operation {
  const { phase, request } = operation;
  if (now < request.hardDeadlineAt || phase.kind === 'final' || phase.kind === 'expired') return operation;
  if (phase.kind === 'checking') return endCheck(operation, phase, now);
  return enterPhase(operation, { kind: 'expired', before: phase }, now);
}

/**
 * Ends a check by the word that was checked. A reading that contradicted it, and that none has cleared up since, is shown:
 * after a RESUME somebody else's suspension explains it, everything else is a conflict (design 5.2, Success).
 */
export function endCheck(operation: Operation, { first, contradicted }: Checking, now: number): Operation {
  const settled = settle(operation, first, now);
  if (!contradicted) return settled;
  const isSuspended = operation.lastSeenStatus?.trim().toUpperCase() === 'SUSPENDED';
  const isExplained =
    operation.request.action === 'RESUME' && isSuspended && operation.conflicts.length === 0;
  return isExplained
    ? withAttention(settled, 'OTHER_SUSPENDER')
    : withAttention({ ...settled, conflictOpen: true }, 'CONFLICT');
}

/** A person or a caller wants it over. What may have reached the hub needs a reading first (design 5.2, Cancel). */
export function recordCancellation(operation: Operation, now: number): Operation {
  const { phase } = operation;
  switch (phase.kind) {
    case 'final':
    case 'expired':
    case 'cancelling':
      return operation;
    case 'checking':
      return endCheck(operation, phase, now);
    case 'refused':
      if (!phase.echo) {
        return settle(operation, { status: 'REJECTED', evidence: 'ANSWER', errorCode: phase.errorCode }, now);
      }
      return beginCancellation(operation, phase, now);
    case 'waiting':
    case 'doubtful': {
      const mayHaveLeft = operation.possiblySent || operation.sending.kind === 'in-flight';
      if (!mayHaveLeft && phase.kind === 'waiting') {
        return settle(operation, { status: 'CANCELLED', evidence: 'NONE' }, now);
      }
      return beginCancellation(operation, phase, now);
    }
  }
}

function beginCancellation(operation: Operation, before: Cancelling['before'], now: number): Operation {
  return enterPhase(operation, { kind: 'cancelling', before, triesLeft: CANCELLATION_TRIES }, now);
}

/** A person wants to know how it stands: a reading now. */
export function recordReadingRequest(operation: Operation, now: number): Operation {
  return operation.phase.kind === 'final' ? operation : { ...operation, readingRequestedAt: now };
}

/** What a person can know of one token. */
export const DECIDABLE: readonly FinalStatus[] = ['CONFIRMED', 'FAILED', 'REJECTED', 'UNKNOWN', 'CANCELLED'];
/** The same of all tokens of a card, which can be done in part. */
export const DECIDABLE_OF_CARD: readonly FinalStatus[] = [...DECIDABLE, 'PARTIALLY_CONFIRMED'];

/** What a person decides about an operation that is stuck. */
export interface Decision {
  readonly status: FinalStatus;
  /** Why, or on which evidence. */
  readonly note: string;
  /** Who says so; nobody checks it until there is authentication. */
  readonly by?: string;
}

/** Whether one decision repeats another word for word, as the repetition of a request does that got no answer. */
export function isSameDecision(left: Decision, right: Decision): boolean {
  return left.status === right.status && left.note === right.note && left.by === right.by;
}

/** What is wrong with what a person sent as a decision; undefined when nothing is. */
export function decisionFault(value: unknown): string | undefined {
  return faultOf(value, DECIDABLE);
}

/** The same for an operation on all tokens of a card, which can be done in part. */
export function cardDecisionFault(value: unknown): string | undefined {
  return faultOf(value, DECIDABLE_OF_CARD);
}

function faultOf(value: unknown, decidable: readonly FinalStatus[]): string | undefined {
  if (typeof value !== 'object' || value === null) return 'a decision is an object {status, note, by?}';
  const { status, note, by } = value as Record<string, unknown>;
  const isDecidable = typeof status === 'string' && decidable.includes(status as FinalStatus);
  if (!isDecidable) return `status: one of ${decidable.join(', ')}`;
  if (typeof note !== 'string' || note.trim() === '') return 'note: why, in a few words';
  return wordsFault('note', note) ?? wordsFault('by', by);
}

/** A person decides: final with that status, evidence PERSON (design 5.2, Resolve). */
export function recordDecision(operation: Operation, decision: Decision, now: number): Operation {
  if (operation.phase.kind === 'final') return operation;
  const settled = settle({ ...operation, conflictOpen: false }, toSettlement(decision), now);
  // Whoever decides has looked: no reason to look is left.
  return { ...settled, attention: [] };
}

/** The outcome that a person's decision makes. */
export function toSettlement({ status, note, by }: Decision): Settlement {
  return { status, evidence: 'PERSON', note, ...(by !== undefined && { by }) };
}

/** Ends the operation by what is known, whatever it is doing: no further word and no further reading is waited for. */
export function endWithWhatIsKnown(
  operation: Operation,
  { readingAnswered, now }: { readingAnswered: boolean; now: number },
): Operation {
  const { phase } = operation;
  switch (phase.kind) {
    case 'final':
      return operation;
    case 'checking':
      return endCheck(operation, phase, now);
    case 'expired':
      return outcomeAtTheEnd(operation, phase.before, { readingAnswered, now });
    case 'waiting':
    case 'doubtful':
    case 'refused':
    case 'cancelling':
      return outcomeAtTheEnd(operation, phase, { readingAnswered, now });
  }
}

/**
 * The outcome by what is known when no further reading will come: after the last one at the hard deadline, or after
 * a cancellation. `readingAnswered`: that last reading was answered, and did not show the wanted state.
 */
export function outcomeAtTheEnd(
  operation: Operation,
  before: Expired['before'] | Cancelling,
  { readingAnswered, now }: { readingAnswered: boolean; now: number },
): Operation {
  switch (before.kind) {
    case 'waiting':
      if (operation.possiblySent) return settle(operation, { status: 'UNKNOWN', evidence: 'NONE' }, now);
      return withAttention(settle(operation, { status: 'FAILED', evidence: 'NONE' }, now), 'NEVER_SENT');
    case 'doubtful': {
      const { errorCode } = before;
      const isKnown = before.answeredReadings > 0 || readingAnswered;
      return isKnown
        ? settle(operation, { status: 'FAILED', evidence: 'CALLBACK', errorCode, provisional: true }, now)
        : settle(operation, { status: 'UNKNOWN', evidence: 'NONE', errorCode }, now);
    }
    case 'refused': {
      const { errorCode } = before;
      const needed = before.echo ? 2 : 0;
      const answered = before.answeredReadings + (readingAnswered ? 1 : 0);
      return answered >= needed
        ? settle(
            operation,
            { status: 'REJECTED', evidence: 'ANSWER', errorCode, provisional: before.echo },
            now,
          )
        : settle(operation, { status: 'UNKNOWN', evidence: 'NONE', errorCode }, now);
    }
    case 'cancelling': {
      const status = operation.possiblySent ? 'UNKNOWN' : 'CANCELLED';
      const errorCode = before.before.kind === 'waiting' ? undefined : before.before.errorCode;
      return settle(operation, { status, evidence: 'NONE', errorCode }, now);
    }
  }
}
