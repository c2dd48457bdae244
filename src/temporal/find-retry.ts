import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { cardOperationWorkflowId, ownerWorkflowId } from '../domain/workflow-ids.js';
import { describeWorkflow } from './find-operation.js';
import type { OperationRef } from './gateway.js';
import { toMemo } from './memo.js';
import { MOST_IDS, toRetryId } from './operation-id.js';

/** The operation that repeats another one. */
export interface FoundRetry {
  readonly operationId: string;
  readonly described: WorkflowExecutionDescription;
}

/** Looks for the retry of an operation: its id follows from the first one's. One question for a token, two for a card that has none. */
export async function findRetry(
  client: Client,
  { issuerId, operationId }: OperationRef,
  scope: 'TOKEN' | 'CARD',
): Promise<FoundRetry | undefined> {
  for (let n = 0; n < MOST_IDS; n += 1) {
    const retryId = toRetryId(operationId, n);
    const owner = ownerWorkflowId(issuerId, retryId);
    const workflowId = scope === 'CARD' ? cardOperationWorkflowId(issuerId, retryId) : owner;
    const described = await describeWorkflow(client, workflowId);
    if (described !== undefined && toMemo(described).retryOf === operationId) {
      return { operationId: retryId, described };
    }
    const holder = scope === 'CARD' ? await describeWorkflow(client, owner) : described;
    if (holder === undefined) return undefined;
    // Somebody else's change has this id; a retry has taken the next one.
  }
  return undefined;
}
