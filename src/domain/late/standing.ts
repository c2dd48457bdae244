import { mostUrgent, withReason, type AttentionReason } from '../attention.js';
import { duplicateKey, toShownChange, type VirtualCardChange } from '../change.js';
import { categoryOf, isDeviceNotReached } from '../hub-errors.js';
import { isAmendable, type Settlement } from '../operation/index.js';
import type { Sighting } from '../reading.js';
import type { LateEntry, OperationReport } from '../report.js';
import { isFinalStatus, type OperationStatus } from '../status.js';
import type { LateArrival, LateDecision, LateReading, LateWord } from './arrivals.js';
import type { LateSubject } from './subject.js';

/** How a closed operation stands after what came late so far: plain JSON, since later runs of `lateChange` begin with it. */
export interface LateStanding {
  readonly settlement: Pick<Settlement, 'status' | 'provisional' | 'errorCode'>;
  readonly effectiveStatus: OperationStatus;
  /** Words contradict each other, and no reading and no person has decided. */
  readonly conflictOpen: boolean;
  /** Duplicate keys of every word so far. */
  readonly heard: readonly string[];
  readonly duplicates: number;
  readonly device: OperationReport['device'];
  readonly reasons: readonly AttentionReason[];
}

/** What a run of `lateChange` begins with. `none`: the owner was no operation of ours, so nothing can be contradicted. */
export type LateBasis =
  | { readonly kind: 'operation'; readonly subject: LateSubject; readonly standing: LateStanding }
  | { readonly kind: 'none' };

/** Beyond these a repeated word is no longer known as one; they travel with the arrivals of a run. */
const MOST_HEARD = 300;

/** How an operation stands at its end. */
export function beginStanding(report: OperationReport): LateStanding {
  const { status, provisional, errorCode } = report;
  if (!isFinalStatus(status)) throw new TypeError('only a closed operation can be amended');
  return {
    settlement: { status, provisional, ...(errorCode !== undefined && { errorCode }) },
    effectiveStatus: report.effectiveStatus,
    conflictOpen:
      report.attention === 'CONFLICT' && report.effectiveStatus === 'UNKNOWN' && report.evidence !== 'PERSON',
    heard: report.heard,
    duplicates: report.duplicates,
    device: report.device,
    reasons: report.attention === undefined ? [] : [report.attention],
  };
}

/** How it stands after these arrivals. */
export function standingAfter(
  before: LateStanding,
  arrivals: readonly LateArrival[],
  subject: LateSubject,
): LateStanding {
  return arrivals.reduce((standing, arrival) => judge(standing, arrival, subject).standing, before);
}

/** Why a person should look, as it stands. */
export function attentionOf({ reasons }: LateStanding): AttentionReason | undefined {
  return mostUrgent(reasons);
}

/** How it stands after an arrival, and how that is shown. */
export interface Judged {
  readonly standing: LateStanding;
  readonly entry: LateEntry;
}

/** Judges one arrival by the outcome as it stood when it came. */
export function judge(standing: LateStanding, arrival: LateArrival, subject: LateSubject): Judged {
  switch (arrival.kind) {
    case 'word':
      return judgeWord(standing, arrival, subject);
    case 'overflow':
      // Nobody has compared them with anything: only a person can.
      return {
        standing: withConflict(standing),
        entry: {
          kind: 'conflict',
          at: arrival.firstAt,
          note: `${arrival.count} more callbacks than are kept; see the history of the late workflow`,
        },
      };
    case 'reading':
      return judgeReading(standing, arrival);
    case 'decision':
      return judgeDecision(standing, arrival);
  }
}

function judgeWord(standing: LateStanding, { change, repeats }: LateWord, subject: LateSubject): Judged {
  const key = duplicateKey(change);
  if (standing.heard.includes(key)) {
    return entered({ ...standing, duplicates: standing.duplicates + 1 + repeats }, 'duplicate', change);
  }
  const heard: LateStanding = {
    ...standing,
    heard: standing.heard.length < MOST_HEARD ? [...standing.heard, key] : standing.heard,
    duplicates: standing.duplicates + repeats,
    reasons: change.cardDataSeen === true ? withReason(standing.reasons, 'CARD_DATA_SEEN') : standing.reasons,
  };
  if (change.virtualCardId !== subject.virtualCardId) return asUnexpected(heard, change);
  if (subject.action === 'DELETE' && change.action === 'DELETE_FROM_APP' && change.errorCode === undefined) {
    return entered({ ...heard, device: 'REMOVED' }, 'amendment', change);
  }
  if (change.action !== subject.action) return asUnexpected(heard, change);
  if (agreesWith(heard.settlement, change)) return entered(withDevice(heard, change), 'amendment', change);
  return isAmendable(heard.settlement)
    ? asAmendment(heard, change)
    : entered(withConflict(heard), 'conflict', change);
}

/** A word that says what is known already, or tells of the device only: nobody has to look. */
function agreesWith(settlement: LateStanding['settlement'], { errorCode }: VirtualCardChange): boolean {
  if (settlement.status === 'CONFIRMED') return errorCode === undefined || isDeviceNotReached(errorCode);
  if (errorCode === undefined || errorCode !== settlement.errorCode) return false;
  // An outcome that is still open learns from a final code, although the hub had refused with the same.
  return !isAmendable(settlement) || categoryOf(errorCode) === 'proves-nothing';
}

function asAmendment(standing: LateStanding, change: VirtualCardChange): Judged {
  const settlement = amend(standing.settlement, change);
  const isStillUnknown = settlement.status === 'UNKNOWN';
  const reasons = standing.reasons.filter((reason) => isStillUnknown || reason !== 'UNKNOWN_OUTCOME');
  return entered(
    {
      ...withDevice(standing, change),
      settlement,
      effectiveStatus: standing.conflictOpen ? 'UNKNOWN' : settlement.status,
      reasons: withReason(reasons, 'LATE_AMENDMENT'),
    },
    'amendment',
    change,
  );
}

/** The outcome by an amendment's own word; a later success may amend one that rests on a code that proves nothing. */
function amend(
  { status }: LateStanding['settlement'],
  { errorCode }: VirtualCardChange,
): LateStanding['settlement'] {
  if (errorCode === undefined) return { status: 'CONFIRMED' };
  if (categoryOf(errorCode) !== 'proves-nothing') return { status: 'FAILED', errorCode };
  // It says that the hub had the request, and leaves open what became of it. What readings have called failed stays so.
  return { status: status === 'FAILED' ? 'FAILED' : 'UNKNOWN', errorCode, provisional: true };
}

function withDevice(standing: LateStanding, { errorCode }: VirtualCardChange): LateStanding {
  return isDeviceNotReached(errorCode) ? { ...standing, device: standing.device ?? 'NOT_REACHED' } : standing;
}

function withConflict(standing: LateStanding): LateStanding {
  return {
    ...standing,
    effectiveStatus: 'UNKNOWN',
    conflictOpen: true,
    reasons: withReason(standing.reasons, 'CONFLICT'),
  };
}

function asUnexpected(standing: LateStanding, change: VirtualCardChange): Judged {
  const reasons = withReason(standing.reasons, 'UNEXPECTED_CALLBACK');
  return entered({ ...standing, reasons }, 'unexpected', change);
}

function entered(standing: LateStanding, kind: LateEntry['kind'], change: VirtualCardChange): Judged {
  return { standing, entry: { kind, at: change.receivedAt, change: toShownChange(change) } };
}

/** The wanted state decides a conflict and fills a gap; anything else changes nothing and is shown (design 5.2, Read). */
function judgeReading(standing: LateStanding, { at, sighting }: LateReading): Judged {
  const entry: LateEntry = { kind: 'reading', at, note: describeSighting(sighting) };
  const isOpen = standing.conflictOpen || mayHaveCausedIt(standing.settlement);
  if (sighting.kind !== 'wanted' || !isOpen) return { standing, entry };
  return {
    standing: {
      ...standing,
      settlement: { status: 'CONFIRMED' },
      effectiveStatus: 'CONFIRMED',
      conflictOpen: false,
      reasons: standing.reasons.filter((reason) => reason !== 'CONFLICT' && reason !== 'UNKNOWN_OUTCOME'),
    },
    entry,
  };
}

/** Of what ended CANCELLED or SUPERSEDED nothing had left: the wanted state is somebody else's doing. */
function mayHaveCausedIt(settlement: LateStanding['settlement']): boolean {
  return isAmendable(settlement) && settlement.status !== 'CANCELLED' && settlement.status !== 'SUPERSEDED';
}

function describeSighting(sighting: Sighting): string {
  switch (sighting.kind) {
    case 'wanted':
      return `the hub lists the token as ${sighting.status}, as wanted`;
    case 'other':
      return `the hub lists the token as ${sighting.status}`;
    case 'absent':
      return 'the hub does not list the token';
    case 'nothing':
      return 'the hub did not answer with a list';
  }
}

/** Whoever decides has looked: no reason to look is left, until something new comes. */
function judgeDecision(standing: LateStanding, { at, status, note, by }: LateDecision): Judged {
  return {
    standing: {
      ...standing,
      settlement: { status },
      effectiveStatus: status,
      conflictOpen: false,
      reasons: [],
    },
    entry: { kind: 'decision', at, note, by, status },
  };
}
