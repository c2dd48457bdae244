// An operation on all tokens of a card, and its child that sends, when runs follow each other, are reset or ended by hand.
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Answer } from '../../../src/domain/hub/answer.js';
import { cancelUpdate, readUpdate } from '../../../src/contract/messages.js';
import { attentionKey } from '../../../src/contract/search-attributes.js';
import { SECOND } from '../../support/builders.js';
import {
  aCard,
  aCardOfTwo,
  aCardRequest,
  aGate,
  flood,
  startCardOperation,
  untilNextRun,
  withHub,
  type CardOperationHandles,
} from '../../support/card-operation.js';
import { createFakeHub, type FakeHub } from '../../support/fake-hub.js';
import { sideBySide } from '../../support/temporal/side-by-side.js';
import { eventually, startTemporal } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);
const it = sideBySide();

const LONG = { softSeconds: 600, hardSeconds: 900 };
const PUT_OFF: Answer = { kind: 'again', effect: 'possible', retryAfterMs: 600 * SECOND };

const untilSent = async (hub: FakeHub, count: number) =>
  eventually(
    async () => hub.sent.length,
    (sent) => sent === count,
  );
const statusOf = async (handle: WorkflowHandle): Promise<string> =>
  handle.describe().then(
    ({ status }) => status.name,
    () => 'not there',
  );
const untilStatusOf = async (handle: WorkflowHandle, wanted: string) =>
  eventually(
    async () => statusOf(handle),
    (status) => status === wanted,
  );

describe('it continues as new', () => {
  it('after a thousand signals, with nothing forgotten', async () => {
    const card = aCard({ 'token-1': 'RESUMED', 'token-2': 'RESUMED', 'token-3': 'INACTIVE' });
    const hub = createFakeHub({ reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, hear, report, result, untilStatus } = await startCardOperation(
        env,
        { taskQueue },
        LONG,
      );
      await untilStatus('AWAITING_CALLBACK');
      const { runId } = await operation.describe();
      await hear('token-1');
      await hear('token-1', { errorCode: 221 });
      await hear('token-8', { action: 'RESUME' });
      await hear('token-9');
      // The look that the odd one has caused is over, too.
      const before = await eventually(
        report,
        ({ heard, lastReading }) => heard.length === 4 && lastReading !== undefined,
      );
      await flood(async () => hear('token-1'));
      await untilNextRun(operation, runId);
      expect(await report()).toEqual({ ...before, duplicates: 1_000 });
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
    const hub = createFakeHub({
      reading: async (attempt) => {
        if (attempt === 2) await gate.passed;
        return card.reading();
      },
    });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, hear, untilStatus } = await startCardOperation(
        env,
        { taskQueue, hubTimeoutSeconds: 60 },
        LONG,
      );
      await untilStatus('AWAITING_CALLBACK');
      const { runId } = await operation.describe();
      // A look of a stranger's is under way when the person asks: only one that begins afterwards is an answer.
      await hear('token-9', { action: 'RESUME' });
      await eventually(
        async () => hub.read.length,
        (read) => read === 2,
      );
      const asked = operation.executeUpdate(readUpdate, { args: [{}] });
      await flood(async () => hear('token-9', { action: 'RESUME' }));
      expect((await operation.describe()).runId).toBe(runId);
      gate.open();
      await untilNextRun(operation, runId);
      expect(await asked).toMatchObject({ final: false });
      await eventually(
        async () => hub.read.length,
        (read) => read === 3,
      );
      await operation.terminate();
    });
  });

  it('I2: while its child still has to send: that is stopped and awaited, and a second one goes on with the request', async () => {
    const card = aCardOfTwo();
    const gate = aGate();
    const hub = createFakeHub({
      answer: async (attempt) => {
        await gate.passed;
        return attempt === 1 ? { kind: 'again', effect: 'possible' } : { kind: 'accepted' };
      },
      reading: card.reading,
    });
    await withHub(env, hub, async (taskQueue) => {
      const { request, operation, sender, hear, result, untilStatus } = await startCardOperation(
        env,
        { taskQueue, hubTimeoutSeconds: 60 },
        LONG,
      );
      await untilSent(hub, 1);
      const { runId } = await operation.describe();
      // What names another action proves nothing, and stops nothing.
      await flood(async () => hear('token-9', { action: 'RESUME' }));
      expect((await operation.describe()).runId).toBe(runId);
      gate.open();
      await untilNextRun(operation, runId);
      await untilStatus('AWAITING_CALLBACK');
      expect(await sender(1).result()).toMatchObject({ result: { kind: 'stopped', possiblySent: true } });
      expect(await sender(2).result()).toMatchObject({ result: { kind: 'accepted' } });
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-1');
      await hear('token-2');
      expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', attempts: 2 });
      expect(hub.sent.map(({ correlationId, isResend }) => [correlationId, isResend])).toEqual(
        [false, true].map((isResend) => [request.correlationId, isResend]),
      );
    });
  });
});

describe('a stray callback', () => {
  it('I2: with another action, or none, does not end the sending: the next attempt follows', async () => {
    const hub = createFakeHub({
      answer: (attempt) => (attempt === 1 ? { kind: 'unanswered' } : { kind: 'accepted' }),
      reading: aCardOfTwo().reading,
    });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, hear, report, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
      await untilSent(hub, 1);
      await hear('token-1', { action: 'RESUME' });
      await hear('token-2', { action: 'FREEZE' });
      await untilStatus('AWAITING_CALLBACK');
      expect(hub.sent).toHaveLength(2);
      expect(await report()).toMatchObject({ attention: 'UNEXPECTED_CALLBACK', attempts: 2 });
      await operation.terminate();
    });
  });
});

describe('the child ends without a result', () => {
  it('I2, I4: nothing is sent again, and what a look shows is what is known', async () => {
    const card = aCardOfTwo();
    const hub = createFakeHub({ answer: () => PUT_OFF, reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, sender, report, hear, result } = await startCardOperation(env, { taskQueue }, LONG);
      await untilSent(hub, 1);
      await eventually(
        async () => (await sender().fetchHistory()).events ?? [],
        (events) => events.some((event) => event.timerStartedEventAttributes),
      );
      card.become('SUSPENDED', 'token-1');
      await sender().terminate('by hand');
      const seen = await eventually(report, ({ outcomes }) => outcomes[0]?.result === 'CONFIRMED');
      expect(seen).toMatchObject({ final: false, attention: 'TERMINATED' });
      const shown = async () => (await operation.describe()).typedSearchAttributes.get(attentionKey);
      await eventually(shown, (attention) => attention === 'TERMINATED');
      card.become('SUSPENDED', 'token-2');
      await hear('token-2');
      expect(await result()).toMatchObject({ status: 'CONFIRMED', attention: 'TERMINATED' });
      expect(hub.sent).toHaveLength(1);
    });
  });

  it('I2: its id belongs to something else: nothing is sent, and something may have been', async () => {
    const hub = createFakeHub({ reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const request = aCardRequest({ softSeconds: 4, hardSeconds: 8 });
      const other = await env.client.workflow.start('foreignChange', {
        taskQueue,
        workflowId: `card-request/${request.issuerId}/${request.correlationId}`,
        args: [{ issuerId: request.issuerId, correlationId: 'another', quietMs: 600 * SECOND }],
      });
      const { result } = await startCardOperation(env, { taskQueue }, request);
      expect(await result()).toMatchObject({ status: 'UNKNOWN', evidence: 'NONE' });
      expect(hub.sent).toHaveLength(0);
      await other.terminate();
    });
  });
});

describe('it is terminated', () => {
  it('and its child with it: an attempt under way is the last one', async () => {
    const hub = createFakeHub({ answer: () => ({ kind: 'unanswered' }), reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, sender } = await startCardOperation(env, { taskQueue }, LONG);
      await untilSent(hub, 1);
      await operation.terminate('by hand');
      await untilStatusOf(sender(), 'TERMINATED');
      const sent = hub.sent.length;
      await new Promise((wake) => setTimeout(wake, 5 * SECOND));
      expect(hub.sent).toHaveLength(sent);
    });
  });
});

describe('it is reset by hand', () => {
  /** To before it has started its child, or to behind it. */
  async function reset(operation: WorkflowHandle, where: 'before' | 'behind'): Promise<void> {
    const { runId } = await operation.describe();
    const { events } = await operation.fetchHistory();
    const all = events ?? [];
    const started = all.findIndex((event) => event.childWorkflowExecutionStartedEventAttributes);
    const isTask = (event: (typeof all)[number]): boolean =>
      event.workflowTaskCompletedEventAttributes !== undefined &&
      event.workflowTaskCompletedEventAttributes !== null;
    const to = where === 'before' ? all.find(isTask) : all.find((event, at) => at > started && isTask(event));
    await env.client.workflowService.resetWorkflowExecution({
      namespace: env.client.options.namespace,
      workflowExecution: { workflowId: operation.workflowId, runId },
      workflowTaskFinishEventId: to?.eventId ?? null,
      reason: 'a test',
      requestId: randomUUID(),
    });
    await untilNextRun(operation, runId);
  }

  async function withSending(
    answer: (attempt: number) => Answer,
    use: (
      given: CardOperationHandles & { hub: FakeHub; card: ReturnType<typeof aCardOfTwo> },
    ) => Promise<void>,
  ): Promise<void> {
    const card = aCardOfTwo();
    const hub = createFakeHub({ answer, reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const handles = await startCardOperation(env, { taskQueue }, LONG);
      await untilSent(hub, 1);
      await use({ ...handles, hub, card });
    });
  }

  it('I2: to before its child was started, after the hub has accepted: nothing is sent again', async () => {
    await withSending(
      () => ({ kind: 'accepted' }),
      async ({ operation, hear, result, untilStatus, hub, card }) => {
        await untilStatus('AWAITING_CALLBACK');
        await hear('token-1');
        await reset(operation, 'before');
        card.become('SUSPENDED', 'token-1', 'token-2');
        await hear('token-2');
        expect(await result()).toMatchObject({
          status: 'CONFIRMED',
          evidence: 'CALLBACK',
          outcomes: [{ result: 'CONFIRMED' }, { result: 'CONFIRMED' }],
        });
        expect(hub.sent).toHaveLength(1);
      },
    );
  });

  it('I2: to before its child was started, while that still sends: it is stopped, and what it did is looked for', async () => {
    await withSending(
      () => PUT_OFF,
      async ({ operation, sender, hear, result, hub, card }) => {
        await reset(operation, 'before');
        expect(await sender().result()).toMatchObject({ result: { kind: 'stopped', possiblySent: true } });
        card.become('SUSPENDED', 'token-1', 'token-2');
        await hear('token-1');
        await hear('token-2');
        expect(await result()).toMatchObject({ status: 'CONFIRMED', attention: 'TERMINATED' });
        expect(hub.sent).toHaveLength(1);
      },
    );
  });

  it('I2: to before its child was started, whose record is gone: the new one sends nothing either', async () => {
    await withSending(
      () => ({ kind: 'accepted' }),
      async ({ operation, sender, hear, result, hub, card, untilStatus }) => {
        await untilStatus('AWAITING_CALLBACK');
        await env.client.workflowService.deleteWorkflowExecution({
          namespace: env.client.options.namespace,
          workflowExecution: { workflowId: sender().workflowId },
        });
        await untilStatusOf(sender(), 'not there');
        await reset(operation, 'before');
        // The child of a run that was reset does not know what an earlier one has sent.
        await untilStatusOf(sender(), 'COMPLETED');
        expect(await sender().result()).toMatchObject({ result: { kind: 'lost' } });
        card.become('SUSPENDED', 'token-1', 'token-2');
        await hear('token-1');
        await hear('token-2');
        expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
        expect(hub.sent).toHaveLength(1);
      },
    );
  });

  it('I4: to before its child was started, and cancelled: not CANCELLED as never sent, but looked at', async () => {
    await withSending(
      () => PUT_OFF,
      async ({ operation, result, hub, card }) => {
        card.become('SUSPENDED', 'token-1', 'token-2');
        await operation.executeUpdate(cancelUpdate, { args: [{}] });
        await reset(operation, 'before');
        expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
        expect(hub.sent).toHaveLength(1);
      },
    );
  });

  it('I2: to behind the start of its child: it hears of its end, and can still stop it', async () => {
    await withSending(
      () => PUT_OFF,
      async ({ operation, sender, result, hub }) => {
        await reset(operation, 'behind');
        await operation.executeUpdate(cancelUpdate, { args: [{}] });
        expect(await result()).toMatchObject({ status: 'UNKNOWN', attempts: 1 });
        expect(await sender().result()).toMatchObject({ result: { kind: 'stopped', possiblySent: true } });
        expect(hub.sent).toHaveLength(1);
      },
    );
  });

  it('I4: its child is reset by hand: an attempt that it has forgotten counts as a possible first', async () => {
    await withSending(
      (attempt) => (attempt === 1 ? PUT_OFF : { kind: 'refused', errorCode: 111, httpStatus: 400 }),
      async ({ sender, result, hub, card }) => {
        card.become('SUSPENDED', 'token-1', 'token-2');
        const { runId } = await sender().describe();
        const { events } = await sender().fetchHistory();
        const first = (events ?? []).find((event) => event.workflowTaskCompletedEventAttributes);
        await env.client.workflowService.resetWorkflowExecution({
          namespace: env.client.options.namespace,
          workflowExecution: { workflowId: sender().workflowId, runId },
          workflowTaskFinishEventId: first?.eventId ?? null,
          reason: 'a test',
          requestId: randomUUID(),
        });
        expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
        expect(hub.sent).toHaveLength(2);
      },
    );
  });
});

describe('I2: cancelled at any instant', () => {
  it.each(Array.from({ length: 12 }, (_, step) => [step * 120]))(
    'after %i ms it is CANCELLED if and only if nothing was sent, and tells every attempt',
    async (delayMs) => {
      const hub = createFakeHub({
        answer: async () => {
          await new Promise((wake) => setTimeout(wake, 200));
          return { kind: 'unanswered' };
        },
        reading: aCardOfTwo().reading,
      });
      await withHub(env, hub, async (taskQueue) => {
        const { operation, sender, result } = await startCardOperation(env, { taskQueue }, LONG);
        await new Promise((wake) => setTimeout(wake, delayMs));
        await operation.executeUpdate(cancelUpdate, { args: [{}] });
        const report = await result();
        expect(report.attempts).toBe(hub.sent.length);
        expect(report.status).toBe(hub.sent.length === 0 ? 'CANCELLED' : 'UNKNOWN');
        const child = await statusOf(sender());
        expect(['COMPLETED', 'not there']).toContain(child);
      });
    },
  );
});
