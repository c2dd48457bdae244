// New runs of the two workflows of an operation on a card: by continue-as-new, and by a reset that nobody should need.
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { FanOutStanding } from '../../../src/domain/card-operation/index.js';
import {
  cancelUpdate,
  fanOutChangedSignal,
  readUpdate,
  reportQuery,
  resolveUpdate,
} from '../../../workflows/messages.js';
import { SECOND } from '../../support/builders.js';
import {
  aCard,
  aCardHub,
  aCardOfTwo,
  aGate,
  flood,
  startCardOperation,
  untilNextRun,
  withHub,
} from '../../support/card-operation.js';
import { sideBySide } from '../../support/side-by-side.js';
import { eventually, startTemporal } from '../../support/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);
const it = sideBySide();

const LONG = { softSeconds: 600, hardSeconds: 900 };
const STANDING: FanOutStanding = {
  status: 'AWAITING_CALLBACK',
  progress: '0 of 2 confirmed',
  stopsSending: false,
};
const DECISION = { status: 'FAILED', note: 'seen in the portal', by: 'jo' } as const;

describe('the fan-out continues as new', () => {
  it('after a thousand signals, with nothing forgotten', async () => {
    const card = aCard({ 'token-1': 'RESUMED', 'token-2': 'RESUMED', 'token-3': 'INACTIVE' });
    const hub = aCardHub(env, { reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, fanOut, hear, outcomes, result, untilStatus } = await startCardOperation(
        env,
        { taskQueue },
        LONG,
      );
      await untilStatus('AWAITING_CALLBACK');
      const { runId } = await fanOut.describe();
      await hear('token-1');
      await hear('token-1', { errorCode: 221 });
      await hear('token-8', { action: 'RESUME' });
      await hear('token-9');
      const before = await eventually(outcomes, ({ heard }) => heard.length === 4);
      await flood(async () => hear('token-1'));
      await untilNextRun(fanOut, runId);
      const after = await outcomes();
      expect(after).toEqual({ ...before, duplicates: 1_000 });
      expect((await fanOut.describe()).memo?.['progress']).toBe((await sender.describe()).memo?.['progress']);
      card.become('SUSPENDED', 'token-1', 'token-2');
      card.become('DELETED', 'token-3');
      await hear('token-2');
      expect(await result()).toMatchObject({
        status: 'CONFIRMED',
        evidence: 'CALLBACK',
        duplicates: 1_000,
        attempts: 1,
        outcomes: [
          { virtualCardId: 'token-1', device: 'NOT_REACHED' },
          { virtualCardId: 'token-2', result: 'CONFIRMED' },
          { virtualCardId: 'token-3', result: 'NOT_ELIGIBLE' },
          { virtualCardId: 'token-9', expected: false },
        ],
        unexpected: [{ virtualCardId: 'token-8' }],
      });
      expect(hub.sent).toHaveLength(1);
    });
  });

  it('I3: and answers the reading that a person waits for at that moment', async () => {
    const card = aCardOfTwo();
    const gate = aGate();
    const hub = aCardHub(env, {
      reading: async (attempt) => {
        if (attempt === 2) await gate.passed;
        return card.reading();
      },
    });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, fanOut, hear, untilStatus } = await startCardOperation(
        env,
        { taskQueue, hubTimeoutSeconds: 60 },
        LONG,
      );
      await untilStatus('AWAITING_CALLBACK');
      const { runId } = await fanOut.describe();
      // A look of a stranger's is under way when the person asks: only one that begins afterwards is an answer.
      await hear('token-9', { action: 'RESUME' });
      await eventually(
        async () => hub.read.length,
        (read) => read === 2,
      );
      const asked = sender.executeUpdate(readUpdate, { args: [{}] });
      await flood(async () => hear('token-9', { action: 'RESUME' }));
      expect((await fanOut.describe()).runId).toBe(runId);
      gate.open();
      await untilNextRun(fanOut, runId);
      expect(await asked).toMatchObject({ final: false });
      expect(hub.read).toHaveLength(3);
      await Promise.all([sender.terminate(), fanOut.terminate()]);
    });
  });
});

describe('the sender continues as new', () => {
  it('I2: after a thousand signals, knowing what it has sent, and does not send again because of it', async () => {
    const card = aCardOfTwo();
    const hub = aCardHub(env, {
      answer: () => ({ kind: 'again', effect: 'possible', retryAfterMs: 600 * SECOND }),
      reading: card.reading,
    });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, outcomes, result } = await startCardOperation(env, { taskQueue }, LONG);
      await eventually(
        async () => sender.query(reportQuery),
        ({ attempts }) => attempts === 1,
      );
      const { runId } = await sender.describe();
      await flood(async () => sender.signal(fanOutChangedSignal, STANDING));
      await untilNextRun(sender, runId);
      expect(await sender.query(reportQuery)).toMatchObject({ attempts: 1, final: false });
      await sender.executeUpdate(cancelUpdate, { args: [{}] });
      // Possibly sent: it has to be looked, and what is seen is not what was wanted.
      expect(await result()).toMatchObject({ status: 'UNKNOWN', attempts: 1 });
      expect(hub.sent).toHaveLength(1);
      expect((await outcomes()).final).toBe(true);
    });
  });

  it('between activities only: the answer of what is under way goes along, and the fan-out is told of it', async () => {
    const card = aCardOfTwo();
    const gate = aGate();
    const hub = aCardHub(env, {
      answer: async () => {
        await gate.passed;
        return { kind: 'accepted' };
      },
      reading: card.reading,
    });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, hear, result, untilStatus } = await startCardOperation(
        env,
        { taskQueue, hubTimeoutSeconds: 60 },
        LONG,
      );
      await eventually(
        async () => hub.sent.length,
        (sent) => sent === 1,
      );
      const { runId } = await sender.describe();
      await flood(async () => sender.signal(fanOutChangedSignal, { ...STANDING, status: 'REQUESTED' }));
      expect((await sender.describe()).runId).toBe(runId);
      gate.open();
      await untilNextRun(sender, runId);
      await untilStatus('AWAITING_CALLBACK');
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-1');
      await hear('token-2');
      expect(await result()).toMatchObject({
        status: 'CONFIRMED',
        attempts: 1,
        acceptedAt: expect.any(String),
      });
      expect(hub.sent).toHaveLength(1);
    });
  });

  it('and still takes what people want, and learns of the end of a fan-out that another run has started', async () => {
    const hub = aCardHub(env, { reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, result, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
      await untilStatus('AWAITING_CALLBACK');
      const { runId } = await sender.describe();
      await flood(async () => sender.signal(fanOutChangedSignal, STANDING));
      await untilNextRun(sender, runId);
      expect(await sender.executeUpdate(readUpdate, { args: [{}] })).toMatchObject({ final: false });
      expect(await sender.executeUpdate(resolveUpdate, { args: [DECISION] })).toMatchObject({
        status: 'FAILED',
        evidence: 'PERSON',
      });
      expect(await result()).toMatchObject({ status: 'FAILED', attempts: 1 });
    });
  });

  it('I4: and is UNKNOWN with attention TERMINATED when the fan-out is terminated after that', async () => {
    const hub = aCardHub(env, { reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, fanOut, result, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
      await untilStatus('AWAITING_CALLBACK');
      const { runId } = await sender.describe();
      await flood(async () => sender.signal(fanOutChangedSignal, STANDING));
      await untilNextRun(sender, runId);
      await fanOut.terminate('by hand');
      expect(await result()).toMatchObject({ status: 'UNKNOWN', attention: 'TERMINATED', attempts: 1 });
    });
  });
});

describe('the sender is reset by hand', () => {
  /** To before it has started its fan-out. */
  async function reset(sender: WorkflowHandle): Promise<void> {
    const { runId } = await sender.describe();
    const { events } = await sender.fetchHistory();
    const first = (events ?? []).find((event) => event.workflowTaskCompletedEventAttributes);
    await env.client.workflowService.resetWorkflowExecution({
      namespace: env.client.options.namespace,
      workflowExecution: { workflowId: sender.workflowId, runId },
      workflowTaskFinishEventId: first?.eventId ?? null,
      reason: 'a test',
      requestId: randomUUID(),
    });
    await untilNextRun(sender, runId);
  }

  it('I2: to before its child was started, after the hub has accepted: it finds its own fan-out, and sends nothing', async () => {
    const card = aCardOfTwo();
    const hub = aCardHub(env, { reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, fanOut, hear, result, untilStatus } = await startCardOperation(
        env,
        { taskQueue },
        LONG,
      );
      await untilStatus('AWAITING_CALLBACK');
      const { runId } = await fanOut.describe();
      await hear('token-1');
      await reset(sender);
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-2');
      expect(await result()).toMatchObject({
        status: 'CONFIRMED',
        evidence: 'CALLBACK',
        outcomes: [{ result: 'CONFIRMED' }, { result: 'CONFIRMED' }],
      });
      expect(hub.sent).toHaveLength(1);
      expect((await fanOut.describe()).runId).toBe(runId);
    });
  });

  it('I2: while it sends: it goes on with the same correlation id, and takes a refusal for a possible echo', async () => {
    const card = aCardOfTwo();
    const hub = aCardHub(env, {
      answer: (attempt) =>
        attempt === 1
          ? { kind: 'again', effect: 'possible', retryAfterMs: 600 * SECOND }
          : { kind: 'refused', errorCode: 111, httpStatus: 400 },
      reading: card.reading,
    });
    await withHub(env, hub, async (taskQueue) => {
      const { request, sender, result } = await startCardOperation(env, { taskQueue }, LONG);
      await eventually(
        async () => sender.query(reportQuery),
        ({ attempts }) => attempts === 1,
      );
      card.become('SUSPENDED', 'token-1', 'token-2');
      await reset(sender);
      expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
      expect(hub.sent.map(({ correlationId }) => correlationId)).toEqual([
        request.correlationId,
        request.correlationId,
      ]);
    });
  });
});
