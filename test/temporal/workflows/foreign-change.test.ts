import { randomUUID } from 'node:crypto';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { foreignChange } from '../../../workflows/index.js';
import { foreignChangeQuery, virtualCardChangedSignal } from '../../../src/contract/messages.js';
import { aChange, SECOND } from '../../support/builders.js';
import { sideBySide } from '../../support/temporal/side-by-side.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);
const it = sideBySide();

const CORRELATION_ID = 'wallet-1';

type Handle = WorkflowHandleWithFirstExecutionRunId<typeof foreignChange>;

/**
 * Starts one that stays open for this long after the last arrival, and hands it to a worker without activities.
 * `before` the worker runs no time passes for it: what has to come in one quiet period comes then.
 */
async function withForeignChange(
  quietMs: number,
  { before, use }: { before?: (handle: Handle) => Promise<void>; use: (handle: Handle) => Promise<void> },
): Promise<void> {
  const taskQueue = `test-${randomUUID()}`;
  const handle = await env.client.workflow.start<typeof foreignChange>('foreignChange', {
    workflowId: `lcm/ISSUER1234/${randomUUID()}`,
    taskQueue,
    args: [{ issuerId: 'ISSUER1234', correlationId: CORRELATION_ID, quietMs }],
  });
  await before?.(handle);
  await withWorker(env, { taskQueue, activities: {} }, async () => use(handle));
}

const wait = async (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

it('stays open for a quiet period after the last arrival, so that repeats and sister tokens join it', async () => {
  const use = async (handle: Handle): Promise<void> => {
    const startedAt = Date.now();
    await handle.signal(virtualCardChangedSignal, aChange());
    await wait(5 * SECOND);
    await handle.signal(virtualCardChangedSignal, aChange());
    await wait(5 * SECOND);
    await handle.signal(virtualCardChangedSignal, aChange({ virtualCardId: 'token-2' }));
    expect(await handle.result()).toMatchObject({
      tokens: [
        { virtualCardId: 'token-1', changes: [{ repeats: 1 }] },
        { virtualCardId: 'token-2', changes: [{ repeats: 0 }] },
      ],
    });
    expect(Date.now() - startedAt).toBeGreaterThan(18 * SECOND);
  };
  await withForeignChange(9 * SECOND, { use });
});

it('continues as new at a thousand signals and forgets nothing', async () => {
  const before = async (handle: Handle): Promise<void> => {
    await handle.signal(virtualCardChangedSignal, aChange({ virtualCardId: 'token-2', source: 'TSP' }));
    for (let batch = 0; batch < 10; batch += 1) {
      const signals = Array.from({ length: 100 }, async () =>
        handle.signal(virtualCardChangedSignal, aChange()),
      );
      await Promise.all(signals);
    }
  };
  const use = async (handle: Handle): Promise<void> => {
    const latest = env.client.workflow.getHandle<typeof foreignChange>(handle.workflowId);
    await eventually(
      async () => (await latest.describe()).runId,
      (runId) => runId !== handle.firstExecutionRunId,
    );
    expect((await latest.query(foreignChangeQuery)).tokens).toMatchObject([
      { virtualCardId: 'token-2', changes: [{ source: 'TSP', repeats: 0 }] },
      { virtualCardId: 'token-1', changes: [{ repeats: 999 }] },
    ]);
    await latest.signal(virtualCardChangedSignal, aChange());
    expect(await latest.result()).toMatchObject({ tokens: [{}, { changes: [{ repeats: 1_000 }] }] });
  };
  await withForeignChange(15 * SECOND, { before, use });
});

it('I3: ignores a signal that carries no change, and goes on', async () => {
  const before = async (handle: Handle): Promise<void> => {
    await handle.signal('virtualCardChanged');
    await handle.signal('virtualCardChanged', null);
    await handle.signal('virtualCardChanged', { virtualCardId: 'token-1' });
    await handle.signal(virtualCardChangedSignal, aChange());
  };
  const use = async (handle: Handle): Promise<void> => {
    expect(await handle.result()).toMatchObject({ tokens: [{ virtualCardId: 'token-1' }] });
  };
  await withForeignChange(SECOND, { before, use });
});
