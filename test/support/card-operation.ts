import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createFindFanOut } from '../../activities/find-fan-out.js';
import type { ActivityDependencies } from '../../activities/dependencies.js';
import type { Activities } from '../../activities/index.js';
import type { VirtualCardChange } from '../../src/domain/change.js';
import type { CardRequest } from '../../src/domain/fan-out/index.js';
import type { Reading } from '../../src/domain/reading.js';
import type { OperationPolicy, OperationReport } from '../../src/domain/report.js';
import { ownerWorkflowId } from '../../src/domain/workflow-ids.js';
import { createBoundedCalls } from '../../src/temporal/bounded-calls.js';
import { createFanOutLookUp } from '../../src/temporal/fan-out-look-up.js';
import { toCardOperationStart } from '../../src/temporal/start-options.js';
import type { cardFanOut, cardOperation } from '../../workflows/index.js';
import { reportQuery, virtualCardChangedSignal } from '../../workflows/messages.js';
import { aChange, aRequest, SECOND } from './builders.js';
import { createFakeHub, type FakeHub } from './fake-hub.js';
import { eventually, withWorker } from './temporal.js';

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

/** An operation on a card as a test sees it: its sender, and the fan-out that owns the callbacks. */
export interface CardOperationHandles {
  readonly request: CardRequest;
  readonly sender: WorkflowHandle<typeof cardOperation>;
  readonly fanOut: WorkflowHandle<typeof cardFanOut>;
  /** The latest run of the sender, whatever came of the first. */
  readonly result: () => Promise<OperationReport>;
  /** How the fan-out stands; it has the outcomes while both run. */
  readonly outcomes: () => Promise<OperationReport>;
  /** A callback as the hub sends it. */
  readonly hear: (virtualCardId: string, overrides?: Partial<VirtualCardChange>) => Promise<void>;
  readonly untilStatus: (status: OperationReport['status']) => Promise<OperationReport>;
}

/** The handles of a request's two workflows, whether they have been started or not. */
export function handlesOf(env: TestWorkflowEnvironment, request: CardRequest): CardOperationHandles {
  const { issuerId, correlationId, action } = request;
  const sender = env.client.workflow.getHandle<typeof cardOperation>(
    `card-operation/${issuerId}/${correlationId}`,
  );
  const fanOut = env.client.workflow.getHandle<typeof cardFanOut>(ownerWorkflowId(issuerId, correlationId));
  return {
    request,
    sender,
    fanOut,
    result: async () => sender.result(),
    outcomes: async () => fanOut.query(reportQuery),
    hear: async (virtualCardId, overrides = {}) =>
      fanOut.signal(
        virtualCardChangedSignal,
        aChange({ correlationId, virtualCardId, action, ...overrides }),
      ),
    untilStatus: async (status) =>
      eventually(
        async () => sender.query(reportQuery),
        (report) => report.status === status,
        40 * SECOND,
      ),
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

/** A played hub; what the sender asks of our own server is real. */
export function aCardHub(
  env: TestWorkflowEnvironment,
  hub: Parameters<typeof createFakeHub>[0] = {},
): FakeHub {
  return createFakeHub({ findFanOut: realFindFanOut(env), ...hub });
}

function realFindFanOut(env: TestWorkflowEnvironment): Activities['findFanOut'] {
  const findFanOut = createFanOutLookUp(env.client, createBoundedCalls(env.client.connection));
  return createFindFanOut({ findFanOut } as unknown as ActivityDependencies);
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

/** A thousand signals, a hundred at a time. */
export async function flood(send: () => Promise<void>, signals = 1_000): Promise<void> {
  for (let sent = 0; sent < signals; sent += 100) {
    await Promise.all(Array.from({ length: Math.min(100, signals - sent) }, send));
  }
}

/** A promise that a test settles when it wants to. */
export function aGate(): { readonly open: () => void; readonly passed: Promise<void> } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), passed };
}
