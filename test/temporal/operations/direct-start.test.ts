// An operation that is started through a Temporal client, without the API: the same ids, the same idempotency (I2).
import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';

import {
  DEFAULT_SETTINGS,
  GatewayUnavailableError,
  IdempotencyKeyReusedError,
  InvalidOperationError,
  startOperation,
  type DirectRequest,
} from '../../../src/direct/start-operation.js';
import { loadConfig } from '../../../src/config/config.js';
import { parseOperationRequest } from '../../../src/application/operation-request.js';
import { toGatewaySettings } from '../../../src/service.js';
import { createFakeHub } from '../../support/fake-hub.js';
import { aGateway, aPatientGateway } from '../../support/temporal/gateway.js';
import { sideBySide } from '../../support/temporal/side-by-side.js';
import { startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 60_000);
afterAll(async () => env?.teardown());
jest.setTimeout(60_000);
const it = sideBySide();

const BODY = { action: 'SUSPEND', issuerCardRefId: 'card-1', virtualCardId: 'token-1' } as const;
const CONFIG = loadConfig({
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  LCM_HUB_URL: 'http://127.0.0.1:3002',
  LCM_ISSUER_IDS: 'ISSUER1234',
});

function aRequest(overrides: Partial<DirectRequest> = {}): DirectRequest {
  return { issuerId: 'ISSUER1234', idempotencyKey: randomUUID(), ...BODY, ...overrides };
}

/** The same request at the API, which has parsed it. */
async function atTheApi({ issuerId, idempotencyKey, ...body }: DirectRequest) {
  const parsed = parseOperationRequest(body, CONFIG);
  if (!parsed.ok) throw new Error('a request that the API takes was expected');
  return aGateway(env.client).startOperation({ issuerId, caller: '', idempotencyKey, ...parsed.value });
}

it('has the defaults of the service for its own', () => {
  const { deadlines, numericReferences, cardResume } = CONFIG;
  const { taskQueue, policy, hubTimeoutMs } = toGatewaySettings(CONFIG);
  expect(DEFAULT_SETTINGS).toEqual({
    taskQueue,
    policy,
    hubTimeoutMs,
    deadlines,
    numericReferences,
    cardResume,
  });
});

it.each([['on one token', {}] as const, ['on all tokens of a card', { virtualCardId: undefined }] as const])(
  'I2: an operation %s is found by the API under the same key, and the other way round',
  async (_scope, change) => {
    const { virtualCardId, ...rest } = { ...aRequest(), ...change };
    const request: DirectRequest = { ...rest, ...(virtualCardId !== undefined && { virtualCardId }) };
    const first = await startOperation(env.client, request);
    expect(await atTheApi(request)).toMatchObject({
      kind: 'found',
      operation: { operationId: first.operationId },
    });
    const other: DirectRequest = { ...request, idempotencyKey: randomUUID() };
    const started = await atTheApi(other);
    if (started.kind !== 'started') throw new Error('it was expected to be new');
    const again = await startOperation(env.client, other);
    expect(again.operationId).toBe(started.operation.operationId);
    expect(again.requestedAt).toBe(started.operation.requestedAt);
  },
);

it('I2: a key that belongs to another request is refused', async () => {
  const request = aRequest();
  await startOperation(env.client, request);
  const other = startOperation(env.client, { ...request, action: 'DELETE' });
  await expect(other).rejects.toThrow(IdempotencyKeyReusedError);
  const { virtualCardId: _none, ...onCard } = request;
  await expect(startOperation(env.client, onCard)).rejects.toThrow(IdempotencyKeyReusedError);
});

it('runs like one that the API has started', async () => {
  const taskQueue = `lcm-${randomUUID()}`;
  const hub = createFakeHub();
  await withWorker(env, { taskQueue, activities: hub.activities }, async () => {
    const { operationId, issuerId, status } = await startOperation(env.client, aRequest(), { taskQueue });
    expect(status).toBe('REQUESTED');
    const gateway = aPatientGateway(env.client, { taskQueue });
    await gateway.deliver(issuerId, {
      correlationId: operationId,
      virtualCardId: 'token-1',
      action: 'SUSPEND',
      receivedAt: new Date().toISOString(),
    });
    const ended = await gateway.waitForOperation({ issuerId, operationId }, { waitMs: 60_000 });
    expect(ended).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
  });
});

describe('what is refused', () => {
  it.each<[string, Partial<DirectRequest>]>([
    ['issuerId', { issuerId: 'ISSUER/234' }],
    ['idempotencyKey', { idempotencyKey: 'two words' }],
    ['issuerCardRefId', { issuerCardRefId: '4111111111111111' }],
    ['softDeadlineSeconds', { softDeadlineSeconds: 0 }],
  ])('names %s, never its value', async (field, wrong) => {
    const error: unknown = await startOperation(env.client, aRequest(wrong)).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(InvalidOperationError);
    expect((error as InvalidOperationError).fields.map((each) => each.field)).toEqual([field]);
    for (const value of Object.values(wrong)) {
      if (typeof value === 'string') expect((error as Error).message).not.toContain(value);
    }
  });

  it('is a RESUME of a whole card where the service forbids it', async () => {
    const { virtualCardId: _none, ...onCard } = aRequest({ action: 'RESUME' });
    const refused = startOperation(env.client, onCard, { cardResume: 'refuse' });
    await expect(refused).rejects.toThrow(InvalidOperationError);
  });
});

it('says that it is not known when Temporal does not take the call', async () => {
  const client = new Client({ connection: env.connection, namespace: `nowhere-${randomUUID()}` });
  await expect(startOperation(client, aRequest())).rejects.toThrow(GatewayUnavailableError);
});
