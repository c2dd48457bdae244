import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { PlacedIntent } from '../../src/domain/intent.js';
import type { TokenRequest } from '../../src/domain/operation/index.js';
import { cardOperationWorkflowId, ownerWorkflowId } from '../../src/domain/workflow-ids.js';
import { createBoundedCalls } from '../../src/temporal/bounded-calls.js';
import { createLazyClient } from '../../src/temporal/connect.js';
import { createNewerIntentLookUp } from '../../src/temporal/newer-intent.js';
import { toCardOperationStart, toTokenOperationStart } from '../../src/temporal/start-options.js';
import { scopeKey, statusKey } from '../../workflows/search-attributes.js';
import { aRequest, HOUR, MINUTE, SECOND } from '../support/builders.js';
import { aCardRequest } from '../support/card-operation.js';
import { eventually, startTemporal } from '../support/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);

/** A token of the test's own, so that the tests do not see each other's operations. */
function aPlace(): Pick<TokenRequest, 'issuerCardRefId' | 'virtualCardId'> {
  const id = randomUUID();
  return { issuerCardRefId: `card-${id}`, virtualCardId: `token-${id}` };
}

const NOW = Date.now();

/** Starts an operation that nobody works on; `status` is what the list of operations says of it. */
async function begin(
  request: Partial<TokenRequest>,
  { status, scope = 'TOKEN' }: { status?: string; scope?: 'TOKEN' | 'CARD' } = {},
): Promise<string> {
  const whole = aRequest({ correlationId: `op-${randomUUID()}`, requestedAt: NOW, ...request });
  const options = toTokenOperationStart({
    request: whole,
    policy: { readIntervalMs: SECOND, confirmByReading: 'never' },
    hubTimeoutMs: SECOND,
    fingerprint: 'v1:test',
    taskQueue: `nobody-${randomUUID()}`,
  });
  const changed = (options.typedSearchAttributes as { key: { name: string }; value: unknown }[]).map(
    (pair) => {
      if (pair.key.name === statusKey.name && status !== undefined) return { key: statusKey, value: status };
      return pair.key.name === scopeKey.name ? { key: scopeKey, value: scope } : pair;
    },
  );
  const isCard = scope === 'CARD';
  const { virtualCardId: _virtualCardId, ...memoOfCard } = options.memo ?? {};
  await env.client.workflow.start('tokenOperation', {
    ...options,
    ...(isCard && {
      workflowId: cardOperationWorkflowId(whole.issuerId, whole.correlationId),
      memo: memoOfCard,
    }),
    typedSearchAttributes: changed as NonNullable<typeof options.typedSearchAttributes>,
  });
  return whole.correlationId;
}

function anIntent(place: Partial<PlacedIntent>, overrides: Partial<PlacedIntent> = {}): PlacedIntent {
  return {
    operationId: 'op-own',
    issuerId: 'ISSUER1234',
    issuerCardRefId: 'card-1',
    action: 'SUSPEND',
    requestedAt: NOW,
    ...place,
    ...overrides,
  };
}

const find = async (intent: PlacedIntent) =>
  createNewerIntentLookUp(env.client, createBoundedCalls(env.client.connection))(intent);

/** Waits until the list shows it: visibility comes a little after the start. */
async function untilListed(operationId: string, issuerId = 'ISSUER1234'): Promise<void> {
  await eventually(
    async () => {
      const { count } = await env.client.workflow.count(
        `WorkflowId = "lcm/${issuerId}/${operationId}" OR WorkflowId = "card-operation/${issuerId}/${operationId}"`,
      );
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
    const newer = await begin(
      { issuerCardRefId: place.issuerCardRefId, action: 'DELETE', requestedAt: NOW + 1 },
      { scope: 'CARD' },
    );
    await untilListed(newer);
    expect(await find(anIntent(place))).toBe(newer);
  });

  it.each<[string, Partial<TokenRequest>, { status?: string }]>([
    ['is older', { action: 'RESUME', requestedAt: NOW - 1 }, {}],
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

  it('orders by the time of the request, not by the start: two API processes may differ', async () => {
    const place = aPlace();
    const asked = NOW + 5 * MINUTE;
    const started = await begin({ ...place, action: 'RESUME', requestedAt: asked });
    await untilListed(started);
    expect(await find(anIntent(place, { requestedAt: asked - 1 }))).toBe(started);
    expect(await find(anIntent(place, { requestedAt: asked + 1 }))).toBeUndefined();
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
    expect(await find(anIntent(aPlace(), { requestedAt: NOW - 72 * HOUR }))).toBeUndefined();
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

describe('last intent wins: across scopes', () => {
  /** An operation on a whole card that nobody works on. With `fanOut`, its child too, which shares its columns and memo. */
  async function beginOnCard(
    request: Partial<TokenRequest>,
    { status, fanOut = false }: { status?: string; fanOut?: boolean } = {},
  ): Promise<string> {
    const whole = aCardRequest({ requestedAt: NOW + 1, action: 'DELETE', ...request });
    const options = toCardOperationStart({
      request: whole,
      policy: { readIntervalMs: SECOND, confirmByReading: 'never' },
      hubTimeoutMs: SECOND,
      fingerprint: 'v1:test',
      taskQueue: `nobody-${randomUUID()}`,
    });
    const attributes = options.typedSearchAttributes as NonNullable<typeof options.typedSearchAttributes>;
    const pairs = attributes as { key: { name: string }; value: unknown }[];
    const ended = pairs.map((pair) =>
      pair.key.name === statusKey.name && status !== undefined ? { key: statusKey, value: status } : pair,
    ) as typeof attributes;
    const { issuerId, correlationId } = whole;
    await env.client.workflow.start('cardOperation', { ...options, typedSearchAttributes: ended });
    if (fanOut) {
      const workflowId = ownerWorkflowId(issuerId, correlationId);
      await env.client.workflow.start('cardFanOut', { ...options, workflowId, args: [] as never });
    }
    await eventually(
      async () =>
        (await env.client.workflow.count(`LcmCard = "${whole.issuerCardRefId}" AND LcmScope = "CARD"`)).count,
      (count) => count >= (fanOut ? 2 : 1),
    );
    return correlationId;
  }

  const ofCard = ({ issuerCardRefId }: Pick<TokenRequest, 'issuerCardRefId'>) => ({ issuerCardRefId });

  it('a newer operation on the whole card takes over one on a token, and one on the card', async () => {
    const place = aPlace();
    const newer = await beginOnCard(ofCard(place), { fanOut: true });
    expect(await find(anIntent(place))).toBe(newer);
    expect(await find(anIntent(ofCard(place)))).toBe(newer);
  });

  it('the fan-out of an operation on a card is no wish of its own', async () => {
    const place = aPlace();
    await beginOnCard(ofCard(place), { status: 'REJECTED', fanOut: true });
    expect(await find(anIntent(place))).toBeUndefined();
  });

  it('one on another card, or with the same action, or an older one, takes over nothing', async () => {
    const place = aPlace();
    await beginOnCard(ofCard(aPlace()));
    await beginOnCard({ ...ofCard(place), action: 'SUSPEND' });
    await beginOnCard({ ...ofCard(place), requestedAt: NOW - 1 });
    expect(await find(anIntent(place))).toBeUndefined();
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
