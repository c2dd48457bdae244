import {
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import { findFanOut } from './find-operation.js';
import type { OperationRef } from './gateway.js';
import { isOpen } from './memo.js';

/**
 * Tells the fan-out of an operation on a card what a person wants, when its sender was ended by hand and cannot pass it on.
 * False when none runs any more, or ends in that very instant without having heard of it, as `tell` finds.
 */
export async function tellFanOutLeftAlone(
  client: Client,
  sender: WorkflowExecutionDescription,
  ref: OperationRef,
  tell: (fanOut: WorkflowHandle) => Promise<boolean>,
): Promise<boolean> {
  if (sender.type !== 'cardOperation') return false;
  const fanOut = await findFanOut(client, ref);
  if (fanOut === undefined || !isOpen(fanOut)) return false;
  try {
    return await tell(client.workflow.getHandle(fanOut.workflowId));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
