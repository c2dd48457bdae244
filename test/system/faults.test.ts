// What is killed, and what has to hold afterwards: real processes that get SIGKILL at the worst moment.
import { setTimeout as sleep } from 'node:timers/promises';

import type { OperationView } from '../../src/domain/report/report.js';
import { ownerWorkflowId } from '../../src/contract/workflow-ids.js';
import { fetchRuns } from '../support/temporal/histories.js';
import { startHubGate, type HubGate } from '../support/processes/hub-gate.js';
import { until, withOutput } from '../support/processes/processes.js';
import { ISSUER, startStack, type Service, type Stack } from '../support/processes/stack.js';
import { aToken, type TokenAddress } from '../support/processes/simulator-client.js';

type Started = TokenAddress & { readonly operationId: string };

let stack: Stack;
let gate: HubGate;
beforeAll(async () => {
  stack = await startStack();
  gate = await startHubGate(stack.simulator.url);
}, 120_000);
afterAll(async () => {
  await gate?.close();
  await stack?.stop();
}, 120_000);
jest.setTimeout(240_000);

/** Starts the SUSPEND of a token of its own, whose callback the hub forgets until it is told to send it. */
async function suspend(service: Service, softDeadlineSeconds = 100): Promise<Started> {
  const token = await aToken(stack.simulator, '-lost');
  const body = { action: 'SUSPEND', ...token, softDeadlineSeconds, hardDeadlineSeconds: 120 } as const;
  const { operationId } = await service.start(body);
  return { ...token, operationId };
}

async function suspendSeveral(service: Service, count: number): Promise<Started[]> {
  return Promise.all(Array.from({ length: count }, async () => suspend(service)));
}

async function each(operations: readonly Started[], act: (started: Started) => Promise<void>): Promise<void> {
  await Promise.all(operations.map(act));
}

async function finalOf(service: Service, operations: readonly Started[]): Promise<OperationView[]> {
  return Promise.all(operations.map(async ({ operationId }) => service.final(operationId)));
}

/** Until it is stored: what only its worker knows of yet, a kill may undo. */
async function untilAwaiting(
  service: Service,
  operations: readonly Pick<Started, 'operationId'>[],
): Promise<void> {
  await Promise.all(
    operations.map(async ({ operationId }) =>
      until(
        async () => service.isListedAs(operationId, 'AWAITING_CALLBACK'),
        (isListed) => isListed,
      ),
    ),
  );
}

async function untilEffect({ operationId }: Started): Promise<void> {
  await until(
    async () => stack.simulator.effects(operationId),
    (effects) => effects.length === 1,
  );
}

/** Waits until the hub has taken the request of this operation, whose answer the gate holds back. */
async function untilHeld({ issuerCardRefId }: Started): Promise<void> {
  await until(
    () => gate.held(issuerCardRefId),
    (held) => held === 1,
  );
}

async function sendCallbacks(operations: readonly Started[]): Promise<void> {
  await each(operations, async (started) => {
    await untilEffect(started);
    await stack.simulator.sendCallback(started.virtualCardId, started.operationId);
  });
}

/** The status of every attempt of the hub to deliver its callback. */
async function deliveriesOf({ operationId }: Started): Promise<(number | null)[]> {
  return (await stack.simulator.callbacks(operationId)).map(({ status }) => status);
}

async function untilStored(operations: readonly Started[]): Promise<void> {
  await each(operations, async (started) => {
    await until(
      async () => deliveriesOf(started),
      (statuses) => statuses.at(-1) === 200,
    );
  });
}

async function expectOneEffectEach(operations: readonly Started[]): Promise<void> {
  for (const { operationId } of operations) {
    expect(await stack.simulator.effects(operationId)).toHaveLength(1);
  }
}

const byCallback = { status: 'CONFIRMED', effectiveStatus: 'CONFIRMED', evidence: 'CALLBACK' };

describe('the worker is killed', () => {
  let front: Service;
  let worker: Service;
  beforeAll(async () => {
    [front, worker] = await Promise.all([
      stack.service({ roles: 'api,callbacks' }),
      stack.service({ roles: 'worker', hubUrl: gate.url }),
    ]);
  }, 120_000);
  afterEach(() => gate.open());
  afterAll(async () => {
    await worker?.process.stop();
    await front?.process.stop();
  }, 120_000);

  it(
    'I1: stores the callbacks that come while no worker runs, and all operations end by them',
    withOutput(async () => {
      const operations = await suspendSeveral(front, 5);
      await untilAwaiting(front, operations);
      await worker.process.kill();
      await sendCallbacks(operations);
      await untilStored(operations);
      for (const started of operations) {
        expect((await deliveriesOf(started)).filter((status) => status === 200)).toHaveLength(1);
        const shown = { status: 'AWAITING_CALLBACK', final: false, partial: true };
        expect(await front.shown(started.operationId)).toMatchObject(shown);
      }
      worker = await stack.service({ roles: 'worker', hubUrl: gate.url });
      for (const operation of await finalOf(front, operations)) {
        expect(operation).toMatchObject({ ...byCallback, attempts: 1 });
      }
      await expectOneEffectEach(operations);
    }),
  );

  it(
    'I2: sends again what a killed worker had sent without hearing the answer, and there is one effect',
    withOutput(async () => {
      gate.shut();
      const started = await suspend(front);
      await untilEffect(started);
      await untilHeld(started);
      await worker.process.kill();
      gate.open();
      worker = await stack.service({ roles: 'worker' });
      const operation = await front.final(started.operationId);
      // The second attempt is refused, since the first had its effect: a reading tells.
      expect(operation).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', attempts: 2 });
      const updates = await stack.simulator.updates(started.operationId);
      expect(updates.map(({ status }) => status)).toEqual([200, 400]);
      await expectOneEffectEach([started]);
    }),
  );
});

describe('everything is killed', () => {
  it(
    'I1: keeps a callback that was answered 2xx',
    withOutput(async () => {
      const [front, worker] = await Promise.all([
        stack.service({ roles: 'api,callbacks' }),
        stack.service({ roles: 'worker' }),
      ]);
      const started = await suspend(front);
      await untilAwaiting(front, [started]);
      await worker.process.kill();
      await sendCallbacks([started]);
      await untilStored([started]);
      await Promise.all([stack.temporal.kill(), front.process.kill()]);

      await stack.temporal.start();
      const service = await stack.service();
      expect(await service.final(started.operationId)).toMatchObject({ ...byCallback, attempts: 1 });
      expect((await deliveriesOf(started)).filter((status) => status === 200)).toHaveLength(1);
      await service.process.stop();
    }),
  );
});

describe('Temporal is killed', () => {
  let service: Service;
  let waiting: Started[];
  let overdue: Started;
  let inFlight: Started;
  beforeAll(async () => {
    service = await stack.service({ hubUrl: gate.url });
    waiting = await suspendSeveral(service, 3);
    // Its soft deadline passes while Temporal is away.
    overdue = await suspend(service, 5);
    await untilAwaiting(service, [...waiting, overdue]);
    gate.shut();
    inFlight = await suspend(service);
    await untilHeld(inFlight);
    await stack.temporal.kill();
    gate.open();
    await sendCallbacks([...waiting, inFlight]);
  }, 120_000);
  afterAll(async () => service?.process.stop(), 120_000);

  it(
    'I1: answers a callback 503 with Retry-After in time, and never 2xx',
    withOutput(async () => {
      const change = { virtualCardId: 'token-1', action: 'SUSPEND' };
      const rounds = ['first', 'second', 'third'].map(async (round) =>
        service.callBack(`while-down-${round}`, change),
      );
      for (const answered of await Promise.all(rounds)) {
        expect(answered.status).toBe(503);
        expect(answered.headers['retry-after']).toMatch(/^\d+$/);
        expect(answered.tookMs).toBeLessThan(5_000);
      }
      await each(waiting, async (started) => {
        const statuses = await until(
          async () => deliveriesOf(started),
          ({ length }) => length > 0,
        );
        expect(new Set(statuses)).toEqual(new Set([503]));
      });
    }),
  );

  it(
    'I2: does not promise an operation that it cannot store, and says that it is alive, but not ready',
    withOutput(async () => {
      const body = { action: 'SUSPEND', issuerCardRefId: 'card-1', virtualCardId: 'card-1-apple' };
      const answered = await service.post(body);
      expect(answered).toMatchObject({
        status: 503,
        body: { code: 'temporal_unavailable', recoverable: true },
      });
      expect(answered.headers['retry-after']).toMatch(/^\d+$/);
      expect(answered.tookMs).toBeLessThan(10_000);
      expect(await service.ready()).toMatchObject({ status: 503, body: { notReady: ['temporal'] } });
      expect(await service.get('/livez')).toMatchObject({ status: 200 });
    }),
  );

  it(
    'I1, I3: goes on with the same process once Temporal is back, and every operation ends',
    withOutput(async () => {
      await stack.temporal.start();
      await until(
        async () => (await service.ready()).status,
        (status) => status === 200,
        30_000,
      );
      for (const operation of await finalOf(service, waiting)) expect(operation).toMatchObject(byCallback);
      expect(await service.final(overdue.operationId)).toMatchObject({
        status: 'CONFIRMED',
        evidence: 'READING',
      });
      expect(await service.final(inFlight.operationId)).toMatchObject({ status: 'CONFIRMED' });
      await expectOneEffectEach([...waiting, overdue, inFlight]);
      expect(service.process.isRunning()).toBe(true);

      const fresh = await suspend(service);
      await sendCallbacks([fresh]);
      expect(await service.final(fresh.operationId)).toMatchObject({ ...byCallback, attempts: 1 });
    }),
  );
});

describe('SIGTERM', () => {
  it(
    'I2: answers who waits at once, lets the attempt at the hub end, and exits with 0',
    withOutput(async () => {
      const service = await stack.service({ hubUrl: gate.url });
      const token = await aToken(stack.simulator, '-silent');
      const answer = service.post({ action: 'SUSPEND', ...token }, { waitSeconds: 30 });
      const [silent] = await until(
        async () => stack.simulator.updatesOf(token.virtualCardId),
        (updates) => updates.length === 1,
      );
      // Its answer has passed the gate, so what is held back from now on is another's.
      await untilAwaiting(service, [{ operationId: silent?.correlationId ?? '' }]);
      gate.shut();
      const inFlight = await suspend(service);
      await untilHeld(inFlight);

      const terminatedAt = performance.now();
      const stopped = service.process.stop(30_000);
      expect(await answer).toMatchObject({ status: 202, body: { final: false, ...token } });
      expect(performance.now() - terminatedAt).toBeLessThan(10_000);
      await sleep(500);
      gate.open();
      expect(await stopped).toEqual({ code: 0, signal: null });

      const workflowId = ownerWorkflowId(ISSUER, inFlight.operationId);
      const runs = await fetchRuns(stack.temporal.address);
      const types = runs.find((run) => run.workflowId === workflowId)?.eventTypes ?? [];
      expect(types).toContain('EVENT_TYPE_ACTIVITY_TASK_COMPLETED');
      expect(types).not.toContain('EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT');

      const next = await stack.service();
      await sendCallbacks([inFlight]);
      expect(await next.final(inFlight.operationId)).toMatchObject({ ...byCallback, attempts: 1 });
      await expectOneEffectEach([inFlight]);
      await next.process.stop();
    }),
  );
});
