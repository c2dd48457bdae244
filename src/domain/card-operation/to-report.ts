import { mostUrgent } from '../attention.js';
import { toIsoTime, type OperationReport } from '../report.js';
import { attentionOfCard, statusOfCard, type CardOperation } from './state.js';

/** The operation as its sender alone knows it: without the outcomes, which are the fan-out's. */
export function toCardReport(operation: CardOperation): OperationReport {
  const { request, told, attempts, acceptedAt, supersededBy, requests } = operation;
  const status = statusOfCard(operation);
  const attention = attentionOfCard(operation, false);
  return {
    operationId: request.correlationId,
    correlationId: request.correlationId,
    issuerId: request.issuerId,
    scope: 'CARD',
    action: request.action,
    issuerCardRefId: request.issuerCardRefId,
    status,
    effectiveStatus: status,
    final: false,
    provisional: false,
    evidence: 'NONE',
    ...(told?.errorCode !== undefined && { errorCode: told.errorCode }),
    ...(attention !== undefined && { attention }),
    outcomes: [],
    exposed: [],
    duplicates: 0,
    conflicts: [],
    unexpected: [],
    attempts,
    requestedAt: toIsoTime(request.requestedAt),
    ...(acceptedAt !== undefined && { acceptedAt: toIsoTime(acceptedAt) }),
    softDeadlineAt: toIsoTime(request.softDeadlineAt),
    hardDeadlineAt: toIsoTime(request.hardDeadlineAt),
    ...(request.retryOf !== undefined && { retryOf: request.retryOf }),
    ...(supersededBy !== undefined && { supersededBy }),
    ...(requests !== undefined && { requests }),
    heard: [],
  };
}

/** The whole operation: what its sender knows of the attempts, and what its fan-out knows of the tokens. */
export function mergeReports(sender: OperationReport, fanOut: OperationReport): OperationReport {
  const {
    attention: _attention,
    acceptedAt: _acceptedAt,
    supersededBy: _supersededBy,
    requests: _requests,
    ...outcome
  } = fanOut;
  const attention = mostUrgent([
    // Only this the sender knows by itself; what else it shows, the fan-out has told it, and may have taken back since.
    ...(sender.attention === 'HUB_UNREACHABLE' && !fanOut.final ? [sender.attention] : []),
    ...(fanOut.attention === undefined ? [] : [fanOut.attention]),
  ]);
  const acceptedAt = sender.acceptedAt ?? fanOut.acceptedAt;
  const supersededBy = fanOut.supersededBy ?? sender.supersededBy;
  // The sender passes each on; whichever knows more has lost none by a reset or by its end.
  const isToldMore = (fanOut.requests?.length ?? 0) > (sender.requests?.length ?? 0);
  const { requests } = isToldMore ? fanOut : sender;
  return {
    ...outcome,
    attempts: sender.attempts,
    ...(attention !== undefined && { attention }),
    ...(acceptedAt !== undefined && { acceptedAt }),
    ...(supersededBy !== undefined && { supersededBy }),
    ...(requests !== undefined && { requests }),
  };
}

/** The outcome of an operation whose fan-out was ended by hand or by a bug: nobody knows what became of its request. */
export function toReportWithoutFanOut(operation: CardOperation, now: number): OperationReport {
  return {
    ...toCardReport(operation),
    status: 'UNKNOWN',
    effectiveStatus: 'UNKNOWN',
    final: true,
    attention: 'TERMINATED',
    settledAt: toIsoTime(now),
  };
}

/** Whether an operation ended because its correlation id belongs to something else: nothing that comes under it is its own. */
export function isOfTakenId({
  scope,
  status,
  evidence,
  attention,
}: Pick<OperationReport, 'scope' | 'status' | 'evidence' | 'attention'>): boolean {
  return scope === 'CARD' && status === 'REJECTED' && evidence === 'NONE' && attention === 'ID_TAKEN';
}

/** The outcome of an operation whose correlation id belongs to something else: the hub was never called (design section 4). */
export function toReportOfTakenId(operation: CardOperation, now: number): OperationReport {
  return {
    ...toCardReport(operation),
    status: 'REJECTED',
    effectiveStatus: 'REJECTED',
    final: true,
    attention: 'ID_TAKEN',
    settledAt: toIsoTime(now),
  };
}
