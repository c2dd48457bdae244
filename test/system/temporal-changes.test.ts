// Temporal as it was found at the start need not stay so: what the process says and does then.
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { until, withOutput } from '../support/processes/processes.js';
import { aToken } from '../support/processes/simulator-client.js';
import { startStack, type Service, type Stack } from '../support/processes/stack.js';
import {
  PERMISSION_DENIED,
  startTemporalFront,
  type TemporalFront,
} from '../support/temporal/temporal-front.js';

let stack: Stack;
let front: TemporalFront;
beforeAll(async () => {
  stack = await startStack();
  front = await startTemporalFront(stack.temporal.address);
}, 120_000);
afterAll(async () => {
  await stack?.stop();
  await front?.close();
}, 120_000);
jest.setTimeout(240_000);

const CHANGE = { virtualCardId: 'token-1', action: 'SUSPEND' };

interface Readiness {
  readonly status: number;
  readonly details?: { readonly temporal?: unknown; readonly clock?: { readonly offsetMs: number } };
}

const readiness = async (service: Service): Promise<Readiness> =>
  service.ready().then(
    ({ status, body }) => ({ status, ...(body as object) }),
    // A busy machine may be too slow for one answer.
    () => ({ status: 0 }),
  );

const untilStatus = async (service: Service, wanted: number) =>
  until(
    async () => readiness(service),
    ({ status }) => status === wanted,
  );

async function behindFront(roles = 'api,callbacks,worker', untilReady = false): Promise<Service> {
  return stack.service({ roles, untilReady, variables: { TEMPORAL_ADDRESS: front.address } });
}

async function expectToWork(service: Service): Promise<void> {
  const token = await aToken(stack.simulator);
  const operation = await service.start({ action: 'SUSPEND', ...token }, { waitSeconds: 20 });
  expect(operation).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
}

it(
  'I1: a worker that cannot reach Temporal waits, and takes neither the API nor the callback port with it',
  withOutput(async () => {
    const fromWorker = () => front.arrived.filter(({ from }) => from === 'worker').length;
    const before = fromWorker();
    // The client is served, so that the namespace is found fit; the worker's own connection never stands.
    front.decide(({ from }) => (from === 'worker' ? 'tear' : 'pass'));
    const service = await behindFront();
    await until(
      () => (service.process.isRunning() ? service.process.output() : 'ended'),
      (output) => output === 'ended' || output.split('the worker cannot poll, trying again').length > 2,
    );
    expect(service.process.isRunning()).toBe(true);
    expect(fromWorker()).toBeGreaterThan(before + 1);
    expect(await service.ready()).toMatchObject({
      status: 503,
      body: { notReady: ['worker'], details: { worker: [expect.any(String)] } },
    });
    expect(await service.callBack('no-worker-yet', CHANGE)).toMatchObject({ status: 200, body: {} });

    front.decide(() => 'pass');
    await untilStatus(service, 200);
    await expectToWork(service);
    expect(await service.process.stop(20_000)).toEqual({ code: 0, signal: null });
  }),
);

it(
  'exits with 0 at SIGTERM while its worker waits for Temporal',
  withOutput(async () => {
    front.decide(({ from }) => (from === 'worker' ? 'tear' : 'pass'));
    const service = await behindFront('worker');
    await until(
      () => service.process.output(),
      (output) => output.includes('the worker cannot poll, trying again'),
    );
    expect(await service.process.stop(20_000)).toEqual({ code: 0, signal: null });
  }),
);

it(
  'serves behind an authoriser that refuses the operator service, and warns',
  withOutput(async () => {
    front.decide(({ service: asked }) => (asked === 'OperatorService' ? PERMISSION_DENIED : 'pass'));
    const service = await behindFront();
    await untilStatus(service, 200);
    expect(service.process.output()).toContain('does not list the search attributes');
    await expectToWork(service);
    expect(await service.process.stop(20_000)).toEqual({ code: 0, signal: null });
  }),
);

it.each([
  ['callbacks', 45_000],
  ['api', -45_000],
] as const)(
  'says in its log and its details that its clock is not that of Temporal, and serves: %s, %i ms',
  withOutput(async (roles: string, shiftMs: number) => {
    const shift = `const Real = Date; globalThis.Date = class extends Real {
      constructor(...given) { super(...(given.length > 0 ? given : [Real.now() + ${shiftMs}])); }
      static now() { return Real.now() + ${shiftMs}; }
    };`;
    const preload = `data:text/javascript,${encodeURIComponent(shift)}`;
    const service = await stack.service({ roles, variables: { NODE_OPTIONS: `--import=${preload}` } });
    const told = await until(
      async () => readiness(service),
      ({ details }) => Math.abs(details?.clock?.offsetMs ?? 0) > 5_000,
    );
    expect(told).toMatchObject({ status: 200, ready: true });
    expect(Math.sign(told.details?.clock?.offsetMs ?? 0)).toBe(Math.sign(shiftMs));
    const said = service.process.output().split('\n');
    expect(said.filter((line) => line.includes('not that of Temporal'))).toHaveLength(1);
    expect(await service.process.stop(20_000)).toEqual({ code: 0, signal: null });
  }),
);

it(
  'I1: is not ready once Temporal has lost its set-up, says what to run, and serves again by itself',
  withOutput(async () => {
    const service = await stack.service();
    await stack.temporal.kill();
    for (const end of ['', '-wal', '-shm'])
      rmSync(join(stack.temporal.folder, `t.db${end}`), { force: true });
    await stack.temporal.start();

    const refused = await until(
      async () => service.post({ action: 'SUSPEND', issuerCardRefId: 'card-1', virtualCardId: 'token-1' }),
      ({ body }) => /refused/.test((body as { detail?: string }).detail ?? ''),
    );
    expect(refused).toMatchObject({ status: 503, body: { code: 'temporal_unavailable', recoverable: true } });
    expect(await service.callBack('not-set-up', CHANGE)).toMatchObject({ status: 503 });
    const told = await until(
      async () => readiness(service),
      ({ details }) => details?.temporal !== undefined,
    );
    expect(told).toMatchObject({
      status: 503,
      ready: false,
      notReady: ['temporal'],
      details: {
        temporal: [
          expect.stringMatching(/lacks the search attributes LcmIssuer.*npm run setup/),
          expect.stringMatching(/keeps closed workflows for 1 days.*npm run setup/),
        ],
      },
    });
    expect(service.process.output()).toContain('the Temporal namespace is not fit any more');

    await stack.temporal.setUp();
    await untilStatus(service, 200);
    await expectToWork(service);
    expect(service.process.isRunning()).toBe(true);
    expect(await service.process.stop(20_000)).toEqual({ code: 0, signal: null });
  }),
);
