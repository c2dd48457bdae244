import { mostUrgent, withReason, type AttentionReason } from '../report/attention.js';
import { toShownChange, type VirtualCardChange } from '../hub/change.js';
import type { Settlement } from '../token/index.js';
import type { LateEntry, OperationReport } from '../report/report.js';
import { isFinalStatus, type OperationStatus } from '../report/status.js';
import type { LateCardReading, LateReading } from './arrivals.js';
import { beginCardStanding, type CardStanding } from './card-standing.js';
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
  /** Of an operation on all tokens of a card. */
  readonly card?: CardStanding;
}

/** What a run of `lateChange` begins with. `none`: the owner was no operation of ours, so nothing can be contradicted. */
export type LateBasis =
  | { readonly kind: 'operation'; readonly subject: LateSubject; readonly standing: LateStanding }
  | { readonly kind: 'none' };

/** The owner that has closed, and the run of `lateChange` that asks. */
export interface LateBasisRequest {
  readonly issuerId: string;
  readonly correlationId: string;
  readonly runId: string;
}

/** How an operation stands at its end. */
export function beginStanding(report: OperationReport): LateStanding {
  const { status, provisional, errorCode } = report;
  if (!isFinalStatus(status)) throw new TypeError('only a closed operation can be amended');
  const card = beginCardStanding(report);
  return {
    ...(card !== undefined && { card }),
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

/** Why a person should look, as it stands. */
export function attentionOf({ reasons }: LateStanding): AttentionReason | undefined {
  return mostUrgent(reasons);
}

/** How it stands after an arrival, and how that is shown. */
export interface Judged {
  readonly standing: LateStanding;
  readonly entry: LateEntry;
}

export function entered(standing: LateStanding, kind: LateEntry['kind'], change: VirtualCardChange): Judged {
  return { standing, entry: { kind, at: change.receivedAt, change: toShownChange(change) } };
}

/** How a look is shown that a person asked for. */
export function asReading({ at, by, why }: LateReading | LateCardReading, seen: string): LateEntry {
  return {
    kind: 'reading',
    at,
    note: seen,
    ...(by !== undefined && { by }),
    ...(why !== undefined && { why }),
  };
}

export function asUnexpected(standing: LateStanding, change: VirtualCardChange): Judged {
  const reasons = withReason(standing.reasons, 'UNEXPECTED_CALLBACK');
  return entered({ ...standing, reasons }, 'unexpected', change);
}

/** Words contradict each other: nobody knows, until a reading or a person decides. */
export function withConflict(standing: LateStanding): LateStanding {
  return {
    ...standing,
    effectiveStatus: 'UNKNOWN',
    conflictOpen: true,
    reasons: withReason(standing.reasons, 'CONFLICT'),
  };
}
