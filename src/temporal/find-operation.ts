import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { cardOperationWorkflowId, ownerWorkflowId } from '../domain/workflow-ids.js';
import type { OperationRef } from './gateway.js';
import { ifFound } from './not-found.js';
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

/**
 * The workflow of an operation: the owner of its callbacks for one on a token, its sender for one on a card. One without our
 * memo is none that we could answer for.
 */
export async function findOperation(
  client: Client,
  { issuerId, operationId }: OperationRef,
): Promise<WorkflowExecutionDescription | undefined> {
  const owner = await describeWorkflow(client, ownerWorkflowId(issuerId, operationId));
  if (owner !== undefined && isOurs(owner, 'tokenOperation')) return owner;
  // A fan-out, nothing, or somebody else's change under the same id.
  const sender = await describeWorkflow(client, cardOperationWorkflowId(issuerId, operationId));
  return sender !== undefined && isOurs(sender, 'cardOperation') ? sender : undefined;
}

/** The fan-out of an operation on a card, which owns its callbacks. */
export async function findFanOut(
  client: Client,
  { issuerId, operationId }: OperationRef,
): Promise<WorkflowExecutionDescription | undefined> {
  const owner = await describeWorkflow(client, ownerWorkflowId(issuerId, operationId));
  return owner !== undefined && isOurs(owner, 'cardFanOut') ? owner : undefined;
}

/** The owner of an operation's callbacks, once it has closed. */
export async function findClosedOwner(
  client: Client,
  { issuerId, operationId }: OperationRef,
): Promise<WorkflowExecutionDescription | undefined> {
  const owner = await describeWorkflow(client, ownerWorkflowId(issuerId, operationId));
  if (owner === undefined || isOpen(owner)) return undefined;
  return isOurs(owner, 'tokenOperation') || isOurs(owner, 'cardFanOut') ? owner : undefined;
}

/** Whether somebody else's change has the id: what comes late under it is not about the operation. */
export async function isIdTaken(client: Client, { issuerId, operationId }: OperationRef): Promise<boolean> {
  const owner = await describeWorkflow(client, ownerWorkflowId(issuerId, operationId));
  return owner !== undefined && !isOurs(owner, 'tokenOperation') && !isOurs(owner, 'cardFanOut');
}

export function isOurs(
  described: WorkflowExecutionDescription,
  type: 'tokenOperation' | 'cardOperation' | 'cardFanOut',
): boolean {
  return described.type === type && toMemo(described).fingerprint !== undefined;
}
