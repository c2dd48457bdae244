// Last intent wins (design 5.1), on real processes: what was asked for while nothing could be sent must not overtake what
// was asked for later.
import { setTimeout as sleep } from 'node:timers/promises';

import { withOutput } from '../support/processes/processes.js';
import { aToken, type TokenAddress } from '../support/processes/simulator-client.js';
import { startStack, type Stack } from '../support/processes/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 120_000);
afterAll(async () => stack?.stop(), 120_000);
jest.setTimeout(240_000);

/** A send that starts later than this after its request looks for a newer intent first. */
const LATE_MS = 2_500;

it(
  'of two operations accepted while no worker runs only the later one reaches the hub, in both orders',
  withOutput(async () => {
    const doorman = await stack.service({ roles: 'api,callbacks' });
    const suspendThenResume = await aToken(stack.simulator);
    const resumeThenSuspend = await aToken(stack.simulator);
    const ask = async (action: 'SUSPEND' | 'RESUME', token: TokenAddress): Promise<string> => {
      const { operationId } = await doorman.start({ action, ...token });
      await sleep(20);
      return operationId;
    };
    const suspended = await ask('SUSPEND', suspendThenResume);
    const resumed = await ask('RESUME', resumeThenSuspend);
    // Closer together, the safer action counts as the newer, whatever was asked for first (decision 16).
    await sleep(LATE_MS);
    const thenResumed = await ask('RESUME', suspendThenResume);
    const thenSuspended = await ask('SUSPEND', resumeThenSuspend);
    await sleep(LATE_MS);
    const worker = await stack.service({ roles: 'worker' });
    for (const [overtaken, by] of [
      [suspended, thenResumed],
      [resumed, thenSuspended],
    ] as const) {
      expect(await doorman.final(overtaken)).toMatchObject({
        status: 'SUPERSEDED',
        evidence: 'NONE',
        attempts: 0,
        supersededBy: by,
      });
      expect(await stack.simulator.updates(overtaken)).toEqual([]);
    }
    // The token was never suspended, so the hub refuses the RESUME, and a reading shows why.
    expect(await doorman.final(thenResumed)).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    expect(await doorman.final(thenSuspended)).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
    const { issuerCardRefId, virtualCardId } = resumeThenSuspend;
    expect(await stack.simulator.token(issuerCardRefId, virtualCardId)).toMatchObject({
      status: 'SUSPENDED',
    });
    expect(await stack.simulator.effects(thenSuspended)).toHaveLength(1);
    await worker.process.kill();
    await doorman.process.kill();
  }),
);

it(
  'a request that the hub may have got is looked at, not sent again, once a newer one wants something else',
  withOutput(async () => {
    const service = await stack.service();
    const token = await aToken(stack.simulator, '-never-accepted');
    const body = { ...token, softDeadlineSeconds: 20, hardDeadlineSeconds: 40 };
    const first = await service.start({ action: 'SUSPEND', ...body });
    await sleep(500);
    const second = await service.start({ action: 'DELETE', ...body });
    // A 503 proves nothing about the effect: the token is read, and it is not suspended.
    expect(await service.final(first.operationId)).toMatchObject({
      status: 'UNKNOWN',
      evidence: 'NONE',
      attempts: 1,
      attention: 'UNKNOWN_OUTCOME',
      supersededBy: second.operationId,
    });
    expect(await stack.simulator.updates(first.operationId)).toHaveLength(1);
    expect(await service.operation(second.operationId)).toMatchObject({ final: false });
    await service.process.kill();
  }),
);
