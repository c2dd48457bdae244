import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { OperationMemo } from './start-options.js';

export function toMemo(described: Pick<WorkflowExecutionInfo, 'memo'>): OperationMemo {
  return (described.memo ?? {}) as unknown as OperationMemo;
}

/** Whether the workflow still takes callbacks. */
export function isOpen({ status }: Pick<WorkflowExecutionInfo, 'status'>): boolean {
  return ['RUNNING', 'CONTINUED_AS_NEW', 'PAUSED'].includes(status.name);
}
