import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createActivities, type ActivityDependencies } from '../../../activities/index.js';
import type { Action } from '../../../src/domain/hub/token-state.js';
import { toTokenOperationStart } from '../../../src/temporal/operations/start-options.js';
import { createHubClient, type HubClient } from '../../../src/tsh/hub-client.js';
import { createTraffic } from '../../../src/tsh/traffic.js';
import type { tokenOperation } from '../../../workflows/index.js';
import { virtualCardChangedSignal } from '../../../src/contract/messages.js';
import { aChange, aRequest, SECOND } from '../../support/builders.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
let server: Server;
let hub: HubClient;
let requests = 0;
beforeAll(async () => {
  env = await startTemporal();
  server = createServer((request, response) => {
    requests += 1;
    request.resume().on('end', () => response.end());
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
  requests = 0;
});
jest.setTimeout(240_000);

/** Runs an operation that has waited for more than 2 s with the real activities, and this word on newer intents. */
async function withOperation(
  action: Action,
  findNewerIntent: ActivityDependencies['findNewerIntent'],
  use: (started: { result: () => Promise<unknown>; confirm: () => Promise<void> }) => Promise<void>,
): Promise<void> {
  const taskQueue = `test-${randomUUID()}`;
  const findLateBasis = async () => ({ kind: 'none' }) as const;
  const activities = createActivities({
    hub,
    traffic: createTraffic(),
    clock: Date.now,
    findNewerIntent,
    whenHandedOut: async () => Date.now(),
    findLateBasis,
    numericReferences: 'refuse',
  });
  const requestedAt = Date.now();
  const handle = await env.client.workflow.start<typeof tokenOperation>(
    'tokenOperation',
    toTokenOperationStart({
      request: aRequest({ correlationId: `op-${randomUUID()}`, action, requestedAt }),
      policy: { readIntervalMs: SECOND, confirmByReading: 'never' },
      hubTimeoutMs: SECOND,
      fingerprint: 'v1:test',
      taskQueue,
    }),
  );
  await sleep(2.5 * SECOND);
  await withWorker(env, { taskQueue, activities }, async () =>
    use({
      result: async () => handle.result(),
      confirm: async () => handle.signal(virtualCardChangedSignal, aChange({ action })),
    }),
  );
}

/** Fails the first times, and then finds nothing newer. */
function failing(times: number): { asked: () => number; find: ActivityDependencies['findNewerIntent'] } {
  let asked = 0;
  return {
    asked: () => asked,
    find: async () => {
      asked += 1;
      if (asked <= times) throw new Error('visibility is away');
      return undefined;
    },
  };
}

const untilSent = async (): Promise<unknown> =>
  eventually(
    async () => requests,
    (sent) => sent > 0,
  );

describe('last intent wins, while the look-up fails:', () => {
  it('a SUSPEND goes ahead at once', async () => {
    const lookUp = failing(Number.POSITIVE_INFINITY);
    await withOperation('SUSPEND', lookUp.find, async ({ result, confirm }) => {
      await untilSent();
      await confirm();
      expect(await result()).toMatchObject({ status: 'CONFIRMED', attempts: 1 });
      expect(lookUp.asked()).toBe(1);
      expect(requests).toBe(1);
    });
  });

  it.each(['RESUME', 'DELETE'] as const)('a %s is sent once it succeeds, and not before', async (action) => {
    const lookUp = failing(2);
    await withOperation(action, lookUp.find, async ({ result, confirm }) => {
      await eventually(
        async () => lookUp.asked(),
        (asked) => asked >= 2,
      );
      // A DELETE reads the card once beside its first send; nothing else has left.
      expect(requests).toBeLessThanOrEqual(action === 'DELETE' ? 1 : 0);
      await eventually(
        async () => lookUp.asked(),
        (asked) => asked === 3,
      );
      await untilSent();
      await confirm();
      expect(await result()).toMatchObject({ status: 'CONFIRMED', attempts: 1 });
    });
  });
});

it('last intent wins: an operation that finds a newer one ends SUPERSEDED without having sent anything', async () => {
  await withOperation(
    'SUSPEND',
    async () => 'op-newer',
    async ({ result }) => {
      expect(await result()).toMatchObject({
        status: 'SUPERSEDED',
        evidence: 'NONE',
        supersededBy: 'op-newer',
      });
      expect(requests).toBe(0);
    },
  );
});
