import type { Client, WorkflowExecutionDescription, WorkflowExecutionInfo } from '@temporalio/client';
import { withAdvice } from '../domain/advice.js';
import { asEnd, statusAtTheEnd, statusWhileRunning } from '../domain/as-end.js';
import { mostUrgent, ATTENTION_REASONS, type AttentionReason } from '../domain/attention.js';
import { isOfTakenId, mergeReports } from '../domain/card-operation/index.js';
import { toView } from '../domain/late/index.js';
import { mayHaveBeenRetried } from '../domain/permitted.js';
import type { OperationReport, OperationView } from '../domain/report.js';
import { FINAL_STATUSES, RUNNING_STATUSES, type OperationStatus } from '../domain/status.js';
import { ownerWorkflowId } from '../domain/workflow-ids.js';
import { reportQuery } from '../../workflows/messages.js';
import { attentionKey, errorCodeKey, statusKey } from '../../workflows/search-attributes.js';
import { findFanOut } from './find-operation.js';
import { findRetry } from './find-retry.js';
import type { OperationRef } from './gateway.js';
import { lateArrivalsOf } from './late-runs.js';
import { isOpen, toAction, toMemo } from './memo.js';
import { ifFound } from './not-found.js';

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
  const retry = mayHaveBeenRetried(view) ? await findRetry(client, ref, view.scope) : undefined;
  return withAdvice({ ...view, ...(retry !== undefined && { retriedBy: retry.operationId }) });
}

async function viewByItself(
  client: Client,
  described: WorkflowExecutionDescription,
  ref: OperationRef,
): Promise<OperationView> {
  if (isOpen(described)) return viewRunning(client, described, ref);
  const isLeftAlone = described.type === 'cardOperation' && described.status.name !== 'COMPLETED';
  if (isLeftAlone) return viewWithoutSender(client, described, ref);
  const report = await reportOfClosed(client, described, ref);
  // What comes late under a taken id belongs to its owner.
  return isOfTakenId(report) ? toView(report) : withLate(client, report, ref);
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
  const isOnCard = described.type === 'cardOperation';
  const [own = 'no answer', fanOut] = await Promise.all([
    askReport(client, described.workflowId),
    isOnCard ? askReport(client, ownerWorkflowId(ref.issuerId, ref.operationId)) : undefined,
  ]);
  // No worker answers, so this says what the server itself knows.
  if (own === 'no answer') return { ...toView(reportOf(described, ref)), partial: true };
  const isFanOutHeard = fanOut !== undefined && fanOut !== 'no answer';
  // What holds the id may be something else, until the sender has found that out.
  const told = isFanOutHeard && fanOut.scope === 'CARD' ? mergeReports(own, fanOut) : own;
  if (told.final) {
    const ended = await resultSoon(client, described);
    if (ended !== undefined) return withLate(client, ended, ref);
    return { ...toView(reportOf(described, ref)), partial: true };
  }
  return { ...toView(told), ...(fanOut === 'no answer' && { partial: true }) };
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

/** What a workflow says of itself; undefined when there is none (yet). */
async function askReport(
  client: Client,
  workflowId: string,
): Promise<OperationReport | 'no answer' | undefined> {
  try {
    return await client.connection.withDeadline(Date.now() + QUERY_DEADLINE_MS, async () =>
      ifFound(client.workflow.getHandle(workflowId).query(reportQuery)),
    );
  } catch {
    return 'no answer';
  }
}

/** The sender was ended by hand, so nothing more is sent; what becomes of the tokens its fan-out still knows. */
async function viewWithoutSender(
  client: Client,
  sender: WorkflowExecutionDescription,
  ref: OperationRef,
): Promise<OperationView> {
  const lost = reportWithoutResult(sender, ref);
  const fanOut = await findFanOut(client, ref);
  if (fanOut === undefined) return withLate(client, lost, ref);
  if (!isOpen(fanOut)) {
    const report = await reportOfClosed(client, fanOut, ref);
    return withLate(client, leftAlone(report, lost), ref);
  }
  const report = await askReport(client, fanOut.workflowId);
  const isAnswered = report !== undefined && report !== 'no answer';
  if (isAnswered && !report.final) return toView(leftAlone(report, lost));
  const ended = isAnswered ? await resultSoon(client, fanOut) : undefined;
  if (ended !== undefined) return withLate(client, leftAlone(ended, lost), ref);
  return { ...toView({ ...reportOf(fanOut, ref), attention: 'TERMINATED' }), partial: true };
}

/** Whoever has decided about it has looked, also at the end of its sender. */
function leftAlone(report: OperationReport, lost: OperationReport): OperationReport {
  if (report.decision !== undefined) return report;
  return { ...report, attention: worst(report, lost) };
}

function worst(...reports: readonly OperationReport[]): AttentionReason {
  const reasons = reports.flatMap(({ attention }) => attention ?? []);
  return mostUrgent(reasons) ?? 'TERMINATED';
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
