import type { Client } from '@temporalio/client';
import type { FanOutRequest, FoundFanOut } from '../../activities/dependencies.js';
import { asEnd } from '../domain/as-end.js';
import type { OperationReport } from '../domain/report.js';
import { fanOutStandingQuery } from '../../workflows/messages.js';
import type { BoundedCalls } from './bounded-calls.js';
import { findFanOut } from './find-operation.js';
import { isOpen, toMemo } from './memo.js';

const DEADLINE_MS = 10_000;

/** Looks who holds the id of a fan-out: that of this very request, running or ended, or something else. */
export function createFanOutLookUp(client: Client, calls: BoundedCalls) {
  async function find({
    issuerId,
    correlationId,
    fingerprint,
    withStanding,
  }: FanOutRequest): Promise<FoundFanOut> {
    const described = await findFanOut(client, { issuerId, operationId: correlationId });
    if (described === undefined || toMemo(described).fingerprint !== fingerprint) return { kind: 'taken' };
    const handle = client.workflow.getHandle(described.workflowId, described.runId);
    if (isOpen(described)) {
      if (!withStanding) return { kind: 'running' };
      return { kind: 'running', standing: await handle.query(fanOutStandingQuery) };
    }
    if (described.status.name !== 'COMPLETED') return { kind: 'ended' };
    return { kind: 'ended', report: asEnd((await handle.result()) as OperationReport) };
  }

  return async (asked: FanOutRequest): Promise<FoundFanOut> =>
    calls.within(DEADLINE_MS, async () => find(asked));
}
