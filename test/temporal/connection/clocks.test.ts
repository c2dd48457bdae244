import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createActivities } from '../../../activities/index.js';
import type { OperationView } from '../../../src/domain/report/report.js';
import type { Action } from '../../../src/domain/hub/token-state.js';
import { ownerWorkflowId } from '../../../src/contract/workflow-ids.js';
import { createAttemptLookUp } from '../../../src/temporal/worker/attempt-look-up.js';
import type { Gateway } from '../../../src/application/gateway.js';
import { createNewerIntentLookUp } from '../../../src/temporal/worker/newer-intent.js';
import { createTemporalGateway } from '../../../src/temporal/temporal-gateway.js';
import { createHubClient, type HubClient } from '../../../src/tsh/hub-client.js';
import { createTraffic } from '../../../src/tsh/traffic.js';
import { SECOND } from '../../support/builders.js';
import { someSettings, patientCallsOn } from '../../support/temporal/gateway.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

const ISSUER = 'ISSUER1234';
const SKEW_MS = 45 * SECOND;

let env: TestWorkflowEnvironment;
let server: Server;
let hub: HubClient;
const sent: { action: string; virtualCardId: string }[] = [];

beforeAll(async () => {
  env = await startTemporal();
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.url?.endsWith('/updateCardState') === true) {
        sent.push(JSON.parse(Buffer.concat(parts).toString('utf8')) as (typeof sent)[number]);
      }
      response.end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  hub = createHubClient({ baseUrl: `http://127.0.0.1:${port}`, timeoutMs: SECOND });
}, 120_000);
afterAll(async () => {
  await hub?.close();
  await new Promise((closed) => server?.close(closed));
  await env?.teardown();
});
beforeEach(() => {
  sent.length = 0;
});
jest.setTimeout(240_000);

/** An API host whose clock differs from Temporal's by so much. */
function anApiHost(taskQueue: string, skewMs = 0): Gateway {
  return createTemporalGateway(env.client, someSettings({ taskQueue, hubTimeoutMs: SECOND }), {
    calls: patientCallsOn(env.client),
    clock: () => Date.now() + skewMs,
  });
}

async function ask(
  gateway: Gateway,
  {
    action,
    token,
    hardDeadlineSeconds = 60,
  }: { action: Action; token: string; hardDeadlineSeconds?: number },
): Promise<OperationView> {
  const asked = { action, issuerCardRefId: `card-of-${token}`, virtualCardId: token };
  const result = await gateway.startOperation({
    issuerId: ISSUER,
    caller: '',
    idempotencyKey: randomUUID(),
    body: asked,
    ...asked,
    softDeadlineSeconds: 30,
    hardDeadlineSeconds,
  });
  if (result.kind !== 'started') throw new Error(`it was not started: ${result.kind}`);
  return result.operation;
}

/** A worker whose clock differs from Temporal's by so much. */
async function withWorkerHost<T>(taskQueue: string, skewMs: number, use: () => Promise<T>): Promise<T> {
  const calls = patientCallsOn(env.client);
  const activities = createActivities({
    hub,
    traffic: createTraffic(),
    clock: () => Date.now() + skewMs,
    findNewerIntent: createNewerIntentLookUp(env.client, calls),
    whenHandedOut: createAttemptLookUp(env.client, calls),
    findLateBasis: async () => ({ kind: 'none' }),
    numericReferences: 'refuse',
  });
  return withWorker(env, { taskQueue, activities }, use);
}

async function untilListed({ operationId }: OperationView): Promise<void> {
  const query = `WorkflowId = "${ownerWorkflowId(ISSUER, operationId)}"`;
  await eventually(
    async () => (await env.client.workflow.count(query)).count,
    (count) => count === 1,
  );
}

async function startOf({ operationId }: OperationView): Promise<number> {
  const described = await env.client.workflow.getHandle(ownerWorkflowId(ISSUER, operationId)).describe();
  return described.startTime.getTime();
}

it.each([
  ['of an API host that is ahead', SKEW_MS, 0, 0],
  ['of the other API host that is behind', 0, -SKEW_MS, 0],
  ['of a worker that is ahead', 0, 0, SKEW_MS],
  ['of a worker that is behind', 0, 0, -SKEW_MS],
])(
  'last intent wins: a SUSPEND takes the place of the RESUME before it, whatever the clock %s says',
  async (_whose, firstSkewMs, secondSkewMs, workerSkewMs) => {
    const taskQueue = `test-${randomUUID()}`;
    const token = `token-${randomUUID()}`;
    const resume = await ask(anApiHost(taskQueue, firstSkewMs), { action: 'RESUME', token });
    await sleep(1.5 * SECOND);
    const suspend = await ask(anApiHost(taskQueue, secondSkewMs), { action: 'SUSPEND', token });
    await untilListed(resume);
    await untilListed(suspend);
    // Both wait for longer than what goes out unquestioned.
    await sleep(2.5 * SECOND);
    const api = anApiHost(taskQueue);
    await withWorkerHost(taskQueue, workerSkewMs, async () => {
      const ended = await eventually(
        async () => api.describeOperation({ issuerId: ISSUER, operationId: resume.operationId }),
        (seen) => seen?.final === true,
      );
      expect(ended).toMatchObject({ status: 'SUPERSEDED', supersededBy: suspend.operationId });
      await eventually(
        async () => sent.length,
        (count) => count > 0,
      );
      expect(sent).toMatchObject([{ action: 'SUSPEND' }]);
    });
  },
);

it.each([
  ['API host is ahead', SKEW_MS, 0],
  ['API host is behind', -SKEW_MS, 0],
  ['worker is ahead', 0, SKEW_MS],
  ['worker is behind', 0, -SKEW_MS],
])(
  'I3: an operation is sent at once, and its deadlines count from its start, when the clock of its %s',
  async (_whose, apiSkewMs, workerSkewMs) => {
    const taskQueue = `test-${randomUUID()}`;
    const token = `token-${randomUUID()}`;
    const asked = await ask(anApiHost(taskQueue, apiSkewMs), {
      action: 'SUSPEND',
      token,
      hardDeadlineSeconds: 30,
    });
    const startedAt = await startOf(asked);
    const api = anApiHost(taskQueue);
    const ref = { issuerId: ISSUER, operationId: asked.operationId };
    await withWorkerHost(taskQueue, workerSkewMs, async () => {
      const seen = await eventually(
        async () => api.describeOperation(ref),
        (operation) => operation?.attempts === 1 && operation.status !== 'REQUESTED',
        25 * SECOND,
      );
      expect(seen).toMatchObject({ status: 'AWAITING_CALLBACK', final: false });
      expect(sent).toHaveLength(1);
      const { requestedAt = '', softDeadlineAt = '', hardDeadlineAt = '' } = seen ?? {};
      expect(Math.abs(Date.parse(requestedAt) - startedAt)).toBeLessThanOrEqual(SECOND);
      expect(Date.parse(softDeadlineAt) - Date.parse(requestedAt)).toBe(30 * SECOND);
      expect(Date.parse(hardDeadlineAt) - Date.parse(requestedAt)).toBe(30 * SECOND);
      // What the server itself shows, and lists are ordered by, is the same.
      const shown = await eventually(
        async () =>
          (await api.listOperations({ issuerId: ISSUER, filter: { virtualCardId: token }, limit: 1 }))
            .items[0],
        (item) => item?.status === 'AWAITING_CALLBACK',
      );
      expect(shown).toMatchObject({ requestedAt, softDeadlineAt, hardDeadlineAt });
      await api.cancelOperation(ref, {});
    });
  },
);
