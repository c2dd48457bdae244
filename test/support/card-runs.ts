// One SUSPEND of a planned card from its request to its end, and what it took: for a test and for `npm run measure:cards`.
import type { Client } from '@temporalio/client';

import type { OperationView } from '../../src/domain/report/report.js';
import { cardRequestWorkflowId, ownerWorkflowId } from '../../src/contract/workflow-ids.js';
import { fetchChain, type ChainedRun } from './temporal/histories.js';
import { differencesFrom, planCard, type Played, type PlannedHub } from './planned-card.js';
import { until } from './processes/processes.js';
import { ISSUER, type Service } from './processes/stack.js';

export interface CardRun {
  readonly operation: OperationView;
  readonly played: Played;
  /** None when every result is as planned. */
  readonly differences: readonly string[];
  /** From the last fact that decides the outcome to the end of the operation. */
  readonly settledAfterMs: number;
  /** From the request until the hub has it, and until a client that waits sees the end. */
  readonly reachedHubAfterMs: number;
  readonly tookMs: number;
  /** Of the operation, oldest first. */
  readonly runs: readonly ChainedRun[];
  /** Of its child that sends. */
  readonly sender: readonly ChainedRun[];
}

const PATIENCE_MS = 120_000;

export async function suspendPlannedCard(
  { hub, service, client }: { hub: PlannedHub; service: Service; client: Client },
  { name, tokens, seed, softDeadlineSeconds }: CardRunOptions,
): Promise<CardRun> {
  const plan = planCard(name, tokens, seed);
  hub.put(plan);
  const startedAt = Date.now();
  const { operationId } = await service.start({
    action: 'SUSPEND',
    issuerCardRefId: plan.issuerCardRefId,
    softDeadlineSeconds,
    hardDeadlineSeconds: 20 * softDeadlineSeconds,
  });
  await hub.calledBack(plan);
  const operation = await until(
    async () => service.operation(operationId, 60),
    ({ final }) => final,
    PATIENCE_MS,
  );
  const endedAt = Date.now();
  const played = hub.played(plan);
  return {
    operation,
    played,
    differences: differencesFrom(plan, played, operation),
    settledAfterMs: Date.parse(operation.settledAt ?? '') - played.lastFactAt,
    reachedHubAfterMs: played.beganAt - startedAt,
    tookMs: endedAt - startedAt,
    runs: await fetchChain(client, ownerWorkflowId(ISSUER, operationId)),
    sender: await fetchChain(client, cardRequestWorkflowId(ISSUER, operationId, 1)),
  };
}

export interface CardRunOptions {
  /** The reference of the card. */
  readonly name: string;
  readonly tokens: number;
  readonly seed: number | string;
  readonly softDeadlineSeconds: number;
}

/** How often an event of this type stands in all runs of a workflow. */
export function countOf(chain: readonly ChainedRun[], type: string): number {
  return chain.reduce((sum, { types }) => sum + (types[type] ?? 0), 0);
}
