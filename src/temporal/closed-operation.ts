import type { Client } from '@temporalio/client';
import { beginStanding, standingAfter, toSubject, type LateBasis } from '../domain/late/index.js';
import { ownerWorkflowId } from '../domain/workflow-ids.js';
import { lateArrivalsOf } from './late-runs.js';
import { ifFound } from './not-found.js';
import { isOpen, isOperation, reportOfClosed } from './operation-view.js';

/**
 * What a run of `lateChange` judges its arrivals by: the closed owner, and what earlier runs have made of it.
 * Fails when it cannot be told now.
 */
export function createLateBasisLookUp(client: Client) {
  return async function findLateBasis({
    issuerId,
    correlationId,
    runId,
  }: {
    issuerId: string;
    correlationId: string;
    runId: string;
  }): Promise<LateBasis> {
    const described = await ifFound(
      client.workflow.getHandle(ownerWorkflowId(issuerId, correlationId)).describe(),
    );
    if (described === undefined || isOpen(described) || !isOperation(described)) return { kind: 'none' };
    const ref = { issuerId, operationId: correlationId };
    const report = await reportOfClosed(client, described, ref);
    const earlier = await lateArrivalsOf(client, ref, { exceptRunId: runId });
    if (earlier === undefined) throw new Error('an earlier run does not tell what it knows');
    const subject = toSubject(report);
    return { kind: 'operation', subject, standing: standingAfter(beginStanding(report), earlier, subject) };
  };
}
