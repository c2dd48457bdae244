import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { LateArrival, LateArrivals } from '../../domain/late/index.js';
import { lateWorkflowId } from '../../contract/workflow-ids.js';
import { lateArrivalsQuery } from '../../contract/messages.js';
import type { OperationRef } from '../../application/gateway.js';
import { ifFound } from '../connection/not-found.js';
import { quoted } from '../visibility/visibility-query.js';

const QUERY_DEADLINE_MS = 500;

/**
 * What came late, of all runs of `late/…` in order; one question in the common case that nothing did.
 * Undefined when something did and no worker answers what.
 * @param exceptRunId the run that asks, which knows its own arrivals
 */
export async function lateArrivalsOf(
  client: Client,
  { issuerId, operationId }: OperationRef,
  { exceptRunId }: { exceptRunId?: string } = {},
): Promise<readonly LateArrival[] | undefined> {
  const workflowId = lateWorkflowId(issuerId, operationId);
  const latest = await ifFound(client.workflow.getHandle(workflowId).describe());
  if (latest === undefined) return [];
  const runs: LateRun[] = latest.runId === exceptRunId ? [] : [latest];
  const query = `LcmIssuer = ${quoted(issuerId)} AND WorkflowId = ${quoted(workflowId)}`;
  for await (const run of client.workflow.list({ query })) {
    const isKnown = run.runId === latest.runId || run.runId === exceptRunId;
    if (!isKnown && run.status.name !== 'CONTINUED_AS_NEW') runs.push(run);
  }
  runs.sort((left, right) => left.startTime.getTime() - right.startTime.getTime());
  const arrivals: LateArrival[] = [];
  for (const run of runs) {
    const ofRun = await arrivalsOfRun(client, run);
    if (ofRun === undefined) return undefined;
    arrivals.push(...ofRun);
  }
  return arrivals;
}

type LateRun = Pick<WorkflowExecutionInfo, 'workflowId' | 'runId' | 'status' | 'startTime'>;

/** What a run of `lateChange` keeps, from its result or from a query; undefined when nobody answers. */
export async function arrivalsOfRun(
  client: Client,
  { workflowId, runId, status }: LateRun,
): Promise<readonly LateArrival[] | undefined> {
  const handle = client.workflow.getHandle(workflowId, runId);
  if (status.name === 'COMPLETED') return ((await handle.result()) as LateArrivals).arrivals;
  try {
    const late = await client.connection.withDeadline(Date.now() + QUERY_DEADLINE_MS, async () =>
      handle.query(lateArrivalsQuery),
    );
    return late.arrivals;
  } catch {
    return undefined;
  }
}
