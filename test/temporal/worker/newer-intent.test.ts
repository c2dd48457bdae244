import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowStartOptions } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { wasReset } from '../../../activities/after-reset.js';
import type { CardRequest } from '../../../src/domain/card/index.js';
import type { PlacedIntent } from '../../../src/domain/operation/intent.js';
import type { TokenRequest } from '../../../src/domain/token/index.js';
import { cardRequestWorkflowId, ownerWorkflowId } from '../../../src/contract/workflow-ids.js';
import { createBoundedCalls } from '../../../src/temporal/connection/bounded-calls.js';
import { createLazyClient } from '../../../src/temporal/connection/connect.js';
import { createNewerIntentLookUp } from '../../../src/temporal/worker/newer-intent.js';
import {
  toCardOperationStart,
  toTokenOperationStart,
} from '../../../src/temporal/operations/start-options.js';
import { statusKey } from '../../../src/contract/search-attributes.js';
import { aRequest, HOUR, SECOND } from '../../support/builders.js';
import { aCardRequest } from '../../support/card-operation.js';
import { patientCallsOn } from '../../support/temporal/gateway.js';
import { sideBySide } from '../../support/temporal/side-by-side.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);
const it = sideBySide();

/** A token of the test's own, so that the tests do not see each other's operations. */
function aPlace(): Pick<TokenRequest, 'issuerCardRefId' | 'virtualCardId'> {
  const id = randomUUID();
  return { issuerCardRefId: `card-${id}`, virtualCardId: `token-${id}` };
}

/** Before everything that is started here. */
const NOW = Date.now() - 10 * SECOND;

/** Starts an operation that nobody works on; `status` is what the list of operations says of it. */
async function begin(
  request: Partial<TokenRequest>,
  { status, taskQueue = `nobody-${randomUUID()}` }: { status?: string; taskQueue?: string } = {},
): Promise<string> {
  const whole = aRequest({ correlationId: `op-${randomUUID()}`, requestedAt: NOW, ...request });
  const options = toTokenOperationStart({
    request: whole,
    policy: { readIntervalMs: SECOND, confirmByReading: 'never' },
    hubTimeoutMs: SECOND,
    fingerprint: 'v1:test',
    taskQueue,
  });
  await env.client.workflow.start('tokenOperation', withStatus(options, status));
  return whole.correlationId;
}

/** The same on a whole card. With `child`, one that sends for it, and has what its operation is found by. */
async function beginOnCard(
  request: Partial<CardRequest>,
  { status, child = false }: { status?: string; child?: boolean } = {},
): Promise<string> {
  const whole = aCardRequest({ requestedAt: NOW + 1, action: 'DELETE', ...request });
  const options = toCardOperationStart({
    request: whole,
    policy: { readIntervalMs: SECOND, confirmByReading: 'never' },
    hubTimeoutMs: SECOND,
    fingerprint: 'v1:test',
    taskQueue: `nobody-${randomUUID()}`,
  });
  await env.client.workflow.start('cardOperation', withStatus(options, status));
  if (child) {
    const workflowId = cardRequestWorkflowId(whole.issuerId, whole.correlationId, 1);
    await env.client.workflow.start('cardRequest', { ...options, workflowId, args: [] as never });
  }
  await eventually(
    async () =>
      (await env.client.workflow.count(`LcmCard = "${whole.issuerCardRefId}" AND LcmScope = "CARD"`)).count,
    (count) => count >= (child ? 2 : 1),
  );
  return whole.correlationId;
}

/** As if this had been written down last. */
function withStatus<T extends Pick<WorkflowStartOptions, 'typedSearchAttributes'>>(
  options: T,
  status: string | undefined,
): T {
  if (status === undefined) return options;
  const written = options.typedSearchAttributes as { key: { name: string }; value: unknown }[];
  const shown = written.map((pair) =>
    pair.key.name === statusKey.name ? { key: statusKey, value: status } : pair,
  );
  return { ...options, typedSearchAttributes: shown as T['typedSearchAttributes'] };
}

function anIntent(place: Partial<PlacedIntent>, overrides: Partial<PlacedIntent> = {}): PlacedIntent {
  return {
    operationId: 'op-own',
    issuerId: 'ISSUER1234',
    issuerCardRefId: 'card-1',
    action: 'SUSPEND',
    startedAt: NOW,
    ...place,
    ...overrides,
  };
}

/** When Temporal started an operation on a token. */
async function startOf(operationId: string): Promise<number> {
  const workflowId = ownerWorkflowId('ISSUER1234', operationId);
  return (await env.client.workflow.getHandle(workflowId).describe()).startTime.getTime();
}

const find = async (intent: PlacedIntent) =>
  createNewerIntentLookUp(env.client, patientCallsOn(env.client))(intent);

/** Waits until the list shows it: visibility comes a little after the start. */
async function untilListed(operationId: string, issuerId = 'ISSUER1234'): Promise<void> {
  await eventually(
    async () => {
      const { count } = await env.client.workflow.count(`WorkflowId = "lcm/${issuerId}/${operationId}"`);
      return count;
    },
    (count) => count === 1,
  );
}

describe('last intent wins: the look-up', () => {
  it('finds a newer operation with another action on the same token', async () => {
    const place = aPlace();
    const newer = await begin({ ...place, action: 'RESUME', requestedAt: NOW + 1 });
    await untilListed(newer);
    expect(await find(anIntent(place))).toBe(newer);
  });

  it('finds one on the whole card of the token', async () => {
    const place = aPlace();
    const newer = await beginOnCard({ issuerCardRefId: place.issuerCardRefId });
    expect(await find(anIntent(place))).toBe(newer);
  });

  it.each<[string, Partial<TokenRequest>, { status?: string }]>([
    ['wants the same', { action: 'SUSPEND', requestedAt: NOW + 1 }, {}],
    [
      'is of another token of the card',
      { action: 'RESUME', requestedAt: NOW + 1, virtualCardId: 'other' },
      {},
    ],
    ['is of another issuer', { action: 'RESUME', requestedAt: NOW + 1, issuerId: 'ISSUER9999' }, {}],
    ...['REJECTED', 'FAILED', 'CANCELLED', 'SUPERSEDED'].map(
      (status): [string, Partial<TokenRequest>, { status?: string }] => [
        `has ended ${status}`,
        { action: 'RESUME', requestedAt: NOW + 1 },
        { status },
      ],
    ),
  ])('passes by one that %s', async (_what, request, state) => {
    const place = aPlace();
    // One that is found, started first: the list begins with what started last, so the other is looked at before it.
    const found = await begin({ ...place, action: 'DELETE', requestedAt: NOW + 2 });
    await untilListed(found);
    const passed = await begin({ ...place, ...request }, state);
    await untilListed(passed, request.issuerId);
    expect(await find(anIntent(place))).toBe(found);
  });

  it.each(['REQUESTED', 'AWAITING_CALLBACK', 'OVERDUE', 'CONFIRMED', 'UNKNOWN'])(
    'finds one that is %s',
    async (status) => {
      const place = aPlace();
      const newer = await begin({ ...place, action: 'RESUME', requestedAt: NOW + 1 }, { status });
      await untilListed(newer);
      expect(await find(anIntent(place))).toBe(newer);
    },
  );

  it.each([
    ['an hour later', HOUR],
    ['an hour earlier', -HOUR],
  ])(
    'orders by when Temporal started them, also one whose host wrote down %s',
    async (_what, writtenOffMs) => {
      const place = aPlace();
      const started = await begin({ ...place, action: 'RESUME', requestedAt: Date.now() + writtenOffMs });
      await untilListed(started);
      const startedAt = await startOf(started);
      expect(await find(anIntent(place, { startedAt: startedAt - SECOND }))).toBe(started);
      // Closer than a second: the SUSPEND counts as the newer.
      expect(await find(anIntent(place, { startedAt: startedAt - 999 }))).toBeUndefined();
      expect(await find(anIntent(place, { startedAt: startedAt + HOUR }))).toBeUndefined();
    },
  );

  it('finds one that started a little before and is safer', async () => {
    const place = aPlace();
    const started = await begin({ ...place, action: 'DELETE' });
    await untilListed(started);
    const startedAt = await startOf(started);
    expect(await find(anIntent(place, { startedAt: startedAt + 999 }))).toBe(started);
    expect(await find(anIntent(place, { startedAt: startedAt + SECOND }))).toBeUndefined();
  });

  it('is not led astray by what a reference is made of', async () => {
    const place = {
      issuerCardRefId: 'c" OR LcmIssuer != "',
      virtualCardId: `t'" OR 1=1 -- \\ ${randomUUID()}`,
    };
    const elsewhere = await begin({ ...aPlace(), action: 'RESUME', requestedAt: NOW + 1 });
    await untilListed(elsewhere);
    expect(await find(anIntent(place))).toBeUndefined();
    const newer = await begin({ ...place, action: 'RESUME', requestedAt: NOW + 1 });
    await untilListed(newer);
    expect(await find(anIntent(place))).toBe(newer);
  });

  it('finds nothing where there is nothing, also long after', async () => {
    expect(await find(anIntent(aPlace(), { startedAt: NOW - 72 * HOUR }))).toBeUndefined();
  });

  it('fails within about 2 s when Temporal is not there', async () => {
    const nowhere = createLazyClient({ namespace: 'default', options: { address: '127.0.0.1:1' } });
    const startedAt = Date.now();
    const calls = createBoundedCalls(nowhere.connection);
    await expect(createNewerIntentLookUp(nowhere.client, calls)(anIntent(aPlace()))).rejects.toThrow();
    expect(Date.now() - startedAt).toBeLessThan(6 * SECOND);
    await calls.drained();
    await nowhere.connection.close();
  });
});

describe('last intent wins: an operation is as old as its first run', () => {
  /** Starts a SUSPEND, which a worker takes up, and answers when it started. */
  async function withSuspended(
    use: (operation: { id: string; place: ReturnType<typeof aPlace>; startedAt: number }) => Promise<void>,
  ): Promise<void> {
    const taskQueue = `test-${randomUUID()}`;
    const activities = { wasReset, updateCardState: async () => ({ kind: 'accepted' }) };
    await withWorker(env, { taskQueue, activities }, async () => {
      const place = aPlace();
      const id = await begin({ ...place, action: 'SUSPEND', requestedAt: Date.now() }, { taskQueue });
      const startedAt = await startOf(id);
      // Later runs begin so much later that their own start would make them newer.
      await sleep(3 * SECOND);
      await use({ id, place, startedAt });
      await env.client.workflow.getHandle(ownerWorkflowId('ISSUER1234', id)).terminate();
    });
  }

  const latestRunOf = async (id: string) =>
    env.client.workflow.getHandle(ownerWorkflowId('ISSUER1234', id)).describe();

  async function continueAsNew(id: string): Promise<void> {
    const handle = env.client.workflow.getHandle(ownerWorkflowId('ISSUER1234', id));
    const { runId } = await handle.describe();
    // What is no callback counts towards the length of a run, and for nothing else.
    for (let sent = 0; sent < 1_000; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, async () => handle.signal('virtualCardChanged', {})));
    }
    await eventually(
      async () => (await latestRunOf(id)).runId,
      (latest) => latest !== runId,
    );
  }

  async function reset(id: string): Promise<void> {
    const { workflowId, runId } = await latestRunOf(id);
    const firstTask = await eventually(
      async () => {
        const { events } = await env.client.workflow.getHandle(workflowId, runId).fetchHistory();
        return events?.find(({ workflowTaskCompletedEventAttributes: task }) => task instanceof Object);
      },
      (event) => event !== undefined,
    );
    await env.client.workflowService.resetWorkflowExecution({
      namespace: env.client.options.namespace,
      workflowExecution: { workflowId, runId },
      requestId: randomUUID(),
      workflowTaskFinishEventId: firstTask?.eventId as never,
    });
    await eventually(
      async () => (await latestRunOf(id)).runId,
      (latest) => latest !== runId,
    );
  }

  it.each<[string, readonly ((id: string) => Promise<void>)[]]>([
    ['has continued as new', [continueAsNew]],
    ['somebody has reset', [reset]],
    ['has continued as new and was reset', [continueAsNew, reset]],
    ['was reset and has continued as new', [reset, continueAsNew]],
  ])('also one that %s', async (_how, steps) => {
    await withSuspended(async ({ id, place, startedAt }) => {
      for (const step of steps) await step(id);
      const { runId, startTime } = await latestRunOf(id);
      expect(startTime.getTime()).toBeGreaterThan(startedAt + 2 * SECOND);
      await eventually(
        async () => (await env.client.workflow.count(`RunId = "${runId}"`)).count,
        (count) => count === 1,
      );
      const resume = (at: number): PlacedIntent => anIntent(place, { action: 'RESUME', startedAt: at });
      expect(await find(resume(startedAt + SECOND))).toBeUndefined();
      expect(await find(resume(startedAt + 999))).toBe(id);
    });
  });

  it('and knows itself by it, in every run and after a reset', async () => {
    const taskQueue = `test-${randomUUID()}`;
    const told: number[] = [];
    const activities = {
      wasReset,
      updateCardState: async ({ startedAt }: { startedAt: number }) => {
        told.push(startedAt);
        return { kind: 'again', effect: 'none', retryAfterMs: 500 };
      },
    };
    await withWorker(env, { taskQueue, activities }, async () => {
      const requestedAt = Date.now() + 45 * SECOND;
      const id = await begin({ ...aPlace(), action: 'SUSPEND', requestedAt }, { taskQueue });
      const startedAt = await startOf(id);
      for (const step of [continueAsNew, reset]) {
        await sleep(SECOND);
        await step(id);
        const before = told.length;
        await eventually(
          async () => told.length,
          (count) => count > before,
        );
      }
      expect(new Set(told)).toEqual(new Set([startedAt]));
      // What the server shows of it goes along too.
      const { memo } = await latestRunOf(id);
      expect(memo).toMatchObject({ requestedAt: new Date(startedAt).toISOString() });
      await env.client.workflow.getHandle(ownerWorkflowId('ISSUER1234', id)).terminate();
    });
  });
});

describe('last intent wins: across scopes', () => {
  const ofCard = ({ issuerCardRefId }: Pick<TokenRequest, 'issuerCardRefId'>) => ({ issuerCardRefId });

  it('a newer operation on the whole card takes over one on a token, and one on the card', async () => {
    const place = aPlace();
    const newer = await beginOnCard(ofCard(place), { child: true });
    expect(await find(anIntent(place))).toBe(newer);
    expect(await find(anIntent(ofCard(place)))).toBe(newer);
  });

  it('a child that sends for an operation on a card is no wish of its own', async () => {
    const place = aPlace();
    await beginOnCard(ofCard(place), { status: 'REJECTED', child: true });
    expect(await find(anIntent(place))).toBeUndefined();
  });

  it('one on another card, or with the same action, or an older one, takes over nothing', async () => {
    const place = aPlace();
    await beginOnCard(ofCard(aPlace()));
    await beginOnCard({ ...ofCard(place), action: 'SUSPEND' });
    expect(await find(anIntent(place))).toBeUndefined();
    await beginOnCard(ofCard(place));
    expect(await find(anIntent(place, { startedAt: Date.now() + 2 * SECOND }))).toBeUndefined();
  });

  it.each(['CONFIRMED', 'PARTIALLY_CONFIRMED', 'UNKNOWN'])('one that has ended %s does', async (status) => {
    const place = aPlace();
    const newer = await beginOnCard(ofCard(place), { status });
    expect(await find(anIntent(place))).toBe(newer);
  });

  it('a RESUME of the whole card gives way to a newer suspension of one of its tokens, a SUSPEND or DELETE does not', async () => {
    const place = aPlace();
    const newer = await begin({ ...place, action: 'SUSPEND', requestedAt: NOW + 1 });
    await untilListed(newer);
    expect(await find(anIntent(ofCard(place), { action: 'RESUME' }))).toBe(newer);
    const resumed = await begin({ ...place, action: 'RESUME', requestedAt: NOW + 2 });
    await untilListed(resumed);
    for (const action of ['SUSPEND', 'DELETE'] as const) {
      expect(await find(anIntent(ofCard(place), { action }))).toBeUndefined();
    }
  });
});
