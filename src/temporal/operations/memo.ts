import type { WorkflowExecutionInfo } from '@temporalio/client';
import { ACTIONS, type Action } from '../../domain/hub/token-state.js';
import type { OperationMemo } from './start-options.js';

export function toMemo(described: Pick<WorkflowExecutionInfo, 'memo'>): OperationMemo {
  return (described.memo ?? {}) as unknown as OperationMemo;
}

/** The action that a memo names. */
export function toAction(written: string): Action {
  const action = ACTIONS.find((known) => known === written);
  if (action === undefined) throw new Error('a workflow of our type that was not started by us');
  return action;
}

/** Whether the workflow still takes callbacks. */
export function isOpen({ status }: Pick<WorkflowExecutionInfo, 'status'>): boolean {
  return ['RUNNING', 'CONTINUED_AS_NEW', 'PAUSED'].includes(status.name);
}
