import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { ForeignChange } from '../../domain/unsolicited/foreign-change.js';
import { toView, type LateArrival } from '../../domain/late/index.js';
import type { OperationReport } from '../../domain/report/report.js';
import {
  toForeignItems,
  toLateForeignItems,
  toLateItems,
  toOperationItem,
  toRenewalItems,
  toTimeline,
  type CardTokensKnown,
  type Timeline,
  type TimelineItem,
} from '../../domain/report/timeline.js';
import { foreignChangeQuery } from '../../contract/messages.js';
import { actionKey, errorCodeKey, scopeKey, virtualCardKey } from '../../contract/search-attributes.js';
import { findClosedOperation } from '../operations/find-operation.js';
import type { CardRef } from '../../application/gateway.js';
import { arrivalsOfRun } from '../callbacks/late-runs.js';
import { listOperations } from './list-operations.js';
import { reportOfClosed } from '../operations/operation-view.js';
import { viewRenewals } from '../callbacks/renewals-view.js';
import { searchUnasked } from '../callbacks/unasked-runs.js';

const QUERY_DEADLINE_MS = 500;
/** So many operations are on a timeline, the newest ones. */
const MOST_OPERATIONS = 100;

/** What happened to a card: its operations and renewals, and what others did or what came late (design section 7). */
export async function viewTimeline(client: Client, card: CardRef, clock: () => number): Promise<Timeline> {
  const { issuerId, issuerCardRefId } = card;
  const [operations, renewals] = await Promise.all([
    listOperations(client, { issuerId, filter: { issuerCardRefId }, limit: MOST_OPERATIONS }, { clock }),
    viewRenewals(client, card),
  ]);
  const known: CardTokensKnown = {
    issuerCardRefId,
    virtualCardIds: new Set([
      ...operations.items.flatMap(({ virtualCardId }) => virtualCardId ?? []),
      ...renewals.tokens.map(({ virtualCardId }) => virtualCardId),
    ]),
  };
  const ended = operations.items.filter(({ final }) => final).map(({ operationId }) => operationId);
  const unasked = await searchUnasked(client, issuerId, { ...known, operationIds: ended });
  const told = await Promise.all(
    [...byCorrelation(unasked.runs)].map(async ([correlationId, runs]) =>
      tell(client, { issuerId, correlationId, runs, known }),
    ),
  );
  const items = [
    ...operations.items.map(toOperationItem),
    ...toRenewalItems(renewals),
    ...told.flatMap((some) => some.items),
  ];
  const isPartial =
    operations.next !== undefined ||
    operations.partial === true ||
    renewals.partial === true ||
    renewals.omitted !== undefined ||
    unasked.isPartial ||
    told.some((some) => some.isPartial);
  return toTimeline(items, isPartial);
}

interface Told {
  readonly items: readonly TimelineItem[];
  readonly isPartial: boolean;
}

interface Asked {
  readonly issuerId: string;
  readonly correlationId: string;
  readonly runs: readonly WorkflowExecutionInfo[];
  readonly known: CardTokensKnown;
}

/** What the runs under one correlation id know: a foreign change, what came late, or both. */
async function tell(client: Client, asked: Asked): Promise<Told> {
  const late = asked.runs.filter(isLate);
  const parts = await Promise.all([
    ...asked.runs.filter((run) => !isLate(run)).map(async (run) => tellForeign(client, run, asked)),
    ...(late.length === 0 ? [] : [tellLate(client, late, asked)]),
  ]);
  return {
    items: parts.flatMap(({ items }) => items),
    isPartial: parts.some(({ isPartial }) => isPartial),
  };
}

async function tellForeign(client: Client, run: WorkflowExecutionInfo, { known }: Asked): Promise<Told> {
  const foreign = await foreignOf(client, run);
  if (foreign === undefined) return untold([run]);
  return { items: toForeignItems(foreign, known), isPartial: foreign.omitted > 0 };
}

/** Judged by the owner's own report, as `lateChange` does. */
async function tellLate(
  client: Client,
  runs: readonly WorkflowExecutionInfo[],
  { issuerId, correlationId, known }: Asked,
): Promise<Told> {
  const inOrder = runs.toSorted((left, right) => left.startTime.getTime() - right.startTime.getTime());
  const [owner, ...arrivals] = await Promise.all([
    reportOfOwner(client, { issuerId, operationId: correlationId }),
    ...inOrder.map(async (run) => arrivalsOfRun(client, run)),
  ]);
  const untoldRuns = inOrder.filter((_run, index) => arrivals[index] === undefined);
  if (owner === undefined) {
    const words = arrivals.flatMap((some) => some ?? []);
    const rest = untold(untoldRuns);
    return {
      items: [...toLateForeignItems(correlationId, words, known), ...rest.items],
      isPartial: rest.isPartial || hasOverflow(words),
    };
  }
  if (owner.issuerCardRefId !== known.issuerCardRefId) return { items: [], isPartial: false };
  // Each is judged by all before it: with one run missing nobody can.
  if (untoldRuns.length > 0) return untold(inOrder, correlationId);
  const words = arrivals.flatMap((some) => some ?? []);
  const judged = toView(owner, words).late.slice(-words.length);
  return {
    items: toLateItems(correlationId, words.length === 0 ? [] : judged),
    isPartial: hasOverflow(words),
  };
}

function hasOverflow(arrivals: readonly LateArrival[]): boolean {
  return arrivals.some(({ kind }) => kind === 'overflow');
}

async function reportOfOwner(
  client: Client,
  ref: { issuerId: string; operationId: string },
): Promise<OperationReport | undefined> {
  const owner = await findClosedOperation(client, ref);
  return owner && reportOfClosed(client, owner, ref);
}

/** From its result or from a query; undefined when nobody answers. */
async function foreignOf(client: Client, run: WorkflowExecutionInfo): Promise<ForeignChange | undefined> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  if (run.status.name === 'COMPLETED') return (await handle.result()) as ForeignChange;
  try {
    return await client.connection.withDeadline(Date.now() + QUERY_DEADLINE_MS, async () =>
      handle.query(foreignChangeQuery),
    );
  } catch {
    return undefined;
  }
}

/** What the server itself shows of runs that nobody tells of: how each began. */
function untold(runs: readonly WorkflowExecutionInfo[], operationId?: string): Told {
  return { items: runs.map((run) => toUntoldItem(run, operationId)), isPartial: runs.length > 0 };
}

function toUntoldItem(run: WorkflowExecutionInfo, operationId: string | undefined): TimelineItem {
  const attributes = run.typedSearchAttributes;
  const at = run.startTime.toISOString();
  const correlationId = correlationIdOf(run);
  if (isLate(run)) {
    return { at, kind: 'late', correlationId, ...(operationId !== undefined && { operationId }) };
  }
  const action = attributes.get(actionKey);
  const errorCode = attributes.get(errorCodeKey);
  return {
    at,
    kind: 'foreign',
    correlationId,
    virtualCardId: attributes.get(virtualCardKey) ?? '',
    ...(action !== undefined && { action }),
    ...(errorCode !== undefined && { errorCode }),
  };
}

function isLate({ typedSearchAttributes }: WorkflowExecutionInfo): boolean {
  return typedSearchAttributes.get(scopeKey) === 'LATE';
}

function byCorrelation(
  runs: readonly WorkflowExecutionInfo[],
): ReadonlyMap<string, readonly WorkflowExecutionInfo[]> {
  const grouped = new Map<string, WorkflowExecutionInfo[]>();
  for (const run of runs) {
    const id = correlationIdOf(run);
    grouped.set(id, [...(grouped.get(id) ?? []), run]);
  }
  return grouped;
}

/** Everything behind the issuer: a correlation id of the hub may hold slashes. */
function correlationIdOf({ workflowId }: WorkflowExecutionInfo): string {
  return workflowId.split('/').slice(2).join('/');
}
