import {
  duplicateKey,
  toShownChange,
  withoutOvertaken,
  type ErrorCode,
  type VirtualCardChange,
} from '../hub/change.js';
import { checkingIntervalMs } from '../operation/deadlines.js';
import { withAttention } from '../operation/dispatch.js';
import { categoryOf, isDeviceNotReached } from '../hub/hub-errors.js';
import type { Device } from '../report/report.js';
import { withOdd } from './odd-words.js';
import { isAmendable, isRemovalFromApp, verdict } from './verdict.js';
import { settle, enterPhase, type Operation, type Settlement } from './state.js';

const MOST_HEARD = 200;
/** What others say must not use up the room for words on our own request: their copies are to be known as such. */
const MOST_HEARD_OF_OTHERS = 100;
const CHECKING_TRIES = 3;

/**
 * Records one callback, whenever it comes: before the hub's answer, again, or contradicting an earlier one.
 * Only the request's own token and action can settle the operation (design 5.2).
 */
export function recordChange(operation: Operation, change: VirtualCardChange, now: number): Operation {
  const key = duplicateKey(change);
  const known = withoutOvertaken(operation.heard, change, operation.request.action);
  if (known.includes(key)) return { ...operation, heard: known, duplicates: operation.duplicates + 1 };

  const most = isOwnWord(operation, change) ? MOST_HEARD : MOST_HEARD_OF_OTHERS;
  const heard = known.length < most ? [...known, key] : known;
  const listening = { ...operation, heard };
  const warned = change.cardDataSeen === true ? withAttention(listening, 'CARD_DATA_SEEN') : listening;

  if (isOnToken(operation, change) && isRemovalFromApp(change, operation.request))
    return withDevice(warned, 'REMOVED');
  if (!isOwnWord(operation, change)) return recordUnexpected(warned, change, now);
  return recordOwnWord(
    isDeviceNotReached(change.errorCode) ? withDevice(warned, 'NOT_REACHED') : warned,
    change,
    now,
  );
}

function isOnToken({ request }: Operation, change: VirtualCardChange): boolean {
  return change.virtualCardId === request.virtualCardId;
}

function isOwnWord(operation: Operation, change: VirtualCardChange): boolean {
  return isOnToken(operation, change) && change.action === operation.request.action;
}

/** Of two things known of the device, the removal stands: it is the later one whatever came first. */
function withDevice(operation: Operation, device: Device): Operation {
  return operation.device === 'REMOVED' ? operation : { ...operation, device };
}

/** Another action, another token, or no action: kept and shown, and one reading looks whether it explains something. */
function recordUnexpected(operation: Operation, change: VirtualCardChange, now: number): Operation {
  const kept = withAttention(withOdd(operation, 'unexpected', toShownChange(change)), 'UNEXPECTED_CALLBACK');
  if (kept.phase.kind === 'final' || kept.readingRequestedAt !== undefined) return kept;
  const spacingMs = checkingIntervalMs(kept.policy.readIntervalMs);
  const earliest = kept.lastReadingAt === undefined ? now : kept.lastReadingAt + spacingMs;
  return { ...kept, readingRequestedAt: Math.max(now, earliest) };
}

function recordOwnWord(operation: Operation, change: VirtualCardChange, now: number): Operation {
  const { errorCode } = change;
  // Whatever the attempts came to: a word on our request proves that the hub has it.
  const known = { ...operation, possiblySent: true };
  const standing = standingWord(known);
  if (standing !== undefined) return weighAgainst(standing, known, change, now);
  const doubt = doubtOf(known);
  if (doubt !== undefined && errorCode !== undefined) {
    return doubt === errorCode ? known : withConflict(known, change);
  }
  const open = known.phase.kind === 'final' ? withAttention(known, 'LATE_AMENDMENT') : known;
  if (errorCode === undefined) return recordSuccess(open, now);
  if (categoryOf(errorCode) === 'proves-nothing') return recordDoubt(open, errorCode, now);
  const word = toShownChange(change);
  return settle(open, { status: 'FAILED', evidence: 'CALLBACK', errorCode, word }, now);
}

/** The word that a further one has to agree with; undefined while there is none, or only one that a success may amend. */
function standingWord({ phase }: Operation): Settlement | undefined {
  if (phase.kind === 'checking') return phase.first;
  if (phase.kind !== 'final') return undefined;
  return isAmendable(phase.settlement) ? undefined : phase.settlement;
}

/** The error that proves nothing and that the operation is looking into, or that it has ended with. */
function doubtOf({ phase }: Operation): ErrorCode | undefined {
  if (phase.kind === 'final') return doubtAtTheEnd(phase.settlement);
  const present = phase.kind === 'expired' ? phase.before : phase;
  const cause = present.kind === 'cancelling' ? present.before : present;
  return cause.kind === 'doubtful' ? cause.errorCode : undefined;
}

function doubtAtTheEnd(settlement: Settlement): ErrorCode | undefined {
  const { status, errorCode } = settlement;
  if (errorCode === undefined || status === 'REJECTED' || !isAmendable(settlement)) return undefined;
  return categoryOf(errorCode) === 'proves-nothing' ? errorCode : undefined;
}

function recordSuccess(operation: Operation, now: number): Operation {
  const confirmed: Settlement = { status: 'CONFIRMED', evidence: 'CALLBACK' };
  const isEnding = operation.phase.kind === 'expired' || operation.phase.kind === 'cancelling';
  if (isEnding || !(isCheckedByReading(operation) || operation.conflictOpen)) {
    return settle(operation, confirmed, now);
  }
  return enterPhase(
    operation,
    { kind: 'checking', first: confirmed, contradicted: false, triesLeft: CHECKING_TRIES },
    now,
  );
}

/** Somebody else's suspension may remain after a RESUME (contract 3.3). */
function isCheckedByReading({ policy, request }: Operation): boolean {
  if (policy.confirmByReading === 'always') return true;
  return policy.confirmByReading === 'resume' && request.action === 'RESUME';
}

function recordDoubt(operation: Operation, errorCode: ErrorCode, now: number): Operation {
  const { phase } = operation;
  const doubtful = { kind: 'doubtful', errorCode, answeredReadings: 0 } as const;
  if (phase.kind === 'cancelling') return { ...operation, phase: { ...phase, before: doubtful } };
  if (phase.kind !== 'expired') return enterPhase(operation, doubtful, now);
  const isCancelled = phase.before.kind === 'cancelling';
  const before = isCancelled ? { ...phase.before, before: doubtful } : doubtful;
  return { ...operation, phase: { ...phase, before } };
}

function weighAgainst(
  first: Settlement,
  operation: Operation,
  change: VirtualCardChange,
  now: number,
): Operation {
  if (verdict(first, operation.request, change) === 'agrees') return operation;
  const conflicting = withConflict(operation, change);
  // A person has decided, knowing more than a reading shows.
  if (first.evidence === 'PERSON') return conflicting;
  return enterPhase(
    conflicting,
    { kind: 'checking', first, contradicted: false, triesLeft: CHECKING_TRIES },
    now,
  );
}

/** The first word stands until a reading or a person decides. */
function withConflict(operation: Operation, change: VirtualCardChange): Operation {
  return withAttention(
    { ...withOdd(operation, 'conflicts', toShownChange(change)), conflictOpen: true },
    'CONFLICT',
  );
}
