import { randomUUID } from 'node:crypto';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { beginStanding, toSubject, type LateBasis } from '../../../src/domain/late/index.js';
import type { lateChange } from '../../../workflows/index.js';
import {
  lateArrivalsQuery,
  lateResolveUpdate,
  virtualCardChangedSignal,
} from '../../../src/contract/messages.js';
import { attentionKey, statusKey } from '../../../src/contract/search-attributes.js';
import { aChange, aReport, HOUR, SECOND } from '../../support/builders.js';
import { createFakeHub } from '../../support/fake-hub.js';
import { sideBySide } from '../../support/temporal/side-by-side.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);
const it = sideBySide();

const CONFIRMED = aReport({ status: 'CONFIRMED', evidence: 'CALLBACK', heard: [aChange()] });
const BASIS: LateBasis = {
  kind: 'operation',
  subject: toSubject(CONFIRMED),
  standing: beginStanding(CONFIRMED),
};
const DECISION = { status: 'CONFIRMED', note: 'seen in the portal', by: 'jo' } as const;

type Handle = WorkflowHandleWithFirstExecutionRunId<typeof lateChange>;

/**
 * Starts one that lingers for this long, beside an operation that was confirmed by a success. `before` the worker runs no
 * time passes for it: what has to come in one quiet period comes then.
 */
async function withLateChange(
  quietMs: number,
  use: (handle: Handle) => Promise<void>,
  before?: (handle: Handle) => Promise<void>,
): Promise<void> {
  const taskQueue = `test-${randomUUID()}`;
  const handle = await env.client.workflow.start<typeof lateChange>('lateChange', {
    workflowId: `late/ISSUER1234/${randomUUID()}`,
    taskQueue,
    args: [{ issuerId: 'ISSUER1234', correlationId: 'op-1', quietMs, hubTimeoutMs: SECOND }],
  });
  const { activities } = createFakeHub({ findLateBasis: async () => BASIS });
  await before?.(handle);
  await withWorker(env, { taskQueue, activities }, async () => use(handle));
}

/** How long the last timer of its history was set for. */
async function lastTimerMs(handle: Handle): Promise<number | undefined> {
  const { events } = await handle.fetchHistory();
  const timer = (events ?? []).findLast((event) => event.timerStartedEventAttributes);
  return Number(timer?.timerStartedEventAttributes?.startToFireTimeout?.seconds ?? 0) * SECOND;
}

it('lingers after the last arrival, so that a storm of repeats costs one run', async () => {
  await withLateChange(9 * SECOND, async (handle) => {
    for (let wave = 0; wave < 3; wave += 1) {
      await Promise.all(
        Array.from({ length: 50 }, async () => handle.signal(virtualCardChangedSignal, aChange())),
      );
      await new Promise((wake) => setTimeout(wake, 4 * SECOND));
    }
    expect(await handle.result()).toMatchObject({ arrivals: [{ kind: 'word', repeats: 149 }] });
    expect((await handle.describe()).runId).toBe(handle.firstExecutionRunId);
  });
});

it('I5: with a conflict stays open until a person has decided, at most 90 days', async () => {
  const contradicted = async (handle: Handle): Promise<void> =>
    handle.signal(virtualCardChangedSignal, aChange({ errorCode: 231 }));
  const use = async (handle: Handle): Promise<void> => {
    const attributes = async () => (await handle.describe()).typedSearchAttributes;
    const seen = await eventually(attributes, (found) => found.get(attentionKey) === 'CONFLICT');
    expect(seen.get(statusKey)).toBe('UNKNOWN');
    const ninetyDays = 90 * 24 * HOUR;
    const waitsMs = await eventually(
      async () => lastTimerMs(handle),
      (ms) => (ms ?? 0) > 89 * 24 * HOUR,
    );
    expect(waitsMs).toBeLessThanOrEqual(ninetyDays);
    expect(waitsMs).toBeGreaterThan(ninetyDays - 60 * SECOND);
    await handle.executeUpdate(lateResolveUpdate, { args: [DECISION] });
    expect(await handle.result()).toMatchObject({ arrivals: [{ kind: 'word' }, { kind: 'decision' }] });
    expect((await attributes()).get(attentionKey)).toBeUndefined();
  };
  await withLateChange(SECOND, use, contradicted);
});

it('continues as new at a thousand signals, forgets nothing, and a conflict stays one', async () => {
  const before = async (handle: Handle): Promise<void> => {
    await handle.signal(virtualCardChangedSignal, aChange({ errorCode: 231 }));
    for (let batch = 0; batch < 10; batch += 1) {
      const signals = Array.from({ length: 100 }, async () =>
        handle.signal(virtualCardChangedSignal, aChange()),
      );
      await Promise.all(signals);
    }
  };
  const use = async (handle: Handle): Promise<void> => {
    const latest = env.client.workflow.getHandle<typeof lateChange>(handle.workflowId);
    const runId = async () => (await latest.describe()).runId;
    await eventually(runId, (id) => id !== handle.firstExecutionRunId);
    expect((await latest.query(lateArrivalsQuery)).arrivals).toMatchObject([
      { kind: 'word', change: { errorCode: 231 } },
      { kind: 'word', repeats: 999 },
    ]);
    const attention = async () => (await latest.describe()).typedSearchAttributes.get(attentionKey);
    await eventually(attention, (found) => found === 'CONFLICT');
    await latest.executeUpdate(lateResolveUpdate, { args: [DECISION] });
    expect(await latest.result()).toMatchObject({ arrivals: [{}, {}, { kind: 'decision' }] });
  };
  await withLateChange(3 * SECOND, use, before);
});

it('I3: ignores a signal that carries no change, and goes on', async () => {
  const before = async (handle: Handle): Promise<void> => {
    await handle.signal('virtualCardChanged');
    await handle.signal('virtualCardChanged', null);
    await handle.signal('virtualCardChanged', { virtualCardId: 'token-1' });
    await handle.signal(virtualCardChangedSignal, aChange());
  };
  const use = async (handle: Handle): Promise<void> => {
    expect(await handle.result()).toMatchObject({ arrivals: [{ kind: 'word', repeats: 0 }] });
  };
  await withLateChange(SECOND, use, before);
});
