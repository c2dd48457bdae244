import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { ListPosition } from '../domain/list-position.js';
import { toListed } from '../domain/listed-operation.js';
import type { ListedOperation } from '../domain/report.js';
import { ACTIONS } from '../domain/token-state.js';
import { ownerWorkflowId } from '../domain/workflow-ids.js';
import { requestedAtKey } from '../../workflows/search-attributes.js';
import { isOpen, toMemo } from './memo.js';
import { reportOf, reportWithoutResult } from './operation-view.js';
import { readRows } from './rows.js';
import { quoted } from './visibility-query.js';

/** A row of the server that stands for an operation. */
export interface ListedRow {
  readonly at: number;
  readonly position: ListPosition;
  readonly operation: ListedOperation;
  /** Its sender was ended by hand or by a bug, and its fan-out may go on. */
  readonly mayBeLeftAlone: boolean;
}

/** The operation that a row stands for; undefined for one that was not started by us. */
export function toListedRow(row: WorkflowExecutionInfo, issuerId: string): ListedRow | undefined {
  const { action, fingerprint } = toMemo(row);
  const requestedAt = row.typedSearchAttributes.get(requestedAtKey);
  const isOurs = fingerprint !== undefined && ACTIONS.some((known) => known === action);
  if (!isOurs || requestedAt === undefined) return undefined;
  const operationId = row.workflowId.slice(row.workflowId.lastIndexOf('/') + 1);
  const ref = { issuerId, operationId };
  const isLost = !isOpen(row) && row.status.name !== 'COMPLETED';
  const report = isLost ? reportWithoutResult(row, ref) : reportOf(row, ref);
  const at = requestedAt.getTime();
  return {
    at,
    position: { at, operationId },
    operation: toListed(report),
    mayBeLeftAlone: isLost && row.type === 'cardOperation',
  };
}

/** Of the operations on cards whose sender was ended by hand, those that go on without it. */
export async function findRunningFanOuts(
  client: Client,
  issuerId: string,
  rows: readonly ListedRow[],
): Promise<ReadonlySet<string>> {
  const asked = rows
    .filter(({ mayBeLeftAlone }) => mayBeLeftAlone)
    .map(({ operation }) => operation.operationId);
  if (asked.length === 0) return new Set();
  const ids = asked.map((id) => quoted(ownerWorkflowId(issuerId, id)));
  const query = `LcmIssuer = ${quoted(issuerId)} AND WorkflowType = "cardFanOut" AND ExecutionStatus = "Running" AND WorkflowId IN (${ids.join(', ')})`;
  const { rows: running } = await readRows(client, query, 2 * asked.length);
  const found = new Set(running.map(({ workflowId }) => workflowId));
  return new Set(asked.filter((id) => found.has(ownerWorkflowId(issuerId, id))));
}
