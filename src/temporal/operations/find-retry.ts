import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { ownerWorkflowId } from '../../contract/workflow-ids.js';
import { describeWorkflow } from './find-operation.js';
import type { OperationRef } from '../../application/gateway.js';
import { toMemo } from './memo.js';
import { MOST_IDS, toRetryId } from './operation-id.js';

/** The operation that repeats another one. */
export interface FoundRetry {
  readonly operationId: string;
  readonly described: WorkflowExecutionDescription;
}

/** Looks for the retry of an operation: its id follows from the first one's. */
export async function findRetry(
  client: Client,
  { issuerId, operationId }: OperationRef,
): Promise<FoundRetry | undefined> {
  for (let n = 0; n < MOST_IDS; n += 1) {
    const retryId = toRetryId(operationId, n);
    const described = await describeWorkflow(client, ownerWorkflowId(issuerId, retryId));
    if (described === undefined) return undefined;
    if (toMemo(described).retryOf === operationId) return { operationId: retryId, described };
    // Somebody else's change has this id; a retry has taken the next one.
  }
  return undefined;
}
