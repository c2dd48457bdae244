import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { mostUrgent, ATTENTION_REASONS } from '../domain/attention.js';
import { toView } from '../domain/late/index.js';
import type { OperationReport, OperationView } from '../domain/report.js';
import { FINAL_STATUSES, type OperationStatus } from '../domain/status.js';
import { ACTIONS, type Action } from '../domain/token-state.js';
import { reportQuery } from '../../workflows/messages.js';
import { attentionKey, errorCodeKey, statusKey } from '../../workflows/search-attributes.js';
import type { OperationRef } from './gateway.js';
import { lateArrivalsOf } from './late-runs.js';
import type { OperationMemo } from './start-options.js';

const QUERY_DEADLINE_MS = 500;

/** The operation that a described workflow stands for: from its result, from a query, or from memo and search attributes. */
export async function viewOperation(
  client: Client,
  described: WorkflowExecutionDescription,
  ref: OperationRef,
): Promise<OperationView> {
  if (isOpen(described)) return viewRunning(client, described, ref);
  const report = await reportOfClosed(client, described, ref);
  const late = await lateArrivalsOf(client, ref);
  if (late !== undefined) return toView(report, late);
  // Something came late, and nobody can say what: it may contradict the outcome.
  return { ...toView(report), effectiveStatus: 'UNKNOWN', partial: true };
}

/** Whether it is an operation on one token that this service started: one without our memo is none that we could answer for. */
export function isOperation(described: WorkflowExecutionDescription): boolean {
  return described.type === 'tokenOperation' && toMemo(described).fingerprint !== undefined;
}

/** Whether the workflow still takes callbacks. */
export function isOpen({ status }: WorkflowExecutionDescription): boolean {
  return ['RUNNING', 'CONTINUED_AS_NEW', 'PAUSED'].includes(status.name);
}

/** What a closed operation ended with. */
export async function reportOfClosed(
  client: Client,
  described: WorkflowExecutionDescription,
  ref: OperationRef,
): Promise<OperationReport> {
  if (described.status.name !== 'COMPLETED') return reportWithoutResult(described, ref);
  const handle = client.workflow.getHandle(described.workflowId, described.runId);
  return (await handle.result()) as OperationReport;
}

async function viewRunning(
  client: Client,
  described: WorkflowExecutionDescription,
  ref: OperationRef,
): Promise<OperationView> {
  const handle = client.workflow.getHandle(described.workflowId, described.runId);
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
function reportWithoutResult(described: WorkflowExecutionDescription, ref: OperationRef): OperationReport {
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
  { issuerId, operationId }: OperationRef,
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
