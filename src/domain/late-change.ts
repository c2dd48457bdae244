import { withReason, mostUrgent, type AttentionReason } from './attention.js';
import { duplicateKey, toShownChange, type VirtualCardChange } from './change.js';
import { categoryOf, isDeviceNotReached } from './hub-errors.js';
import { isAmendable, type Settlement } from './operation/index.js';
import type { LateEntry, OperationReport, OperationView } from './report.js';
import { isFinalStatus, type OperationStatus } from './status.js';

/** What arrived after an owner had closed, in order. Plain JSON: the state and the result of `lateChange`. */
export interface LateArrivals {
  readonly issuerId: string;
  readonly correlationId: string;
  readonly arrivals: readonly LateArrival[];
  readonly lastArrivalAt: number;
  /** Different arrivals beyond what is kept; all of them are in the workflow's history. */
  readonly omitted: number;
}

export interface LateArrival {
  readonly change: VirtualCardChange;
  readonly repeats: number;
  readonly lastAt: string;
}

const MOST_ARRIVALS = 200;

export function beginLateArrivals(issuerId: string, correlationId: string, now: number): LateArrivals {
  return { issuerId, correlationId, arrivals: [], lastArrivalAt: now, omitted: 0 };
}

export function recordLateChange(late: LateArrivals, change: VirtualCardChange, now: number): LateArrivals {
  const heard = { ...late, lastArrivalAt: now };
  const key = duplicateKey(change);
  if (late.arrivals.some((arrival) => duplicateKey(arrival.change) === key)) {
    return {
      ...heard,
      arrivals: late.arrivals.map((arrival) =>
        duplicateKey(arrival.change) === key
          ? { ...arrival, repeats: arrival.repeats + 1, lastAt: change.receivedAt }
          : arrival,
      ),
    };
  }
  if (late.arrivals.length >= MOST_ARRIVALS) return { ...heard, omitted: late.omitted + 1 };
  return { ...heard, arrivals: [...late.arrivals, { change, repeats: 0, lastAt: change.receivedAt }] };
}

/** What the arrivals so far make of a closed operation. */
interface Standing {
  readonly settlement: Pick<Settlement, 'status' | 'provisional' | 'errorCode'>;
  readonly effectiveStatus: OperationStatus;
  /** Words contradict each other, and no reading and no person has decided. */
  readonly conflictOpen: boolean;
  readonly heard: readonly string[];
  readonly late: readonly LateEntry[];
  readonly duplicates: number;
  readonly device: OperationReport['device'];
  readonly reasons: readonly AttentionReason[];
}

/**
 * The operation as callers see it, with everything that came late: each arrival is judged by the outcome as it stood
 * when it came (design 5.4). The recorded status never changes; the effective one follows an amendment's word and is
 * UNKNOWN after a conflict.
 */
export function toView(report: OperationReport, arrivals: readonly LateArrival[] = []): OperationView {
  const { heard: _heard, provisional: _provisional, decision, ...shown } = report;
  if (!isFinalStatus(report.status)) return { ...shown, late: [] };
  const standing = arrivals.reduce((sofar, arrival) => weigh(sofar, arrival, report), beginStanding(report));
  const attention = mostUrgent(standing.reasons);
  return {
    ...shown,
    effectiveStatus: standing.effectiveStatus,
    ...(standing.device !== undefined && { device: standing.device }),
    ...(attention !== undefined && { attention }),
    duplicates: standing.duplicates,
    late: decision === undefined ? standing.late : [{ kind: 'decision', ...decision }, ...standing.late],
  };
}

function beginStanding(report: OperationReport): Standing {
  const { status, provisional, errorCode } = report;
  if (!isFinalStatus(status)) throw new TypeError('only a closed operation can be amended');
  return {
    settlement: { status, provisional, errorCode },
    effectiveStatus: report.effectiveStatus,
    conflictOpen:
      report.attention === 'CONFLICT' && report.effectiveStatus === 'UNKNOWN' && report.evidence !== 'PERSON',
    heard: report.heard,
    late: [],
    duplicates: report.duplicates,
    device: report.device,
    reasons: report.attention === undefined ? [] : [report.attention],
  };
}

function weigh(standing: Standing, { change, repeats }: LateArrival, report: OperationReport): Standing {
  const key = duplicateKey(change);
  if (standing.heard.includes(key)) {
    return withEntry({ ...standing, duplicates: standing.duplicates + 1 + repeats }, 'duplicate', change);
  }
  const heard: Standing = {
    ...standing,
    heard: [...standing.heard, key],
    duplicates: standing.duplicates + repeats,
    reasons: change.cardDataSeen === true ? withReason(standing.reasons, 'CARD_DATA_SEEN') : standing.reasons,
  };
  if (change.virtualCardId !== report.virtualCardId) return asUnexpected(heard, change);
  if (report.action === 'DELETE' && change.action === 'DELETE_FROM_APP' && change.errorCode === undefined) {
    return withEntry({ ...heard, device: 'REMOVED' }, 'amendment', change);
  }
  if (change.action !== report.action) return asUnexpected(heard, change);
  if (agreesWith(heard.settlement, change)) return asAgreement(heard, change);
  return isAmendable(heard.settlement) ? asAmendment(heard, change) : asConflict(heard, change);
}

function agreesWith(settlement: Standing['settlement'], { errorCode }: VirtualCardChange): boolean {
  if (settlement.status === 'CONFIRMED') return errorCode === undefined || isDeviceNotReached(errorCode);
  if (errorCode === undefined || errorCode !== settlement.errorCode) return false;
  // An outcome that is still open learns from a final code, although the hub had refused with the same.
  return !isAmendable(settlement) || categoryOf(errorCode) === 'proves-nothing';
}

/** A word that says what is known already, or tells of the device only: nobody has to look. */
function asAgreement(standing: Standing, change: VirtualCardChange): Standing {
  const device = isDeviceNotReached(change.errorCode) ? (standing.device ?? 'NOT_REACHED') : standing.device;
  return withEntry({ ...standing, device }, 'amendment', change);
}

function asAmendment(standing: Standing, change: VirtualCardChange): Standing {
  const settlement = amend(standing.settlement, change);
  const device = isDeviceNotReached(change.errorCode) ? (standing.device ?? 'NOT_REACHED') : standing.device;
  const isStillUnknown = settlement.status === 'UNKNOWN';
  const reasons = standing.reasons.filter((reason) => isStillUnknown || reason !== 'UNKNOWN_OUTCOME');
  return withEntry(
    {
      ...standing,
      settlement,
      effectiveStatus: standing.conflictOpen ? 'UNKNOWN' : settlement.status,
      device,
      reasons: withReason(reasons, 'LATE_AMENDMENT'),
    },
    'amendment',
    change,
  );
}

/** The outcome by an amendment's own word; a later success may amend one that rests on a code that proves nothing. */
function amend({ status }: Standing['settlement'], { errorCode }: VirtualCardChange): Standing['settlement'] {
  if (errorCode === undefined) return { status: 'CONFIRMED' };
  if (categoryOf(errorCode) !== 'proves-nothing') return { status: 'FAILED', errorCode };
  // It says that the hub had the request, and leaves open what became of it. What readings have called failed stays so.
  return { status: status === 'FAILED' ? 'FAILED' : 'UNKNOWN', errorCode, provisional: true };
}

function asConflict(standing: Standing, change: VirtualCardChange): Standing {
  const reasons = withReason(standing.reasons, 'CONFLICT');
  return withEntry(
    { ...standing, effectiveStatus: 'UNKNOWN', conflictOpen: true, reasons },
    'conflict',
    change,
  );
}

function asUnexpected(standing: Standing, change: VirtualCardChange): Standing {
  const reasons = withReason(standing.reasons, 'UNEXPECTED_CALLBACK');
  return withEntry({ ...standing, reasons }, 'unexpected', change);
}

function withEntry(standing: Standing, kind: LateEntry['kind'], change: VirtualCardChange): Standing {
  return {
    ...standing,
    late: [...standing.late, { kind, at: change.receivedAt, change: toShownChange(change) }],
  };
}
