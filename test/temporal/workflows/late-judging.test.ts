import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { VirtualCardChange } from '../../../src/domain/hub/change.js';
import type { LateBasis } from '../../../src/domain/late/index.js';
import type { lateChange } from '../../../workflows/index.js';
import {
  lateArrivalsQuery,
  lateReadUpdate,
  lateResolveUpdate,
  virtualCardChangedSignal,
} from '../../../src/contract/messages.js';
import { attentionKey, statusKey } from '../../../src/contract/search-attributes.js';
import { aChange, aReading, SECOND } from '../../support/builders.js';
import { createFakeHub, type FakeHub } from '../../support/fake-hub.js';
import { sideBySide } from '../../support/temporal/side-by-side.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);
const it = sideBySide();

const CONFIRMED: LateBasis = {
  kind: 'operation',
  subject: { action: 'SUSPEND', issuerCardRefId: 'card-1', virtualCardId: 'token-1' },
  standing: {
    settlement: { status: 'CONFIRMED' },
    effectiveStatus: 'CONFIRMED',
    conflictOpen: false,
    heard: [],
    duplicates: 0,
    device: undefined,
    reasons: [],
  },
};
const failure = aChange({ errorCode: 231 });
const DECISION = { status: 'FAILED', note: 'seen in the portal', by: 'jo' } as const;

/** What has come `before` a worker takes it up cannot come after its quiet period. */
async function withLateChange(
  hub: FakeHub,
  use: (late: WorkflowHandle<typeof lateChange>) => Promise<void>,
  { before = [], quietMs = SECOND }: { before?: readonly VirtualCardChange[]; quietMs?: number } = {},
): Promise<void> {
  const taskQueue = `test-${randomUUID()}`;
  const late = await env.client.workflow.start<typeof lateChange>('lateChange', {
    workflowId: `late/ISSUER1234/${randomUUID()}`,
    taskQueue,
    args: [{ issuerId: 'ISSUER1234', correlationId: 'op-1', quietMs, hubTimeoutMs: SECOND }],
  });
  // Without a run id, so that it follows the workflow when it continues as new.
  const handle = env.client.workflow.getHandle<typeof lateChange>(late.workflowId);
  for (const change of before) await handle.signal(virtualCardChangedSignal, change);
  await withWorker(env, { taskQueue, activities: hub.activities }, async () => use(handle));
}

const attributesOf = async (late: WorkflowHandle<typeof lateChange>) =>
  (await late.describe()).typedSearchAttributes;

it('I5: keeps every arrival while nobody can tell how the operation ended, and then judges them all', async () => {
  let asked = 0;
  const hub = createFakeHub({
    reading: () => aReading('RESUMED'),
    findLateBasis: async () => {
      asked += 1;
      if (asked < 3) throw ApplicationFailure.create({ type: 'NOT_NOW' });
      return CONFIRMED;
    },
  });
  const use = async (late: WorkflowHandle<typeof lateChange>): Promise<void> => {
    // A reading that is asked for meanwhile waits: it has to know which token to look for.
    const refused = late.executeUpdate<unknown, [unknown]>('read', { args: ['jo'] });
    await expect(refused).rejects.toMatchObject({ cause: { type: 'INVALID_REMARK' } });
    await late.executeUpdate(lateReadUpdate, { args: [{ by: 'jo', note: 'asked by the caller' }] });
    expect(await late.query(lateArrivalsQuery)).toMatchObject({
      arrivals: [
        { kind: 'word' },
        {
          kind: 'reading',
          sighting: { kind: 'other', status: 'RESUMED' },
          by: 'jo',
          why: 'asked by the caller',
        },
      ],
    });
    const attributes = await eventually(
      async () => attributesOf(late),
      (seen) => seen.get(attentionKey) === 'CONFLICT',
    );
    expect(attributes.get(statusKey)).toBe('UNKNOWN');
    await late.executeUpdate(lateResolveUpdate, { args: [DECISION] });
    expect(await late.result()).toMatchObject({ arrivals: [{}, {}, { kind: 'decision', by: 'jo' }] });
    expect((await attributesOf(late)).get(statusKey)).toBe('FAILED');
    expect((await attributesOf(late)).get(attentionKey)).toBeUndefined();
  };
  await withLateChange(hub, use, { before: [failure] });
});

it.each([
  ['nothing', undefined],
  ['a status that is not final', { ...DECISION, status: 'OVERDUE' }],
  ['no name', { ...DECISION, by: '' }],
])('refuses a decision with %s before it is accepted', async (_what, decision) => {
  const hub = createFakeHub({ findLateBasis: async () => CONFIRMED });
  const use = async (late: WorkflowHandle<typeof lateChange>): Promise<void> => {
    const refused = late.executeUpdate('resolve', { args: [decision] });
    await expect(refused).rejects.toMatchObject({ cause: { type: 'INVALID_DECISION' } });
    expect(await late.result()).toMatchObject({ arrivals: [] });
  };
  await withLateChange(hub, use, { quietMs: 5 * SECOND });
});

it('writes its search attributes when they change, and not with every copy of a callback', async () => {
  const hub = createFakeHub({ findLateBasis: async () => CONFIRMED });
  const use = async (late: WorkflowHandle<typeof lateChange>): Promise<void> => {
    await eventually(
      async () => attributesOf(late),
      (seen) => seen.get(attentionKey) === 'CONFLICT',
    );
    for (let copy = 0; copy < 20; copy += 1) await late.signal(virtualCardChangedSignal, failure);
    await late.executeUpdate(lateResolveUpdate, { args: [DECISION] });
    await late.result();
    const { events } = await late.fetchHistory();
    const writes = (events ?? []).filter((event) => event.upsertWorkflowSearchAttributesEventAttributes);
    expect(writes.length).toBeGreaterThanOrEqual(2);
    expect(writes.length).toBeLessThanOrEqual(3);
  };
  await withLateChange(hub, use, { before: [failure] });
});

it('keeps an open conflict open across continue-as-new, and asks how it ended only once', async () => {
  let asked = 0;
  const hub = createFakeHub({
    findLateBasis: async () => {
      asked += 1;
      return CONFIRMED;
    },
  });
  const use = async (late: WorkflowHandle<typeof lateChange>): Promise<void> => {
    await eventually(
      async () => attributesOf(late),
      (seen) => seen.get(attentionKey) === 'CONFLICT',
    );
    for (let batch = 0; batch < 11; batch += 1) {
      await Promise.all(
        Array.from({ length: 100 }, async () => late.signal(virtualCardChangedSignal, failure)),
      );
    }
    const runs = async () => (await env.client.workflow.count(`WorkflowId = "${late.workflowId}"`)).count;
    expect(await eventually(runs, (count) => count > 1)).toBe(2);
    expect((await late.describe()).status.name).toBe('RUNNING');
    await eventually(
      async () => attributesOf(late),
      (seen) => seen.get(attentionKey) === 'CONFLICT',
    );
    await late.executeUpdate(lateResolveUpdate, { args: [DECISION] });
    expect(await late.result()).toMatchObject({
      arrivals: [{ kind: 'word', repeats: 1_100 }, { kind: 'decision' }],
    });
    expect(asked).toBe(1);
  };
  await withLateChange(hub, use, { before: [failure] });
});
