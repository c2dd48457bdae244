import type { Span } from './newest-first.js';
import { ownerWorkflowId } from '../../contract/workflow-ids.js';
import type { ListRequest } from '../../application/gateway.js';
import { narrowedTo, quoted } from './visibility-query.js';

/** How the server calls the ends of workflows that leave no result; such an operation is UNKNOWN and TERMINATED. */
const WITHOUT_RESULT = 'ExecutionStatus IN ("Terminated", "Failed", "TimedOut", "Canceled")';
const WITH_RESULT = `NOT (${WITHOUT_RESULT})`;

/**
 * The visibility query for operations that were requested within a span of time. It may find more than the filter means:
 * the memo has the last word on references, and what came late has it on the attention.
 * @param withLate ids of operations to which that attention may belong by what came late
 */
export function toListQuery(
  { issuerId, filter }: Pick<ListRequest, 'issuerId' | 'filter'>,
  { span, withLate }: { span: Span; withLate: readonly string[] },
): string {
  const { status, action, scope, issuerCardRefId, virtualCardId, attention } = filter;
  return [
    `LcmIssuer = ${quoted(issuerId)}`,
    'WorkflowType IN ("tokenOperation", "cardOperation")',
    // Of one that has continued as new, the latest run tells.
    'ExecutionStatus != "ContinuedAsNew"',
    ...(status === undefined ? [] : [toStatusCondition(status)]),
    ...(action === undefined ? [] : [`LcmAction = ${quoted(action)}`]),
    ...(scope === undefined ? [] : [`LcmScope = ${quoted(scope)}`]),
    ...(issuerCardRefId === undefined ? [] : [narrowedTo('LcmCard', issuerCardRefId) ?? []]),
    ...(virtualCardId === undefined ? [] : [narrowedTo('LcmVirtualCard', virtualCardId) ?? []]),
    ...(attention === undefined ? [] : [toAttentionCondition(attention, { issuerId, withLate })]),
    `LcmRequestedAt > ${endOf(span.from - 1)}`,
    ...(span.to === Number.POSITIVE_INFINITY ? [] : [`LcmRequestedAt < ${endOf(span.to)}`]),
  ]
    .flat()
    .join(' AND ');
}

function toStatusCondition(status: string): string {
  const isRecorded = `LcmStatus = ${quoted(status)}`;
  return status === 'UNKNOWN' ? `(${isRecorded} OR ${WITHOUT_RESULT})` : `${isRecorded} AND ${WITH_RESULT}`;
}

function toAttentionCondition(
  attention: string,
  { issuerId, withLate }: { issuerId: string; withLate: readonly string[] },
): string {
  const isShown = `LcmAttention = ${quoted(attention)}`;
  const own =
    attention === 'TERMINATED' ? `${isShown} OR ${WITHOUT_RESULT}` : `(${isShown} AND ${WITH_RESULT})`;
  if (withLate.length === 0) return `(${own})`;
  const ids = withLate.map((id) => ownerWorkflowId(issuerId, id));
  return `(${own} OR WorkflowId IN (${ids.map(quoted).join(', ')}))`;
}

/**
 * A moment within a millisecond, after every instant that we store. SQLite compares texts, and the server writes a bound
 * without the zeros at its end but a stored instant with them: a bound that is itself an instant may miss that one.
 */
function endOf(millisecond: number): string {
  return quoted(new Date(millisecond).toISOString().replace('Z', '999Z'));
}
