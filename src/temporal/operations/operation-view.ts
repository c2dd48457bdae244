import type { Client, WorkflowExecutionDescription, WorkflowExecutionInfo } from '@temporalio/client';
import { withAdvice } from '../../domain/report/advice.js';
import { asEnd, statusAtTheEnd, statusWhileRunning } from '../../domain/report/as-end.js';
import { mostUrgent, ATTENTION_REASONS } from '../../domain/report/attention.js';
import { toView } from '../../domain/late/index.js';
import { mayHaveBeenRetried } from '../../domain/report/permitted.js';
import type { OperationReport, OperationView } from '../../domain/report/report.js';
import { FINAL_STATUSES, RUNNING_STATUSES, type OperationStatus } from '../../domain/report/status.js';
import { reportQuery } from '../../contract/messages.js';
import { attentionKey, errorCodeKey, statusKey } from '../../contract/search-attributes.js';
import { findRetry } from './find-retry.js';
import type { OperationRef } from '../../application/gateway.js';
import { lateArrivalsOf } from '../callbacks/late-runs.js';
import { isOpen, toAction, toMemo } from './memo.js';

/** What descriptions and lists of the server have in common. */
type ShownExecution = Pick<WorkflowExecutionInfo, 'memo' | 'typedSearchAttributes' | 'closeTime' | 'status'>;

const QUERY_DEADLINE_MS = 500;
const CLOSING_DEADLINE_MS = 1_500;

/**
 * The operation that a described workflow stands for, from its result, from queries, or from memo and search attributes;
 * with its retry, and with what to do next.
 */
export async function viewOperation(
  client: Client,
  described: WorkflowExecutionDescription,
  ref: OperationRef,
): Promise<OperationView> {
  const view = await viewByItself(client, described, ref);
  const retry = mayHaveBeenRetried(view) ? await findRetry(client, ref) : undefined;
  return withAdvice({ ...view, ...(retry !== undefined && { retriedBy: retry.operationId }) });
}

async function viewByItself(
  client: Client,
  described: WorkflowExecutionDescription,
  ref: OperationRef,
): Promise<OperationView> {
  if (isOpen(described)) return viewRunning(client, described, ref);
  return withLate(client, await reportOfClosed(client, described, ref), ref);
}

async function withLate(client: Client, report: OperationReport, ref: OperationRef): Promise<OperationView> {
  const late = await lateArrivalsOf(client, ref);
  if (late !== undefined) return toView(report, late);
  // Something came late, and nobody can say what: it may contradict the outcome.
  return { ...toView(report), effectiveStatus: 'UNKNOWN', partial: true };
}

/** What a closed workflow ended with; final, whatever it says itself. */
export async function reportOfClosed(
  client: Client,
  described: WorkflowExecutionDescription,
  ref: OperationRef,
): Promise<OperationReport> {
  if (described.status.name !== 'COMPLETED') return reportWithoutResult(described, ref);
  const handle = client.workflow.getHandle(described.workflowId, described.runId);
  return asEnd((await handle.result()) as OperationReport);
}

/**
 * What a running operation says of itself, as long as that is not its end: a query tells what its workflow has come to, which
 * may be stored a moment later, or be changed by a callback that comes first. Final comes from a closed workflow's result only.
 */
async function viewRunning(
  client: Client,
  described: WorkflowExecutionDescription,
  ref: OperationRef,
): Promise<OperationView> {
  const told = await askReport(client, described);
  if (told !== undefined && !told.final) return toView(told);
  if (told?.final === true) {
    const ended = await resultSoon(client, described);
    if (ended !== undefined) return withLate(client, ended, ref);
  }
  // No worker answers, or none has stored the end yet: this is what the server itself knows.
  return { ...toView(reportOf(described, ref)), partial: true };
}

/** What a workflow that is about to close ends with; undefined when it does not do so soon. */
async function resultSoon(
  client: Client,
  { workflowId }: WorkflowExecutionDescription,
): Promise<OperationReport | undefined> {
  try {
    const result = await client.connection.withDeadline(Date.now() + CLOSING_DEADLINE_MS, async () =>
      client.workflow.getHandle(workflowId).result(),
    );
    return asEnd(result as OperationReport);
  } catch {
    return undefined;
  }
}

/** What a workflow says of itself; undefined when no worker answers soon. */
async function askReport(
  client: Client,
  { workflowId }: WorkflowExecutionDescription,
): Promise<OperationReport | undefined> {
  try {
    return await client.connection.withDeadline(Date.now() + QUERY_DEADLINE_MS, async () =>
      client.workflow.getHandle(workflowId).query(reportQuery),
    );
  } catch {
    return undefined;
  }
}

/** An owner that closed without a result was ended by hand or by a bug: nobody knows what became of its request. */
export function reportWithoutResult(described: ShownExecution, ref: OperationRef): OperationReport {
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

/** What the server itself knows of an operation, by its memo and search attributes. */
export function reportOf(
  described: ShownExecution,
  { issuerId, operationId }: OperationRef,
): OperationReport {
  const memo = toMemo(described);
  const attributes = described.typedSearchAttributes;
  const isRunning = isOpen(described);
  const written = toStatus(attributes.get(statusKey));
  const status = isRunning ? statusWhileRunning(written) : statusAtTheEnd(written);
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
    final: !isRunning,
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

function toStatus(written: string | undefined): OperationStatus {
  const known: readonly OperationStatus[] = [...RUNNING_STATUSES, ...FINAL_STATUSES];
  return known.find((status) => status === written) ?? 'REQUESTED';
}
