import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../../activities/index.js';
import type { OperationFilter } from '../../../src/application/gateway.js';
import {
  cardRequestWorkflowId,
  lateWorkflowId,
  ownerWorkflowId,
} from '../../../src/contract/workflow-ids.js';
import { createBoundedCalls } from '../../../src/temporal/connection/bounded-calls.js';
import { createLateBasisLookUp } from '../../../src/temporal/operations/closed-operation.js';
import { createLazyClient } from '../../../src/temporal/connection/connect.js';
import {
  GatewayUnavailableError,
  type Gateway,
  type StartRequest,
} from '../../../src/application/gateway.js';
import { listOperations } from '../../../src/temporal/visibility/list-operations.js';
import { createTemporalGateway } from '../../../src/temporal/temporal-gateway.js';
import { virtualCardChangedSignal } from '../../../src/contract/messages.js';
import { aChange, HOUR, SECOND } from '../../support/builders.js';
import { createFakeHub } from '../../support/fake-hub.js';
import { aGateway, someSettings, patientCallsOn } from '../../support/temporal/gateway.js';
import { allPages, createPlacing, listed, type Placed } from '../../support/listed-operations.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
let place: ReturnType<typeof createPlacing>;
beforeAll(async () => {
  env = await startTemporal();
  place = createPlacing(env.client);
}, 60_000);
afterAll(async () => env?.teardown());
jest.setTimeout(60_000);

const ISSUER = 'ISSUER1234';
const OTHER = 'ISSUER9999';
const NOW = Date.UTC(2026, 10, 1);
/** What the worker of these tests looks up for late arrivals is real. */
const findLateBasis: Activities['findLateBasis'] = async (asked) =>
  createLateBasisLookUp(env.client, patientCallsOn(env.client))(asked);
const aCard = (): string => `card-${randomUUID()}`;
const ids = (items: readonly { operationId: string }[]): string[] =>
  items.map(({ operationId }) => operationId);

describe('the list of operations', () => {
  it('goes from the newest request to the oldest, in whatever order they started and closed', async () => {
    const gateway = aGateway(env.client);
    const issuerCardRefId = aCard();
    const requestedAt = [3, 1, 4, 1, 5, 9, 2, 6].map((minute) => NOW + minute * 60_000);
    const placed = [];
    for (const at of requestedAt) {
      placed.push({ at, ...(await place({ issuerCardRefId, requestedAt: at })) });
    }
    for (const index of [5, 0, 6]) await placed[index]?.terminate();
    const inOrder = placed.toSorted(
      (left, right) => right.at - left.at || (left.operationId > right.operationId ? -1 : 1),
    );
    const asked = { issuerId: ISSUER, filter: { issuerCardRefId } };
    await listed(gateway, asked, 8);
    for (const limit of [1, 3, 8, 100]) {
      expect(ids(await allPages(gateway, { ...asked, limit }))).toEqual(ids(inOrder));
    }
    // A page that ends with the last one says that there is no other.
    expect(await gateway.listOperations({ ...asked, limit: 8 })).not.toHaveProperty('next');
  });

  it('neither shows an operation twice nor leaves one out while others start and close', async () => {
    const gateway = aGateway(env.client);
    const issuerCardRefId = aCard();
    const before: Placed[] = [];
    for (let index = 0; index < 9; index += 1) {
      before.push(await place({ issuerCardRefId, requestedAt: NOW + index * 1000 }));
    }
    const asked = { issuerId: ISSUER, filter: { issuerCardRefId } };
    await listed(gateway, asked, 9);
    let started = 0;
    const items = await allPages(gateway, { ...asked, limit: 2 }, async () => {
      started += 1;
      await place({ issuerCardRefId, requestedAt: NOW + HOUR + started });
      await before[started]?.terminate();
      await listed(gateway, asked, 9 + started);
    });
    expect(ids(items)).toEqual(ids(before.toReversed()));
  });

  it('shows what the server itself knows, and nothing else', async () => {
    const gateway = aGateway(env.client);
    const issuerCardRefId = aCard();
    const retryOf = 'op-earlier';
    const { operationId } = await place({ issuerCardRefId, requestedAt: NOW, retryOf, action: 'DELETE' });
    expect(await listed(gateway, { issuerId: ISSUER, filter: { issuerCardRefId } }, 1)).toEqual([
      {
        operationId,
        correlationId: operationId,
        issuerId: ISSUER,
        scope: 'TOKEN',
        action: 'DELETE',
        issuerCardRefId,
        virtualCardId: 'token-1',
        status: 'REQUESTED',
        effectiveStatus: 'REQUESTED',
        final: false,
        outcomes: [],
        requestedAt: '2026-11-01T00:00:00.000Z',
        softDeadlineAt: '2026-11-01T00:15:00.000Z',
        hardDeadlineAt: '2026-11-04T00:00:00.000Z',
        retryOf,
        partial: true,
      },
    ]);
  });

  it('has what every filter means, and nothing else', async () => {
    const gateway = aGateway(env.client);
    const issuerCardRefId = aCard();
    const virtualCardId = `token-${randomUUID()}`;
    const token = await place({ issuerCardRefId, virtualCardId, requestedAt: NOW });
    const overdue = await place({ issuerCardRefId, requestedAt: NOW + 1, status: 'OVERDUE', idTaken: true });
    const card = await place({ scope: 'CARD', issuerCardRefId, requestedAt: NOW + 2, action: 'RESUME' });
    const find = async (filter: OperationFilter): Promise<string[]> =>
      ids(await allPages(gateway, { issuerId: ISSUER, filter: { issuerCardRefId, ...filter } }));
    await eventually(
      async () => find({}),
      (found) => found.length === 3,
    );
    expect(await find({ status: 'REQUESTED' })).toEqual(ids([card, token]));
    expect(await find({ status: 'OVERDUE' })).toEqual(ids([overdue]));
    expect(await find({ action: 'RESUME' })).toEqual(ids([card]));
    expect(await find({ scope: 'CARD' })).toEqual(ids([card]));
    expect(await find({ scope: 'TOKEN' })).toEqual(ids([overdue, token]));
    expect(await find({ virtualCardId })).toEqual(ids([token]));
    expect(await find({ attention: 'ID_TAKEN' })).toEqual(ids([overdue]));
    expect(await find({ from: NOW + 1 })).toEqual(ids([card, overdue]));
    expect(await find({ to: NOW + 1 })).toEqual(ids([token]));
    expect(await find({ from: NOW + 1, to: NOW + 2 })).toEqual(ids([overdue]));
    expect(await find({ scope: 'TOKEN', status: 'OVERDUE', action: 'RESUME' })).toEqual([]);
  });

  it('shows what ended without a result as UNKNOWN and TERMINATED, and finds it by that alone', async () => {
    const gateway = aGateway(env.client);
    const issuerCardRefId = aCard();
    const lost = await place({ issuerCardRefId, requestedAt: NOW, status: 'AWAITING_CALLBACK' });
    await lost.terminate();
    const find = async (filter: OperationFilter) =>
      allPages(gateway, { issuerId: ISSUER, filter: { issuerCardRefId, ...filter } });
    const [seen] = await eventually(
      async () => find({ status: 'UNKNOWN' }),
      (items) => items.length === 1,
    );
    expect(seen).toMatchObject({
      status: 'UNKNOWN',
      effectiveStatus: 'UNKNOWN',
      final: true,
      attention: 'TERMINATED',
    });
    expect(await find({ attention: 'TERMINATED' })).toEqual([seen]);
    expect(await find({ status: 'AWAITING_CALLBACK' })).toEqual([]);
  });

  it('has an operation on a card once, over when it was terminated, and never a child that sends for it', async () => {
    const gateway = aGateway(env.client);
    const issuerCardRefId = aCard();
    const asked = { issuerId: ISSUER, filter: { issuerCardRefId } };
    const { operationId, terminate } = await place({ scope: 'CARD', issuerCardRefId, requestedAt: NOW });
    // Also if it could be searched by all that its operation is found by.
    const owner = env.client.workflow.getHandle(ownerWorkflowId(ISSUER, operationId));
    const { memo = {}, typedSearchAttributes } = await owner.describe();
    for (const n of [1, 2]) {
      const workflowId = cardRequestWorkflowId(ISSUER, operationId, n);
      const options = { workflowId, taskQueue: 'nobody', memo, typedSearchAttributes };
      await env.client.workflow.start('cardRequest', options);
    }
    const query = `LcmCard = "${issuerCardRefId}"`;
    await eventually(
      async () => (await env.client.workflow.count(query)).count,
      (count) => count === 3,
    );
    expect(await allPages(gateway, asked)).toMatchObject([
      { operationId, scope: 'CARD', status: 'REQUESTED', final: false },
    ]);
    await terminate();
    const items = await eventually(
      async () => allPages(gateway, asked),
      ([item]) => item?.final === true,
    );
    expect(items).toMatchObject([
      { operationId, scope: 'CARD', status: 'UNKNOWN', effectiveStatus: 'UNKNOWN', attention: 'TERMINATED' },
    ]);
  });

  it.each([
    'a/b#',
    "a'b#",
    'a"b#',
    'a\\b#',
    '"#',
    '\\" OR LcmIssuer = "ISSUER1234#',
    'x" OR LcmIssuer != "#',
    'a%#',
    'a_#',
    '%#',
    'ä€𝄞#',
    'a`b--;#',
    "'#",
    "#'",
    "'#'",
    '#\'"',
    '#"\'',
  ])('keeps references and issuers apart, whatever a reference is made of: %s', async (odd) => {
    const gateway = aGateway(env.client);
    // Beginning alike, so that what the query cannot express is told apart by what was found.
    const own = randomUUID().slice(0, 8);
    const reference = odd.replace('#', own);
    const decoys = [`${reference}x`, `${reference}"`, `${reference}'`, `b${reference}`];
    const mine = await place({ issuerCardRefId: reference, virtualCardId: reference, requestedAt: NOW });
    const theirs = await place({
      issuerId: OTHER,
      issuerCardRefId: reference,
      virtualCardId: reference,
      requestedAt: NOW,
    });
    for (const decoy of decoys) {
      await place({ issuerCardRefId: decoy, virtualCardId: decoy, requestedAt: NOW });
    }
    for (const filter of [{ issuerCardRefId: reference }, { virtualCardId: reference }]) {
      expect(ids(await listed(gateway, { issuerId: ISSUER, filter }, 1))).toEqual(ids([mine]));
      expect(ids(await listed(gateway, { issuerId: OTHER, filter }, 1))).toEqual(ids([theirs]));
    }
  });

  it('finds an operation by what came late, until a person has decided, and shows what is now known', async () => {
    const taskQueue = `test-${randomUUID()}`;
    const gateway = aGateway(env.client, { taskQueue });
    const activities = { ...createFakeHub().activities, findLateBasis };
    const find = async (filter: OperationFilter) => allPages(gateway, { issuerId: ISSUER, filter });
    await withWorker(env, { taskQueue, activities }, async () => {
      const started = await gateway.startOperation(aStart());
      if (started.kind === 'key-reused') throw new Error('the key is in use');
      const { operationId, issuerCardRefId } = started.operation;
      const ref = { issuerId: ISSUER, operationId };
      const callback = aChange({ correlationId: operationId });
      await gateway.deliver(ISSUER, callback);
      await gateway.waitForOperation(ref, { waitMs: 60 * SECOND });
      const [confirmed] = await eventually(
        async () => find({ issuerCardRefId, status: 'CONFIRMED' }),
        (items) => items.length === 1,
      );
      expect(confirmed).toMatchObject({ effectiveStatus: 'CONFIRMED', final: true });
      expect(confirmed).not.toHaveProperty('attention');

      await gateway.deliver(ISSUER, { ...callback, errorCode: 231 });
      const [disputed] = await eventually(
        async () => find({ issuerCardRefId, attention: 'CONFLICT' }),
        (items) => items.length === 1,
      );
      // The recorded status never changes.
      expect(disputed).toMatchObject({ operationId, status: 'CONFIRMED', effectiveStatus: 'UNKNOWN' });
      expect(await find({ issuerCardRefId, status: 'UNKNOWN' })).toEqual([]);

      await gateway.resolveOperation(ref, { status: 'FAILED', note: 'n', by: 'jo' });
      await eventually(
        async () => find({ issuerCardRefId, attention: 'CONFLICT' }),
        (items) => items.length === 0,
      );
      const [decided] = await find({ issuerCardRefId });
      expect(decided).toMatchObject({ status: 'CONFIRMED', effectiveStatus: 'FAILED' });
      expect(decided).not.toHaveProperty('attention');
      // Another run says so again; the earlier one, which has closed, does not count any more.
      await env.client.workflow.getHandle(lateWorkflowId(ISSUER, operationId)).result();
      await gateway.deliver(ISSUER, { ...callback, errorCode: 232 });
      await eventually(
        async () => find({ issuerCardRefId, attention: 'CONFLICT' }),
        (items) => items.length === 1,
      );
    });
  });

  it('leaves out of ?attention= an operation whose own attention somebody has cleared since', async () => {
    const taskQueue = `test-${randomUUID()}`;
    const gateway = aGateway(env.client, { taskQueue });
    const issuerCardRefId = aCard();
    const { operationId, terminate } = await place({ issuerCardRefId, requestedAt: NOW });
    await terminate();
    const asked = { issuerId: ISSUER, filter: { issuerCardRefId, attention: 'TERMINATED' } } as const;
    expect(ids(await listed(gateway, asked, 1))).toEqual([operationId]);
    const activities = { ...createFakeHub().activities, findLateBasis };
    await withWorker(env, { taskQueue, activities }, async () => {
      const decision = { status: 'CONFIRMED', note: 'seen in the portal', by: 'jo' } as const;
      await gateway.resolveOperation({ issuerId: ISSUER, operationId }, decision);
      await listed(gateway, asked, 0);
    });
    const filter = { issuerCardRefId };
    expect(await allPages(gateway, { issuerId: ISSUER, filter })).toMatchObject([
      { operationId, status: 'UNKNOWN', effectiveStatus: 'CONFIRMED', final: true },
    ]);
  });

  it('shows an operation that has continued as new once, at the place of its request', async () => {
    const taskQueue = `test-${randomUUID()}`;
    const gateway = aGateway(env.client, { taskQueue });
    await withWorker(env, { taskQueue, activities: createFakeHub().activities }, async () => {
      const started = await gateway.startOperation(aStart());
      if (started.kind === 'key-reused') throw new Error('the key is in use');
      const { operationId, issuerCardRefId, requestedAt } = started.operation;
      const newer = await place({ issuerCardRefId, requestedAt: Date.parse(requestedAt) + 1 });
      const owner = env.client.workflow.getHandle(ownerWorkflowId(ISSUER, operationId));
      const first = (await owner.describe()).runId;
      const odd = aChange({ correlationId: operationId, action: 'ACTIVATE' });
      // Not by the gateway, whose deadline a busy machine may miss.
      for (let batch = 0; batch < 20; batch += 1) {
        const some = Array.from({ length: 51 }, async () => owner.signal(virtualCardChangedSignal, odd));
        await Promise.all(some);
      }
      await eventually(
        async () => (await owner.describe()).runId,
        (runId) => runId !== first,
      );
      const asked = { issuerId: ISSUER, filter: { issuerCardRefId } };
      await listed(gateway, asked, 2);
      const items = await allPages(gateway, { ...asked, limit: 1 });
      expect(ids(items)).toEqual([newer.operationId, operationId]);
      expect(items[1]).toMatchObject({ requestedAt, attention: 'UNEXPECTED_CALLBACK' });
      await owner.terminate();
    });
  });

  it('takes few calls of the server, also when it holds more than it tells by one', async () => {
    const gateway = aGateway(env.client);
    const issuerCardRefId = aCard();
    const placed: Placed[] = [];
    for (let index = 0; index < 60; index += 1) {
      placed.push(await place({ issuerCardRefId, requestedAt: NOW + index * 1000 }));
      // The server tells of the newest end first, so that they hide the oldest requests.
      if (index < 30) await placed[index]?.terminate();
    }
    const asked = { issuerId: ISSUER, filter: { issuerCardRefId } };
    await listed(gateway, asked, 60);
    const list = jest.spyOn(env.client.workflow, 'list');
    const cautious: Pick<Gateway, 'listOperations'> = {
      listOperations: async (request) =>
        listOperations(env.client, request, { clock: () => NOW + HOUR, rowsPerCall: 20 }),
    };
    const items = await allPages(cautious, { ...asked, limit: 10 }, async () => {
      expect(list.mock.calls.length).toBeLessThanOrEqual(6);
      list.mockClear();
    });
    list.mockRestore();
    expect(ids(items)).toEqual(ids(placed.toReversed()));
  });

  it('says that Temporal is not available when it does not answer', async () => {
    const nowhere = createLazyClient({ namespace: 'default', options: { address: '127.0.0.1:1' } });
    const calls = createBoundedCalls(nowhere.connection);
    const gateway = createTemporalGateway(nowhere.client, someSettings(), { calls });
    const startedAt = Date.now();
    await expect(gateway.listOperations({ issuerId: ISSUER, filter: {}, limit: 1 })).rejects.toThrow(
      GatewayUnavailableError,
    );
    expect(Date.now() - startedAt).toBeLessThan(10 * SECOND);
    await calls.drained();
    await nowhere.connection.close();
  });
});

function aStart(): StartRequest {
  const issuerCardRefId = aCard();
  const virtualCardId = 'token-1';
  return {
    issuerId: ISSUER,
    caller: '',
    idempotencyKey: randomUUID(),
    body: { action: 'SUSPEND', issuerCardRefId, virtualCardId },
    action: 'SUSPEND',
    issuerCardRefId,
    virtualCardId,
    softDeadlineSeconds: 60,
    hardDeadlineSeconds: 120,
  };
}
