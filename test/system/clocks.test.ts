// Real processes, one of which has a clock that differs from everybody else's.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { aToken } from '../support/processes/simulator-client.js';
import { startStack, type Service, type Stack } from '../support/processes/stack.js';

const SKEW_MS = 45_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 120_000);
afterAll(async () => stack?.stop(), 120_000);
jest.setTimeout(240_000);

/** An API process whose clock is ahead. */
async function anApiThatIsAhead(): Promise<Service> {
  const preload = join(stack.folder, 'clock.mjs');
  writeFileSync(
    preload,
    `const Real = Date;
     globalThis.Date = class extends Real {
       constructor(...given) { if (given.length > 0) super(...given); else super(Real.now() + ${SKEW_MS}); }
       static now() { return Real.now() + ${SKEW_MS}; }
     };`,
  );
  return stack.service({ roles: 'api', variables: { NODE_OPTIONS: `--import=${preload}` } });
}

it('last intent wins: a stolen phone stays suspended, although the RESUME before came by an API host whose clock is ahead', async () => {
  const ahead = await anApiThatIsAhead();
  const right = await stack.service({ roles: 'api,callbacks' });
  const token = await aToken(stack.simulator);
  const resume = await ahead.start({ action: 'RESUME', ...token });
  await sleep(3_000);
  const suspend = await right.start({ action: 'SUSPEND', ...token });
  expect(Date.parse(resume.requestedAt)).toBeGreaterThan(Date.parse(suspend.requestedAt));
  // Neither went out unquestioned.
  await sleep(2_500);
  await stack.service({ roles: 'worker' });
  expect(await right.final(resume.operationId)).toMatchObject({
    status: 'SUPERSEDED',
    supersededBy: suspend.operationId,
    attempts: 0,
  });
  expect(await right.final(suspend.operationId)).toMatchObject({ status: 'CONFIRMED' });
  expect((await stack.simulator.token(token.issuerCardRefId, token.virtualCardId)).status).toBe('SUSPENDED');
  // By Temporal's clock the RESUME came first, and so it is shown.
  const [shownResume, shownSuspend] = await Promise.all([
    ahead.operation(resume.operationId),
    ahead.operation(suspend.operationId),
  ]);
  expect(Date.parse(shownResume.requestedAt)).toBeLessThan(Date.parse(shownSuspend.requestedAt));
});
