import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { ownerWorkflowId } from '../../contract/workflow-ids.js';
import type { OperationRef } from '../../application/gateway.js';
import { ifFound } from '../connection/not-found.js';
import { isOpen, toMemo } from './memo.js';

export async function describeWorkflow(
  client: Client,
  workflowId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  return ifFound(client.workflow.getHandle(workflowId).describe());
}

/** The same of one run. */
export async function describeRun(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId: string },
): Promise<WorkflowExecutionDescription | undefined> {
  return ifFound(client.workflow.getHandle(workflowId, runId).describe());
}

/** The workflow of an operation, the owner of its callbacks. One without our memo is none that we could answer for. */
export async function findOperation(
  client: Client,
  { issuerId, operationId }: OperationRef,
): Promise<WorkflowExecutionDescription | undefined> {
  const owner = await describeWorkflow(client, ownerWorkflowId(issuerId, operationId));
  return owner !== undefined && isOurs(owner) ? owner : undefined;
}

/** The same, once it has closed. */
export async function findClosedOperation(
  client: Client,
  ref: OperationRef,
): Promise<WorkflowExecutionDescription | undefined> {
  const owner = await findOperation(client, ref);
  return owner === undefined || isOpen(owner) ? undefined : owner;
}

function isOurs(described: WorkflowExecutionDescription): boolean {
  const isOperation = described.type === 'tokenOperation' || described.type === 'cardOperation';
  return isOperation && toMemo(described).fingerprint !== undefined;
}
