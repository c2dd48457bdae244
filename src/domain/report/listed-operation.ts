import { mostUrgent, type AttentionReason } from './attention.js';
import type { ListedOperation, OperationReport } from './report.js';
import type { OperationStatus } from './status.js';

/** What the server shows of the latest run of `lateChange` of an operation. */
export interface LateMark {
  /** The effective status; absent while nobody has judged what came. */
  readonly status?: OperationStatus;
  readonly attention?: AttentionReason;
}

/** What of a report is known without its workflow. */
export function toListed(report: OperationReport): ListedOperation {
  const { errorCode, attention, virtualCardId, retryOf } = report;
  return {
    operationId: report.operationId,
    correlationId: report.correlationId,
    issuerId: report.issuerId,
    scope: report.scope,
    action: report.action,
    issuerCardRefId: report.issuerCardRefId,
    ...(virtualCardId !== undefined && { virtualCardId }),
    status: report.status,
    effectiveStatus: report.effectiveStatus,
    final: report.final,
    ...(errorCode !== undefined && { errorCode }),
    ...(attention !== undefined && { attention }),
    outcomes: [],
    requestedAt: report.requestedAt,
    softDeadlineAt: report.softDeadlineAt,
    hardDeadlineAt: report.hardDeadlineAt,
    ...(retryOf !== undefined && { retryOf }),
    partial: true,
  };
}

/**
 * The operation with what came late (design 5.4). Whoever judged that has begun with the operation's own attention, so
 * the mark's word replaces it; before that nobody knows whether the outcome still stands.
 */
export function withLateMark(operation: ListedOperation, mark: LateMark): ListedOperation {
  const { attention: own, ...unworried } = operation;
  if (mark.status === undefined) {
    if (mayBeOfTakenId(operation)) return operation;
    const reasons = [own, mark.attention].flatMap((reason) => reason ?? []);
    const attention = mostUrgent(reasons);
    return { ...unworried, effectiveStatus: 'UNKNOWN', ...(attention !== undefined && { attention }) };
  }
  const { attention } = mark;
  return { ...unworried, effectiveStatus: mark.status, ...(attention !== undefined && { attention }) };
}

/** What comes late under an id that belongs to somebody else's change is never judged, and no word on the operation. */
function mayBeOfTakenId({ scope, status, attention }: ListedOperation): boolean {
  return scope === 'CARD' && status === 'REJECTED' && attention === 'ID_TAKEN';
}
