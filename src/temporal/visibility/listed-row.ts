import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { ListPosition } from '../../application/list-position.js';
import { toListed } from '../../domain/report/listed-operation.js';
import type { ListedOperation } from '../../domain/report/report.js';
import { ACTIONS } from '../../domain/hub/token-state.js';
import { requestedAtKey } from '../../contract/search-attributes.js';
import { isOpen, toMemo } from '../operations/memo.js';
import { reportOf, reportWithoutResult } from '../operations/operation-view.js';

/** A row of the server that stands for an operation. */
export interface ListedRow {
  readonly at: number;
  readonly position: ListPosition;
  readonly operation: ListedOperation;
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
  };
}
