// What one callback costs does not grow with what is there already: as many as a run can hold come in one task, on a busy machine.
import { randomUUID } from 'node:crypto';
import { Worker as Thread } from 'node:worker_threads';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { VirtualCardChange } from '../../../src/domain/hub/change.js';
import type { Reading } from '../../../src/domain/hub/reading.js';
import { ownerWorkflowId } from '../../../src/contract/workflow-ids.js';
import type { cardOperation, cardRenewals } from '../../../workflows/index.js';
import { renewalsQuery, reportQuery, virtualCardChangedSignal } from '../../../src/contract/messages.js';
import { aChange, HOUR, SECOND } from '../../support/builders.js';
import { aCardRequest, countEvents, POLICY } from '../../support/card-operation.js';
import { createFakeHub } from '../../support/fake-hub.js';
import { aRenewal } from '../../support/renewals.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

/** The server takes 10,000 signals for a run. */
const SIGNALS = 9_900;
const BURNERS = 2;

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(600_000);

const idsOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `token-${index}`);
const listOf = (ids: readonly string[]): Reading => ({
  kind: 'listed',
  tokens: ids.map((virtualCardId) => ({ virtualCardId, status: 'RESUMED' })),
});

/** Sends one callback after the other for each token in turn, as fast as the server stores them; nothing runs meanwhile. */
async function signalAll(
  handle: WorkflowHandle,
  ids: readonly string[],
  toChange: (virtualCardId: string, round: number) => VirtualCardChange,
): Promise<void> {
  for (let sent = 0; sent < SIGNALS; sent += 50) {
    const some = Array.from({ length: Math.min(50, SIGNALS - sent) }, (_, index) => sent + index);
    await Promise.all(
      some.map(async (index) => {
        const id = ids[index % ids.length] ?? '';
        return handle.signal(virtualCardChangedSignal, toChange(id, Math.floor(index / ids.length)));
      }),
    );
  }
}

/** Keeps the machine's processors busy for as long as `use` takes. */
async function onABusyMachine(use: () => Promise<void>): Promise<void> {
  const threads = Array.from({ length: BURNERS }, () => new Thread('for (;;);', { eval: true }));
  try {
    await use();
  } finally {
    await Promise.all(threads.map(async (thread) => thread.terminate()));
  }
}

/**
 * A task that takes too long fails and is tried again, for ever. How long one takes on a machine that others use as well says
 * nothing, so it is only asked that it comes to an end.
 */
async function untilThrough(handle: WorkflowHandle, firstRunId: string): Promise<void> {
  await eventually(
    async () => (await handle.describe()).runId,
    (latest) => latest !== firstRunId,
    240 * SECOND,
  );
}

/** All of them have to be in the run that was there when nothing ran. */
async function signalsOf(run: WorkflowHandle): Promise<number | undefined> {
  return (await countEvents(run)).workflowExecutionSignaledEventAttributes;
}

it('I1: an operation on 2,500 tokens gets through 9,900 callbacks at once, beside threads that burn CPU', async () => {
  const taskQueue = `test-${randomUUID()}`;
  const request = aCardRequest({ softSeconds: 3_600, hardSeconds: 7_200 });
  const { issuerId, correlationId, action } = request;
  const ids = idsOf(2_500);
  const started = await env.client.workflow.start<typeof cardOperation>('cardOperation', {
    workflowId: ownerWorkflowId(issuerId, correlationId),
    taskQueue,
    args: [{ request, policy: POLICY, hubTimeoutMs: 2 * SECOND }],
  });
  const { firstExecutionRunId: runId, workflowId } = started;
  const hub = createFakeHub({ reading: () => listOf([...ids, 'silent']) });
  // A success of each token, a word on its device, and copies of both.
  await signalAll(started, ids, (virtualCardId, round) =>
    aChange({ correlationId, virtualCardId, action, ...(round % 2 === 1 && { errorCode: 221 }) }),
  );
  const latest = env.client.workflow.getHandle<typeof cardOperation>(workflowId);
  await onABusyMachine(async () => {
    await withWorker(env, { taskQueue, activities: hub.activities }, async () => {
      await untilThrough(latest, runId);
      const report = await latest.query(reportQuery);
      expect(report.outcomes.filter(({ result }) => result === 'CONFIRMED')).toHaveLength(2_500);
      expect(report.duplicates + report.heard.length + (report.omitted ?? 0)).toBe(SIGNALS);
      await latest.terminate();
    });
  });
  expect(await signalsOf(env.client.workflow.getHandle(workflowId, runId))).toBe(SIGNALS);
});

it('I1: the renewals of 2,000 tokens get through 9,900 callbacks at once, beside threads that burn CPU', async () => {
  const taskQueue = `test-${randomUUID()}`;
  const ids = idsOf(2_000);
  const started = await env.client.workflow.start<typeof cardRenewals>('cardRenewals', {
    workflowId: `renewals/ISSUER1234/${randomUUID()}`,
    taskQueue,
    args: [{ issuerId: 'ISSUER1234', quietMs: HOUR, readIntervalMs: HOUR, hubTimeoutMs: 2 * SECOND }],
  });
  const { firstExecutionRunId: runId, workflowId } = started;
  await signalAll(started, ids, (virtualCardId, round) =>
    aRenewal({ virtualCardId, correlationId: `r-${round % 3}` }),
  );
  const latest = env.client.workflow.getHandle<typeof cardRenewals>(workflowId);
  await onABusyMachine(async () => {
    await withWorker(env, { taskQueue, activities: createFakeHub().activities }, async () => {
      await untilThrough(latest, runId);
      const { tokens, omitted } = await latest.query(renewalsQuery);
      const kept = tokens.flatMap(({ renewals }) => renewals.map(({ repeats }) => 1 + repeats));
      expect(kept.reduce((sum, count) => sum + count, omitted)).toBe(SIGNALS);
      expect(tokens).toHaveLength(2_000);
      await latest.terminate();
    });
  });
  expect(await signalsOf(env.client.workflow.getHandle(workflowId, runId))).toBe(SIGNALS);
});
