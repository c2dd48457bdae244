import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { ATTENTION_REASONS, type AttentionReason } from '../../domain/report/attention.js';
import type { LateMark } from '../../domain/report/listed-operation.js';
import { FINAL_STATUSES } from '../../domain/report/status.js';
import { lateWorkflowId } from '../../contract/workflow-ids.js';
import { attentionKey, statusKey } from '../../contract/search-attributes.js';
import { readRows } from '../visibility/rows.js';
import { quoted } from '../visibility/visibility-query.js';

/** So many operations are looked for by what came late to them: each is named in every query of the list. */
const MOST_OPERATIONS = 200;
const MOST_RUNS = 1_000;

/** The operations of an issuer of which some run of `lateChange` says this attention; a later run may have cleared it. */
export async function findByLateAttention(
  client: Client,
  issuerId: string,
  attention: AttentionReason,
): Promise<{ readonly operationIds: readonly string[]; readonly isWhole: boolean }> {
  const query = `LcmIssuer = ${quoted(issuerId)} AND LcmScope = "LATE" AND LcmAttention = ${quoted(attention)}`;
  const { rows, isWhole } = await readRows(client, query, MOST_RUNS);
  const operationIds = [...new Set(rows.map(operationIdOf))];
  return {
    operationIds: operationIds.slice(0, MOST_OPERATIONS),
    isWhole: isWhole && operationIds.length <= MOST_OPERATIONS,
  };
}

/** What came late to these operations, by one query over all of them. */
export async function lateMarksOf(
  client: Client,
  issuerId: string,
  operationIds: readonly string[],
): Promise<{ readonly marks: ReadonlyMap<string, LateMark>; readonly isWhole: boolean }> {
  if (operationIds.length === 0) return { marks: new Map(), isWhole: true };
  const ids = operationIds.map((id) => quoted(lateWorkflowId(issuerId, id)));
  const query = `LcmIssuer = ${quoted(issuerId)} AND WorkflowId IN (${ids.join(', ')}) AND ExecutionStatus != "ContinuedAsNew"`;
  const { rows, isWhole } = await readRows(client, query, MOST_RUNS);
  const inOrder = rows.toSorted((left, right) => left.startTime.getTime() - right.startTime.getTime());
  // A later run has begun with what the earlier ones had made of it.
  return { marks: new Map(inOrder.map((run) => [operationIdOf(run), toMark(run)])), isWhole };
}

function toMark({ typedSearchAttributes }: WorkflowExecutionInfo): LateMark {
  const status = FINAL_STATUSES.find((known) => known === typedSearchAttributes.get(statusKey));
  const attention = ATTENTION_REASONS.find((known) => known === typedSearchAttributes.get(attentionKey));
  return { ...(status !== undefined && { status }), ...(attention !== undefined && { attention }) };
}

function operationIdOf({ workflowId }: WorkflowExecutionInfo): string {
  return workflowId.slice(workflowId.lastIndexOf('/') + 1);
}
