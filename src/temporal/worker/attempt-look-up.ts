import type { Client } from '@temporalio/client';
import type { AttemptRef } from '../../domain/operation/clocks.js';
import type { BoundedCalls } from '../connection/bounded-calls.js';

const LOOK_UP_DEADLINE_MS = 2_000;

/** Asks when the present attempt of an activity was handed to its worker, by Temporal's clock. */
export function createAttemptLookUp(client: Client, calls: BoundedCalls) {
  async function find({ workflowId, runId, activityId }: AttemptRef): Promise<number> {
    const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
    const attempt = raw.pendingActivities?.find((pending) => pending.activityId === activityId);
    const startedAt = attempt?.lastStartedTime;
    if (startedAt === undefined || startedAt === null) throw new Error('the attempt is not under way');
    return Number(startedAt.seconds ?? 0) * 1000 + Math.floor((startedAt.nanos ?? 0) / 1_000_000);
  }

  return async (attempt: AttemptRef): Promise<number> =>
    calls.within(LOOK_UP_DEADLINE_MS, async () => find(attempt));
}
