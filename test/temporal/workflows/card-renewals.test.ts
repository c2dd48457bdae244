import { randomUUID } from 'node:crypto';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { VirtualCardChange } from '../../../src/domain/hub/change.js';
import type { Reading } from '../../../src/domain/hub/reading.js';
import type { cardRenewals } from '../../../workflows/index.js';
import type { CardRenewalsInput } from '../../../workflows/card-renewals.js';
import { renewalsQuery, virtualCardChangedSignal } from '../../../src/contract/messages.js';
import { attentionKey, cardKey, issuerKey } from '../../../src/contract/search-attributes.js';
import { FAILED_READING, HOUR, SECOND } from '../../support/builders.js';
import { createFakeHub, type FakeHub } from '../../support/fake-hub.js';
import { aListOf, aRenewal, told } from '../../support/renewals.js';
import { sideBySide } from '../../support/temporal/side-by-side.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);
const it = sideBySide();

type Handle = WorkflowHandleWithFirstExecutionRunId<typeof cardRenewals>;

interface Setting {
  readonly input?: Partial<CardRenewalsInput>;
  readonly hub?: FakeHub;
  /** What has come before the first worker runs. */
  readonly before?: readonly VirtualCardChange[];
}

const cardOf = (reading: Reading): FakeHub => createFakeHub({ reading: () => reading });

/** Starts one on card-1 that stays open for this long after the last arrival, and hands it to a worker. */
async function withRenewals(
  quietMs: number,
  { input = {}, hub = cardOf(FAILED_READING), before = [] }: Setting,
  use: (handle: Handle) => Promise<void>,
): Promise<void> {
  const taskQueue = `test-${randomUUID()}`;
  const timing = { quietMs, readIntervalMs: SECOND, hubTimeoutMs: 2 * SECOND };
  const handle = await env.client.workflow.start<typeof cardRenewals>('cardRenewals', {
    workflowId: `renewals/ISSUER1234/${randomUUID()}`,
    taskQueue,
    args: [{ issuerId: 'ISSUER1234', issuerCardRefId: 'card-1', ...timing, ...input }],
    typedSearchAttributes: [
      { key: issuerKey, value: 'ISSUER1234' },
      { key: cardKey, value: 'card-1' },
    ],
  });
  for (const change of before) await handle.signal(virtualCardChangedSignal, change);
  await withWorker(env, { taskQueue, activities: hub.activities }, async () => use(handle));
}

const wait = async (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));
const latestOf = (handle: Handle) => env.client.workflow.getHandle<typeof cardRenewals>(handle.workflowId);
const attentionOf = async (handle: Handle) =>
  (await latestOf(handle).describe()).typedSearchAttributes.get(attentionKey);
const untilAttentionIs = async (handle: Handle, wanted: string | undefined) =>
  eventually(
    async () => attentionOf(handle),
    (seen) => seen === wanted,
  );

async function eventsOf(handle: Handle) {
  const history = await env.client.workflow
    .getHandle(handle.workflowId, handle.firstExecutionRunId)
    .fetchHistory();
  return (JSON.parse(historyToJSON(history)) as { events: { eventType: string; userMetadata?: object }[] })
    .events;
}

it('stays open for a quiet period after the last callback, then returns its report', async () => {
  const hub = cardOf(aListOf({ 'token-1': 'RESUMED', 'token-2': 'SUSPENDED', old: 'DELETED' }));
  await withRenewals(15 * SECOND, { hub }, async (handle) => {
    const startedAt = Date.now();
    await handle.signal(virtualCardChangedSignal, aRenewal());
    await wait(5 * SECOND);
    await handle.signal(virtualCardChangedSignal, aRenewal());
    await wait(5 * SECOND);
    await handle.signal(virtualCardChangedSignal, aRenewal({ virtualCardId: 'stranger' }));
    const report = await handle.result();
    expect(Date.now() - startedAt).toBeGreaterThan(24 * SECOND);
    expect(told(report)).toEqual({
      'token-1': ['r-1 RENEWED x1'],
      'token-2': [],
      stranger: ['r-1 RENEWED'],
    });
    expect(report.tokens.map(({ expected }) => expected)).toEqual([true, true, false]);
  });
});

it('reads all tokens of the card once, under a correlation id of its own', async () => {
  const hub = cardOf(aListOf({ 'token-1': 'RESUMED' }));
  await withRenewals(2 * SECOND, { hub, before: [aRenewal(), aRenewal()] }, async (handle) => {
    await handle.result();
    expect(hub.read).toHaveLength(1);
    expect(hub.read[0]).toEqual({
      issuerId: 'ISSUER1234',
      issuerCardRefId: 'card-1',
      correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      timeoutMs: 2 * SECOND,
    });
  });
});

it('reads again an interval after a reading that failed, and expects nothing after five', async () => {
  const hub = createFakeHub({
    reading: (attempt) => {
      if (attempt === 1) throw new Error('a bug in the activity');
      return FAILED_READING;
    },
  });
  const input = { readIntervalMs: 300, hubTimeoutMs: 100 };
  await withRenewals(HOUR, { hub, input, before: [aRenewal()] }, async (handle) => {
    const seen = await eventually(
      async () => handle.query(renewalsQuery),
      ({ expectation }) => expectation.kind === 'unknown',
    );
    expect(seen).toMatchObject({ tokens: [{ expected: false }] });
    // The failed activity is one reading, whatever Temporal made of it within its time.
    expect(new Set(hub.read.map(({ correlationId }) => correlationId)).size).toBe(5);
  });
});

it('takes what comes while the card is read, and learns what is expected when the second reading answers', async () => {
  const hub = createFakeHub({
    reading: async (attempt) => {
      await wait(SECOND);
      return attempt === 1 ? FAILED_READING : aListOf({ 'token-1': 'RESUMED', 'token-2': 'RESUMED' });
    },
  });
  await withRenewals(5 * SECOND, { hub, input: { readIntervalMs: 300 } }, async (handle) => {
    await eventually(
      async () => hub.read.length,
      (count) => count === 1,
    );
    await handle.signal(virtualCardChangedSignal, aRenewal({ errorCode: 231 }));
    const report = await handle.result();
    expect(told(report)).toEqual({ 'token-1': ['r-1 FAILED 231'], 'token-2': [] });
    expect(report.tokens.map(({ expected }) => expected)).toEqual([true, true]);
    expect(await attentionOf(handle)).toBe('RENEWAL_FAILED');
  });
});

it('reads no card when the callbacks name none', async () => {
  const hub = cardOf(aListOf({ 'token-1': 'RESUMED' }));
  const taskQueue = `test-${randomUUID()}`;
  const handle = await env.client.workflow.start<typeof cardRenewals>('cardRenewals', {
    workflowId: `token-renewals/ISSUER1234/${randomUUID()}`,
    taskQueue,
    args: [{ issuerId: 'ISSUER1234', quietMs: SECOND, readIntervalMs: SECOND, hubTimeoutMs: SECOND }],
  });
  await handle.signal(virtualCardChangedSignal, aRenewal());
  await withWorker(env, { taskQueue, activities: hub.activities }, async () => {
    expect(await handle.result()).toMatchObject({
      expectation: { kind: 'unknown' },
      tokens: [{ virtualCardId: 'token-1', expected: false }],
    });
    expect(hub.read).toEqual([]);
  });
});

it('raises RENEWAL_FAILED at a failure, clears it at a success of the same token, and writes it only when it changes', async () => {
  const hub = cardOf(aListOf({ 'token-1': 'RESUMED' }));
  // It has to be seen long before the quiet period ends.
  await withRenewals(HOUR, { hub }, async (handle) => {
    await handle.signal(virtualCardChangedSignal, aRenewal({ errorCode: 231 }));
    await untilAttentionIs(handle, 'RENEWAL_FAILED');
    for (const copy of [
      aRenewal({ errorCode: 231 }),
      aRenewal({ errorCode: 221 }),
      aRenewal({ virtualCardId: 'b' }),
    ]) {
      await handle.signal(virtualCardChangedSignal, copy);
    }
    await wait(500);
    expect(await attentionOf(handle)).toBe('RENEWAL_FAILED');
    await handle.signal(virtualCardChangedSignal, aRenewal({ correlationId: 'r-2' }));
    await untilAttentionIs(handle, undefined);
    const written = (await eventsOf(handle)).filter(({ eventType }) => eventType.includes('UPSERT'));
    expect(written).toHaveLength(2);
    await handle.terminate();
  });
});

it('I6: raises CARD_DATA_SEEN when a reference had to be hashed', async () => {
  await withRenewals(SECOND, { before: [aRenewal({ cardDataSeen: true })] }, async (handle) => {
    expect(await handle.result()).toMatchObject({ cardDataSeen: true });
    expect(await attentionOf(handle)).toBe('CARD_DATA_SEEN');
  });
});

it('says how it stands at the top of its page, and what each wait and reading is for', async () => {
  const hub = cardOf(aListOf({ 'token-1': 'RESUMED', 'token-2': 'RESUMED', 'token-3': 'RESUMED' }));
  const before = [aRenewal(), aRenewal({ virtualCardId: 'token-2', errorCode: 231 })];
  await withRenewals(5 * SECOND, { hub, before }, async (handle) => {
    const details = async () => handle.query<string>('__temporal_workflow_metadata').then(JSON.stringify);
    const shown = await eventually(details, (text) => text.includes('Not heard of'));
    expect(shown).toContain('**1 of 3 renewed, 1 failed** · attention **RENEWAL_FAILED**');
    expect(shown).toContain('Failed: token-2 (231: the device reported an error).');
    expect(shown).toContain('Not heard of: token-3.');
    await handle.result();
    const started = (await eventsOf(handle)).filter(({ eventType }) =>
      /TIMER_STARTED|ACTIVITY_TASK_SCHEDULED/.test(eventType),
    );
    expect(started.length).toBeGreaterThan(1);
    expect(started.filter(({ userMetadata }) => userMetadata === undefined)).toEqual([]);
  });
});

it('continues as new at a thousand signals, forgets nothing, and does not read again', async () => {
  const hub = cardOf(aListOf({ 'token-1': 'RESUMED', 'token-9': 'RESUMED' }));
  const failed = aRenewal({ virtualCardId: 'token-2', errorCode: 231, cardDataSeen: true });
  await withRenewals(20 * SECOND, { hub, before: [failed] }, async (handle) => {
    for (let batch = 0; batch < 10; batch += 1) {
      const signals = Array.from({ length: 100 }, async () =>
        handle.signal(virtualCardChangedSignal, aRenewal()),
      );
      await Promise.all(signals);
    }
    const latest = latestOf(handle);
    const described = await eventually(
      async () => latest.describe(),
      ({ runId, typedSearchAttributes }) =>
        runId !== handle.firstExecutionRunId && typedSearchAttributes.get(attentionKey) === 'RENEWAL_FAILED',
    );
    expect(described.typedSearchAttributes.get(cardKey)).toBe('card-1');
    await latest.signal(virtualCardChangedSignal, aRenewal());
    const report = await latest.result();
    expect(told(report)).toEqual({
      'token-1': ['r-1 RENEWED x1000'],
      'token-2': ['r-1 FAILED 231'],
      'token-9': [],
    });
    expect(report).toMatchObject({ expectation: { kind: 'known' }, cardDataSeen: true, omitted: 0 });
    expect(hub.read).toHaveLength(1);
  });
});

it('continues as new only between activities: a reading that is under way ends first, and its list goes along', async () => {
  let answer: (() => void) | undefined;
  const hub = createFakeHub({
    reading: async () => {
      await new Promise<void>((resolve) => (answer = resolve));
      return aListOf({ 'token-1': 'RESUMED', 'token-9': 'SUSPENDED' });
    },
  });
  await withRenewals(20 * SECOND, { hub, input: { hubTimeoutMs: 60 * SECOND } }, async (handle) => {
    await eventually(
      async () => hub.read.length,
      (count) => count === 1,
    );
    for (let batch = 0; batch < 11; batch += 1) {
      const signals = Array.from({ length: 100 }, async () =>
        handle.signal(virtualCardChangedSignal, aRenewal()),
      );
      await Promise.all(signals);
    }
    await wait(SECOND);
    expect((await latestOf(handle).describe()).runId).toBe(handle.firstExecutionRunId);
    answer?.();
    const report = await latestOf(handle).result();
    expect((await latestOf(handle).describe()).runId).not.toBe(handle.firstExecutionRunId);
    expect(told(report)).toEqual({ 'token-1': ['r-1 RENEWED x1099'], 'token-9': [] });
    expect(hub.read).toHaveLength(1);
  });
});

it('loses nothing when somebody cancels it: it stays open, takes what comes, and completes', async () => {
  const hub = cardOf(aListOf({ 'token-1': 'RESUMED' }));
  await withRenewals(9 * SECOND, { hub, before: [aRenewal()] }, async (handle) => {
    await handle.cancel();
    await wait(SECOND);
    await handle.signal(virtualCardChangedSignal, aRenewal({ virtualCardId: 'token-2', errorCode: 231 }));
    await handle.cancel();
    expect(told(await handle.result())).toEqual({
      'token-1': ['r-1 RENEWED'],
      'token-2': ['r-1 FAILED 231'],
    });
    expect(await attentionOf(handle)).toBe('RENEWAL_FAILED');
  });
});

it('loses nothing when it is cancelled before its first task', async () => {
  const taskQueue = `test-${randomUUID()}`;
  const handle = await env.client.workflow.start<typeof cardRenewals>('cardRenewals', {
    workflowId: `renewals/ISSUER1234/${randomUUID()}`,
    taskQueue,
    args: [
      {
        issuerId: 'ISSUER1234',
        issuerCardRefId: 'card-1',
        quietMs: SECOND,
        readIntervalMs: SECOND,
        hubTimeoutMs: SECOND,
      },
    ],
  });
  await handle.signal(virtualCardChangedSignal, aRenewal());
  await handle.cancel();
  const hub = cardOf(aListOf({ 'token-1': 'RESUMED' }));
  await withWorker(env, { taskQueue, activities: hub.activities }, async () => {
    expect(await handle.result()).toMatchObject({ tokens: [{ virtualCardId: 'token-1', expected: true }] });
  });
});

it('I3: ignores a signal that carries no change, and one that tells of no renewal, and goes on', async () => {
  await withRenewals(10 * SECOND, {}, async (handle) => {
    await handle.signal('virtualCardChanged');
    await handle.signal('virtualCardChanged', null);
    await handle.signal('virtualCardChanged', { virtualCardId: 'token-1', action: 'RENEW' });
    await handle.signal(virtualCardChangedSignal, aRenewal({ action: 'SUSPEND' }));
    await handle.signal(virtualCardChangedSignal, aRenewal());
    expect(told(await handle.query(renewalsQuery))).toEqual({ 'token-1': ['r-1 RENEWED'] });
    expect(told(await handle.result())).toEqual({ 'token-1': ['r-1 RENEWED'] });
  });
});
