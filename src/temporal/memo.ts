import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { OperationMemo } from './start-options.js';

export function toMemo(described: WorkflowExecutionDescription): OperationMemo {
  return (described.memo ?? {}) as unknown as OperationMemo;
}

/** Whether the workflow still takes callbacks. */
export function isOpen({ status }: WorkflowExecutionDescription): boolean {
  return ['RUNNING', 'CONTINUED_AS_NEW', 'PAUSED'].includes(status.name);
}
