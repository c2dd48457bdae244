import { mostUrgent, type AttentionReason } from '../report/attention.js';
import { isExposed, mustLeaveNoneExposed } from '../hub/token-state.js';
import { toIsoTime, type OperationReport, type TokenOutcome } from '../report/report.js';
import type { TokenResult } from '../report/status.js';
import { statusOf, type Operation, type Settlement } from './state.js';

/** The operation as callers see it. */
export function toReport(operation: Operation): OperationReport {
  const { request, phase } = operation;
  const settlement = phase.kind === 'final' ? phase.settlement : undefined;
  const status = statusOf(operation);
  const attention = attentionOf(operation);
  const errorCode = settlement?.errorCode;
  return {
    operationId: request.correlationId,
    correlationId: request.correlationId,
    issuerId: request.issuerId,
    scope: 'TOKEN',
    action: request.action,
    issuerCardRefId: request.issuerCardRefId,
    virtualCardId: request.virtualCardId,
    status,
    effectiveStatus: settlement !== undefined && operation.conflictOpen ? 'UNKNOWN' : status,
    final: settlement !== undefined,
    provisional: settlement?.provisional === true,
    evidence: settlement?.evidence ?? 'NONE',
    ...(errorCode !== undefined && { errorCode }),
    ...(operation.device !== undefined && { device: operation.device }),
    ...(attention !== undefined && { attention }),
    outcomes: [toTokenOutcome(operation)],
    exposed: isLeftExposed(operation) ? [request.virtualCardId] : [],
    duplicates: operation.duplicates,
    conflicts: operation.conflicts,
    unexpected: operation.unexpected,
    ...(operation.omitted > 0 && { omitted: operation.omitted }),
    attempts: operation.attempts,
    requestedAt: toIsoTime(request.requestedAt),
    ...(operation.acceptedAt !== undefined && { acceptedAt: toIsoTime(operation.acceptedAt) }),
    ...(operation.settledAt !== undefined && settlement && { settledAt: toIsoTime(operation.settledAt) }),
    softDeadlineAt: toIsoTime(request.softDeadlineAt),
    hardDeadlineAt: toIsoTime(request.hardDeadlineAt),
    ...(request.retryOf !== undefined && { retryOf: request.retryOf }),
    ...(operation.supersededBy !== undefined && { supersededBy: operation.supersededBy }),
    ...toLastReading(operation),
    ...(operation.requests !== undefined && { requests: operation.requests }),
    ...toDecision(operation, settlement),
    heard: operation.heard,
  };
}

/**
 * Whether its token could pay, or become able to, when it was seen last, although it was to be suspended or deleted: as with a
 * card (design 5.3). UNKNOWN and NEVER_SENT call for somebody by themselves; whoever has decided has looked.
 */
function isLeftExposed({ request, phase, lastSeenStatus }: Operation): boolean {
  if (phase.kind !== 'final' || lastSeenStatus === undefined) return false;
  const { status, evidence } = phase.settlement;
  const isInVain = status === 'REJECTED' || (status === 'FAILED' && evidence !== 'NONE');
  return (
    isInVain && evidence !== 'PERSON' && mustLeaveNoneExposed(request.action) && isExposed(lastSeenStatus)
  );
}

/** The one reason to look. */
export function attentionOf(operation: Operation): AttentionReason | undefined {
  const { attention } = operation;
  return mostUrgent(isLeftExposed(operation) ? [...attention, 'TOKEN_EXPOSED'] : attention);
}

function toLastReading({
  lastReadingAt,
  lastSeenStatus,
  failedReadingsInARow,
}: Operation): Pick<OperationReport, 'lastReading'> {
  if (lastReadingAt === undefined) return {};
  const answered = failedReadingsInARow === 0;
  const isListed = answered && lastSeenStatus !== undefined;
  return {
    lastReading: { at: toIsoTime(lastReadingAt), answered, ...(isListed && { status: lastSeenStatus }) },
  };
}

/** Who decided, and why; the note is kept for as long as the operation is. */
function toDecision(
  { settledAt }: Operation,
  settlement: Settlement | undefined,
): Pick<OperationReport, 'decision'> {
  if (settlement?.note === undefined || settledAt === undefined) return {};
  const { note, by } = settlement;
  return { decision: { at: toIsoTime(settledAt), note, ...(by !== undefined && { by }) } };
}

/** What is known of the operation's one token. */
export function toTokenOutcome(operation: Operation): TokenOutcome {
  const { request, device, settledAt, phase } = operation;
  const settlement = phase.kind === 'final' ? phase.settlement : undefined;
  // A word that proves nothing is a word, and people want to know of it while readings decide.
  const errorCode = phase.kind === 'doubtful' ? phase.errorCode : settlement?.errorCode;
  return {
    virtualCardId: request.virtualCardId,
    result: settlement === undefined ? 'PENDING' : toTokenResult(settlement),
    expected: true,
    evidence: settlement?.evidence ?? 'NONE',
    ...(errorCode !== undefined && { errorCode }),
    ...(device !== undefined && { device }),
    ...(settlement?.provisional === true && { provisional: true as const }),
    ...(settlement !== undefined && settledAt !== undefined && { at: toIsoTime(settledAt) }),
  };
}

function toTokenResult({ status }: Settlement): TokenResult {
  switch (status) {
    case 'CONFIRMED':
    case 'PARTIALLY_CONFIRMED':
      return 'CONFIRMED';
    case 'FAILED':
    case 'REJECTED':
      return 'FAILED';
    case 'UNKNOWN':
    case 'CANCELLED':
    case 'SUPERSEDED':
      return 'SILENT';
  }
}
