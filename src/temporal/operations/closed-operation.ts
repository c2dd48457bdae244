import type { Client } from '@temporalio/client';
import {
  beginStanding,
  standingAfter,
  toSubject,
  type LateBasis,
  type LateBasisRequest,
} from '../../domain/late/index.js';
import type { BoundedCalls } from '../connection/bounded-calls.js';
import { lateArrivalsOf } from '../callbacks/late-runs.js';
import { findClosedOperation } from './find-operation.js';
import { reportOfClosed } from './operation-view.js';

const DEADLINE_MS = 10_000;

/**
 * What a run of `lateChange` judges its arrivals by: the closed owner, and what earlier runs have made of it.
 * Fails when it cannot be told now.
 */
export function createLateBasisLookUp(client: Client, calls: BoundedCalls) {
  async function find({ issuerId, correlationId, runId }: LateBasisRequest): Promise<LateBasis> {
    const ref = { issuerId, operationId: correlationId };
    const described = await findClosedOperation(client, ref);
    if (described === undefined) return { kind: 'none' };
    const report = await reportOfClosed(client, described, ref);
    const earlier = await lateArrivalsOf(client, ref, { exceptRunId: runId });
    if (earlier === undefined) throw new Error('an earlier run does not tell what it knows');
    const subject = toSubject(report);
    return { kind: 'operation', subject, standing: standingAfter(beginStanding(report), earlier, subject) };
  }

  return async (asked: LateBasisRequest): Promise<LateBasis> =>
    calls.within(DEADLINE_MS, async () => find(asked));
}
