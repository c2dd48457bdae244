import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { OPERATION_ENDED } from '../../contract/messages.js';
import { isOpen } from './memo.js';

const UPDATE_ATTEMPTS = 3;
/** gRPC's code for what cannot be done in the present state. */
const FAILED_PRECONDITION = 9;

/** Sends an update to an operation that runs; false when it has ended, or ends while the update is on its way. */
export async function updateRunning(
  client: Client,
  described: WorkflowExecutionDescription,
  update: (handle: WorkflowHandle) => Promise<unknown>,
): Promise<boolean> {
  if (!isOpen(described)) return false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await update(client.workflow.getHandle(described.workflowId));
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || saysEnded(error)) return false;
      if (attempt === UPDATE_ATTEMPTS || !saysTaskFailed(error)) throw error;
    }
  }
}

/**
 * The workflow task that was to take the update has failed, as one does that a callback overtakes. The update was not
 * applied, and it may be sent again.
 */
function saysTaskFailed(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return isGrpcServiceError(cause) && (cause.code as number) === FAILED_PRECONDITION;
}

function saysEnded(error: unknown): boolean {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  // The second: it was accepted, and the operation ended before it was carried out.
  return (
    cause instanceof ApplicationFailure &&
    [OPERATION_ENDED, 'AcceptedUpdateCompletedWorkflow'].includes(cause.type ?? '')
  );
}
