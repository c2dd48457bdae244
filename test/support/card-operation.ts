import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { VirtualCardChange } from '../../src/domain/hub/change.js';
import type { CardRequest } from '../../src/domain/card/index.js';
import type { Reading } from '../../src/domain/hub/reading.js';
import type { OperationPolicy, OperationReport } from '../../src/domain/report/report.js';
import { cardRequestWorkflowId, ownerWorkflowId } from '../../src/contract/workflow-ids.js';
import { toCardOperationStart } from '../../src/temporal/operations/start-options.js';
import type { cardOperation, cardRequest } from '../../workflows/index.js';
import { reportQuery, virtualCardChangedSignal } from '../../src/contract/messages.js';
import { aChange, aRequest, SECOND } from './builders.js';
import type { FakeHub } from './fake-hub.js';
import { eventually, withWorker } from './temporal/temporal.js';

export const FINGERPRINT = 'v1:test';
export const POLICY: OperationPolicy = { readIntervalMs: SECOND, confirmByReading: 'resume' };

/** A card at the hub: its tokens, each in a state that a test may change. */
export interface FakeCard {
  readonly reading: () => Reading;
  become(status: string, ...virtualCardIds: readonly string[]): void;
}

export function aCard(tokens: Readonly<Record<string, string>>): FakeCard {
  const statuses = new Map(Object.entries(tokens));
  return {
    reading: () => ({
      kind: 'listed',
      tokens: [...statuses].map(([virtualCardId, status]) => ({ virtualCardId, status })),
    }),
    become: (status, ...virtualCardIds) => {
      for (const virtualCardId of virtualCardIds) statuses.set(virtualCardId, status);
    },
  };
}

/** Two tokens that can pay. */
export function aCardOfTwo(): FakeCard {
  return aCard({ 'token-1': 'RESUMED', 'token-2': 'RESUMED' });
}

export interface CardRequestOverrides extends Partial<CardRequest> {
  readonly softSeconds?: number;
  readonly hardSeconds?: number;
}

/** A request for all tokens of a card, with deadlines in seconds from now. */
export function aCardRequest(overrides: CardRequestOverrides = {}): CardRequest {
  const { softSeconds = 30, hardSeconds = 60, ...request } = overrides;
  const requestedAt = request.requestedAt ?? Date.now();
  const { virtualCardId: _none, ...asked } = aRequest({
    correlationId: `op-${randomUUID()}`,
    requestedAt,
    softDeadlineAt: requestedAt + softSeconds * SECOND,
    hardDeadlineAt: requestedAt + hardSeconds * SECOND,
  });
  return { ...asked, ...request };
}

/** An operation on a card as a test sees it: the owner of the callbacks, and the child that sends. */
export interface CardOperationHandles {
  readonly request: CardRequest;
  /** The latest run, whatever came of the first. */
  readonly operation: WorkflowHandle<typeof cardOperation>;
  /** The n-th child, the first one by default. */
  readonly sender: (n?: number) => WorkflowHandle<typeof cardRequest>;
  readonly result: () => Promise<OperationReport>;
  readonly report: () => Promise<OperationReport>;
  /** A callback as the hub sends it. */
  readonly hear: (virtualCardId: string, overrides?: Partial<VirtualCardChange>) => Promise<void>;
  readonly untilStatus: (status: OperationReport['status']) => Promise<OperationReport>;
}

/** The handles of a request's workflows, whether they have been started or not. */
export function handlesOf(env: TestWorkflowEnvironment, request: CardRequest): CardOperationHandles {
  const { issuerId, correlationId, action } = request;
  const operation = env.client.workflow.getHandle<typeof cardOperation>(
    ownerWorkflowId(issuerId, correlationId),
  );
  const report = async (): Promise<OperationReport> => operation.query(reportQuery);
  return {
    request,
    operation,
    sender: (n = 1) =>
      env.client.workflow.getHandle<typeof cardRequest>(cardRequestWorkflowId(issuerId, correlationId, n)),
    result: async () => operation.result(),
    report,
    hear: async (virtualCardId, overrides = {}) =>
      operation.signal(
        virtualCardChangedSignal,
        aChange({ correlationId, virtualCardId, action, ...overrides }),
      ),
    untilStatus: async (status) => eventually(report, (seen) => seen.status === status, 40 * SECOND),
  };
}

export interface Starting {
  readonly taskQueue: string;
  readonly hubTimeoutSeconds?: number;
}

/** Starts an operation on a card as the gateway does. */
export async function startCardOperation(
  env: TestWorkflowEnvironment,
  { taskQueue, hubTimeoutSeconds = 2 }: Starting,
  overrides: CardRequestOverrides = {},
): Promise<CardOperationHandles> {
  const request = aCardRequest(overrides);
  await env.client.workflow.start<typeof cardOperation>(
    'cardOperation',
    toCardOperationStart({
      request,
      policy: POLICY,
      hubTimeoutMs: hubTimeoutSeconds * SECOND,
      fingerprint: FINGERPRINT,
      taskQueue,
    }),
  );
  return handlesOf(env, request);
}

export async function withHub<T>(
  env: TestWorkflowEnvironment,
  hub: FakeHub,
  use: (taskQueue: string) => Promise<T>,
): Promise<T> {
  const taskQueue = `test-${randomUUID()}`;
  return withWorker(env, { taskQueue, activities: hub.activities }, async () => use(taskQueue));
}

/** How many events of each type a workflow's latest run has, without the prefix that all types have. */
export async function countEvents(handle: WorkflowHandle): Promise<Readonly<Record<string, number>>> {
  const { events } = await handle.fetchHistory();
  const counts: Record<string, number> = {};
  for (const event of events ?? []) {
    const [attributes = ''] = Object.keys(event).filter((name) => name.endsWith('EventAttributes'));
    counts[attributes] = (counts[attributes] ?? 0) + 1;
  }
  return counts;
}

/** Waits until the workflow has continued as new. */
export async function untilNextRun(handle: WorkflowHandle, runId: string): Promise<void> {
  await eventually(
    async () => (await handle.describe()).runId,
    (latest) => latest !== runId,
  );
}

/** As many signals as make a run too long, ten at a time: so the gateway stores callbacks of one correlation id. */
export async function flood(send: () => Promise<void>): Promise<void> {
  for (let sent = 0; sent < 1_000; sent += 10) await Promise.all(Array.from({ length: 10 }, send));
}

/** A promise that a test settles when it wants to. */
export function aGate(): { readonly open: () => void; readonly passed: Promise<void> } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), passed };
}
