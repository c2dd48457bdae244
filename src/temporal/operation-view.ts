import type {
  Client,
  WorkflowExecutionDescription,
  WorkflowExecutionInfo,
  WorkflowHandle,
} from '@temporalio/client';
import { mostUrgent, ATTENTION_REASONS } from '../domain/attention.js';
import { toView, type LateArrival, type LateArrivals } from '../domain/late-change.js';
import type { OperationReport, OperationView } from '../domain/report.js';
import { FINAL_STATUSES, type OperationStatus } from '../domain/status.js';
import { ACTIONS, type Action } from '../domain/token-state.js';
import { lateWorkflowId } from '../domain/workflow-ids.js';
import { lateArrivalsQuery, reportQuery } from '../../workflows/messages.js';
import { attentionKey, errorCodeKey, statusKey } from '../../workflows/search-attributes.js';
import { ifFound } from './not-found.js';
import type { OperationMemo } from './start-options.js';
import { quoted } from './visibility-query.js';

const QUERY_DEADLINE_MS = 500;

/** The operation that a described workflow stands for: from its result, from a query, or from memo and search attributes. */
export async function viewOperation(
  client: Client,
  described: WorkflowExecutionDescription,
  ref: { issuerId: string; operationId: string },
): Promise<OperationView> {
  const handle = client.workflow.getHandle(described.workflowId, described.runId);
  if (isOpen(described)) return viewRunning(client, described, handle, ref);
  const isComplete = described.status.name === 'COMPLETED';
  const report = isComplete
    ? ((await handle.result()) as OperationReport)
    : reportWithoutResult(described, ref);
  const late = await lateArrivalsOf(client, ref);
  if (late !== undefined) return toView(report, late);
  // Something came late, and nobody can say what: it may contradict the outcome.
  return { ...toView(report), effectiveStatus: 'UNKNOWN', partial: true };
}

/** Whether the workflow still takes callbacks. */
export function isOpen({ status }: WorkflowExecutionDescription): boolean {
  return ['RUNNING', 'CONTINUED_AS_NEW', 'PAUSED'].includes(status.name);
}

async function viewRunning(
  client: Client,
  described: WorkflowExecutionDescription,
  handle: WorkflowHandle,
  ref: { issuerId: string; operationId: string },
): Promise<OperationView> {
  try {
    const report = await client.connection.withDeadline(Date.now() + QUERY_DEADLINE_MS, async () =>
      handle.query(reportQuery),
    );
    return toView(report);
  } catch {
    // No worker answers, so this says what the server itself knows.
    return { ...toView({ ...reportOf(described, ref), final: false }), partial: true };
  }
}

/** An owner that closed without a result was ended by hand or by a bug: nobody knows what became of its request. */
function reportWithoutResult(
  described: WorkflowExecutionDescription,
  ref: { issuerId: string; operationId: string },
): OperationReport {
  return {
    ...reportOf(described, ref),
    status: 'UNKNOWN',
    effectiveStatus: 'UNKNOWN',
    final: true,
    evidence: 'NONE',
    attention: 'TERMINATED',
    ...(described.closeTime !== undefined && { settledAt: described.closeTime.toISOString() }),
  };
}

function reportOf(
  described: WorkflowExecutionDescription,
  { issuerId, operationId }: { issuerId: string; operationId: string },
): OperationReport {
  const memo = toMemo(described);
  const attributes = described.typedSearchAttributes;
  const status = toStatus(attributes.get(statusKey));
  const errorCode = attributes.get(errorCodeKey);
  const attention = mostUrgent(ATTENTION_REASONS.filter((reason) => reason === attributes.get(attentionKey)));
  return {
    operationId,
    correlationId: operationId,
    issuerId,
    scope: memo.scope,
    action: toAction(memo.action),
    issuerCardRefId: memo.issuerCardRefId,
    ...(memo.virtualCardId !== undefined && { virtualCardId: memo.virtualCardId }),
    status,
    effectiveStatus: status,
    final: false,
    provisional: false,
    evidence: 'NONE',
    ...(errorCode !== undefined && { errorCode }),
    ...(attention !== undefined && { attention }),
    outcomes: [],
    exposed: [],
    duplicates: 0,
    conflicts: [],
    unexpected: [],
    attempts: 0,
    requestedAt: memo.requestedAt,
    softDeadlineAt: memo.softDeadlineAt,
    hardDeadlineAt: memo.hardDeadlineAt,
    ...(memo.retryOf !== undefined && { retryOf: memo.retryOf }),
    heard: [],
  };
}

function toAction(written: string): Action {
  const action = ACTIONS.find((known) => known === written);
  if (action === undefined) throw new Error('a workflow of our type that was not started by us');
  return action;
}

export function toMemo(described: WorkflowExecutionDescription): OperationMemo {
  return (described.memo ?? {}) as unknown as OperationMemo;
}

const RUNNING_STATUSES: readonly OperationStatus[] = ['REQUESTED', 'AWAITING_CALLBACK', 'OVERDUE'];

function toStatus(written: string | undefined): OperationStatus {
  const known: readonly OperationStatus[] = [...RUNNING_STATUSES, ...FINAL_STATUSES];
  return known.find((status) => status === written) ?? 'REQUESTED';
}

/**
 * What came late, of all runs of `late/…` in order; one question in the common case that nothing did.
 * Undefined when something did and no worker answers what.
 */
async function lateArrivalsOf(
  client: Client,
  { issuerId, operationId }: { issuerId: string; operationId: string },
): Promise<readonly LateArrival[] | undefined> {
  const workflowId = lateWorkflowId(issuerId, operationId);
  const latest = await ifFound(client.workflow.getHandle(workflowId).describe());
  if (latest === undefined) return [];
  const runs: LateRun[] = [latest];
  const query = `LcmIssuer = ${quoted(issuerId)} AND WorkflowId = ${quoted(workflowId)}`;
  for await (const run of client.workflow.list({ query })) {
    if (run.runId !== latest.runId && run.status.name !== 'CONTINUED_AS_NEW') runs.push(run);
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

async function arrivalsOfRun(
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
