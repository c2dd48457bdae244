import type { OperationReport } from './report.js';
import { isFinalStatus, type FinalStatus, type OperationStatus } from './status.js';

/**
 * What a closed workflow returned, as the end that it is: nobody goes on with what was left open, so it is UNKNOWN. Releases
 * before this rule could close so; no caller may wait for ever for what has closed.
 */
export function asEnd(report: OperationReport): OperationReport {
  if (report.final && isFinalStatus(report.status)) return report;
  return {
    ...report,
    status: 'UNKNOWN',
    effectiveStatus: 'UNKNOWN',
    final: true,
    evidence: 'NONE',
    attention: report.attention ?? 'UNKNOWN_OUTCOME',
  };
}

/** The status of what has closed, by what is written where lists are made. */
export function statusAtTheEnd(written: OperationStatus): FinalStatus {
  return isFinalStatus(written) ? written : 'UNKNOWN';
}

/** The status of what runs: an end that is not stored yet is told nobody, since a callback may still change it. */
export function statusWhileRunning(written: OperationStatus): OperationStatus {
  return isFinalStatus(written) ? 'AWAITING_CALLBACK' : written;
}
