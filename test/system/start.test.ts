// How the real process starts, refuses to start, and stops.
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { until, withOutput } from '../support/processes/processes.js';
import { aToken } from '../support/processes/simulator-client.js';
import { refusedStart, startStack, type Service, type Stack } from '../support/processes/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 120_000);
afterAll(async () => stack?.stop(), 120_000);
jest.setTimeout(240_000);

describe('a start that is refused', () => {
  it.each(['TEMPORAL_ADDRESS', 'LCM_HUB_URL', 'LCM_ISSUER_IDS'])(
    'I4: does not guess what is missing, and names it: %s',
    withOutput(async (name: string) => {
      const { [name]: _missing, ...variables } = await stack.variables();
      const { code, output } = await refusedStart(variables);
      expect(output).toContain(`${name}: required`);
      expect(code).toBe(1);
    }),
  );

  it(
    'I2: refuses a namespace without our search attributes, and says what to run',
    withOutput(async () => {
      await stack.temporal.command('operator', 'namespace', 'create', '-n', 'bare', '--retention', '90d');
      const { code, output } = await refusedStart(await inNamespace('bare'));
      expect(output).toMatch(/"bare" lacks the search attributes .*LcmIssuer.*run "npm run setup"/);
      expect(code).toBe(1);
    }),
  );

  it(
    'I2: refuses a namespace that forgets closed operations within a week, and says what to run',
    withOutput(async () => {
      await stack.temporal.setUp('brief');
      await stack.temporal.command('operator', 'namespace', 'update', '-n', 'brief', '--retention', '1d');
      const { code, output } = await refusedStart(await inNamespace('brief'));
      expect(output).toMatch(/"brief" keeps closed workflows for 1 days.*run "npm run setup"/);
      expect(output).not.toContain('search attributes');
      expect(code).toBe(1);
    }),
  );

  it(
    'refuses a namespace that is not there, and says what to run',
    withOutput(async () => {
      const { code, output } = await refusedStart(await inNamespace('nowhere'));
      expect(output).toMatch(/no namespace "nowhere".*run "npm run setup"/);
      expect(code).toBe(1);
    }),
  );

  it(
    'I8: refuses to work when a recorded history does not replay, and names it',
    withOutput(async () => {
      const release = join(stack.folder, 'release');
      cpSync(resolve('dist'), join(release, 'dist'), { recursive: true });
      cpSync(resolve('package.json'), join(release, 'package.json'));
      symlinkSync(resolve('node_modules'), join(release, 'node_modules'));
      const history = join(release, 'dist/histories/confirmed-by-callback.json');
      const recorded = readFileSync(history, 'utf8');
      // As if an earlier release had called an activity that this one does not.
      writeFileSync(history, recorded.replaceAll('"updateCardState"', '"changeCardState"'));
      const { code, output } = await refusedStart(await stack.variables(), join(release, 'dist/src/main.js'));
      expect(output).toMatch(/do not replay: confirmed-by-callback$/m);
      expect(code).toBe(1);
    }),
  );

  async function inNamespace(namespace: string) {
    return stack.variables({ roles: 'api', variables: { TEMPORAL_NAMESPACE: namespace } });
  }
});

it(
  'I2: warns of a retention under a month, and serves',
  withOutput(async () => {
    await stack.temporal.setUp('short');
    await stack.temporal.command('operator', 'namespace', 'update', '-n', 'short', '--retention', '10d');
    const service = await stack.service({ roles: 'api', variables: { TEMPORAL_NAMESPACE: 'short' } });
    expect(service.process.output()).toContain('keeps closed workflows for 10 days');
    await service.process.stop();
  }),
);

describe('a process for each role', () => {
  let api: Service;
  let callbacks: Service;
  let worker: Service;
  beforeAll(async () => {
    [api, callbacks, worker] = await Promise.all([
      stack.service({ roles: 'api' }),
      stack.service({ roles: 'callbacks' }),
      stack.service({ roles: 'worker' }),
    ]);
  }, 120_000);

  it(
    'I4: carries an operation from the request to the callback together',
    withOutput(async () => {
      const operation = await api.start(
        { action: 'SUSPEND', ...(await aToken(stack.simulator)) },
        { waitSeconds: 60 },
      );
      expect(operation).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', attempts: 1 });
      expect(callbacks.process.output()).toContain(operation.operationId);
      expect(await stack.simulator.effects(operation.operationId)).toHaveLength(1);
    }),
  );

  it(
    'answers for its health at the API port whatever its role, and there for nothing else',
    withOutput(async () => {
      for (const service of [api, callbacks, worker]) {
        expect(await service.ready()).toMatchObject({ status: 200, body: { ready: true } });
        expect(await service.get('/livez')).toMatchObject({ status: 200 });
      }
      for (const service of [callbacks, worker]) {
        const answered = await service.post({ action: 'SUSPEND', ...(await aToken(stack.simulator)) });
        expect(answered.status).toBe(404);
      }
    }),
  );

  it.each(['api', 'callbacks', 'worker'] as const)(
    'exits with 0 at SIGTERM: %s',
    withOutput(async (role: 'api' | 'callbacks' | 'worker') => {
      const service = { api, callbacks, worker }[role];
      expect(await service.process.stop(30_000)).toEqual({ code: 0, signal: null });
    }),
  );
});

it(
  'I2: a proxy in the environment is asked for nothing, and its password is not shown',
  withOutput(async () => {
    const dead = 'http://user:password-of-the-proxy@127.0.0.1:9';
    const names = ['http_proxy', 'https_proxy', 'grpc_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'all_proxy'];
    const variables = Object.fromEntries(names.map((name) => [name, dead]));
    const service = await stack.service({ variables });
    const card = await aToken(stack.simulator);
    expect(await service.start({ action: 'SUSPEND', ...card }, { waitSeconds: 20 })).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'CALLBACK',
    });
    expect(service.process.output()).toContain('no proxy is used');
    expect(service.process.output()).not.toContain('password-of-the-proxy');
    await service.process.stop();
  }),
);

it.each([0, 150, 400, 900, 1500])(
  'exits with 0 at SIGTERM %i ms after it began to listen, although its worker is only starting',
  withOutput(async (delayMs: number) => {
    const service = await stack.service({ roles: 'worker', untilReady: false });
    await until(
      () => service.process.output(),
      (output) => output.includes('listening'),
    );
    await new Promise((wake) => setTimeout(wake, delayMs));
    expect(await service.process.stop(30_000)).toEqual({ code: 0, signal: null });
  }),
);

describe('while Temporal is not there at the start', () => {
  let service: Service;
  beforeAll(async () => {
    await stack.temporal.kill();
    service = await stack.service({ untilReady: false });
  }, 120_000);

  it(
    'I1: answers callbacks 503 and is not ready',
    withOutput(async () => {
      const answered = await service.callBack('too-early', { virtualCardId: 'token-1', action: 'SUSPEND' });
      expect(answered.status).toBe(503);
      expect(answered.headers['retry-after']).toMatch(/^\d+$/);
      const ready = await service.ready();
      expect(ready).toMatchObject({ status: 503, body: { notReady: ['temporal', 'worker'] } });
      await until(
        () => service.process.output(),
        (output) => output.includes('Temporal does not answer'),
      );
    }),
  );

  it(
    'exits with 0 at SIGTERM',
    withOutput(async () => {
      const early = await stack.service({ roles: 'api,worker', untilReady: false });
      expect(await early.ready()).toMatchObject({ status: 503 });
      expect(await early.process.stop(30_000)).toEqual({ code: 0, signal: null });
    }),
  );

  it(
    'I3: keeps trying, and serves once it is there',
    withOutput(async () => {
      await stack.temporal.start();
      await until(
        async () => (await service.ready()).status,
        (status) => status === 200,
        60_000,
      );
      const change = { virtualCardId: 'token-1', action: 'SUSPEND' };
      expect(await service.callBack('in-time', change)).toMatchObject({ status: 200, body: {} });
      const token = await aToken(stack.simulator);
      const operation = await service.start({ action: 'SUSPEND', ...token }, { waitSeconds: 60 });
      expect(operation).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
      expect(await service.process.stop(30_000)).toEqual({ code: 0, signal: null });
    }),
  );
});
