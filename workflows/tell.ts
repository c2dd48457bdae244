import type { SignalDefinition } from '@temporalio/common';
import { CancellationScope, getExternalWorkflowHandle, log } from '@temporalio/workflow';
import { cardOperationWorkflowId, ownerWorkflowId } from '../src/domain/workflow-ids.js';

interface Address {
  readonly issuerId: string;
  readonly correlationId: string;
}

/** Tells the fan-out something. One that has ended needs to hear nothing more. */
export async function tellFanOut<Args extends unknown[]>(
  { issuerId, correlationId }: Address,
  signal: SignalDefinition<Args>,
  ...args: Args
): Promise<void> {
  await tell(ownerWorkflowId(issuerId, correlationId), signal, args);
}

/** Tells the sender something. One that was terminated hears nothing any more, and the fan-out goes on without it. */
export async function tellSender<Args extends unknown[]>(
  { issuerId, correlationId }: Address,
  signal: SignalDefinition<Args>,
  ...args: Args
): Promise<void> {
  await tell(cardOperationWorkflowId(issuerId, correlationId), signal, args);
}

async function tell<Args extends unknown[]>(
  workflowId: string,
  signal: SignalDefinition<Args>,
  args: Args,
): Promise<void> {
  try {
    // Also when the workflow itself has just been cancelled: that is what there is to tell.
    await CancellationScope.nonCancellable(async () =>
      getExternalWorkflowHandle(workflowId).signal(signal, ...args),
    );
  } catch (error) {
    log.info('a workflow that has ended was not told', {
      signal: signal.name,
      error: error instanceof Error ? error.name : typeof error,
    });
  }
}
