// An operation on all tokens of a card: what it sends, by its child, what it hears, and what it returns.
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { NOTHING_LEFT } from '../../../src/domain/hub/answer.js';
import {
  attentionKey,
  deadlineKey,
  errorCodeKey,
  statusKey,
} from '../../../src/contract/search-attributes.js';
import { SECOND } from '../../support/builders.js';
import {
  aCard,
  aCardOfTwo,
  aGate,
  countEvents,
  startCardOperation,
  withHub,
} from '../../support/card-operation.js';
import { createFakeHub } from '../../support/fake-hub.js';
import { sideBySide } from '../../support/temporal/side-by-side.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);
const it = sideBySide();

const LONG = { softSeconds: 300, hardSeconds: 600 };

const nothingLeft = (nextRetryDelay: number) => (): never => {
  throw ApplicationFailure.create({ type: NOTHING_LEFT, message: 'refused', nextRetryDelay });
};

describe('one request for all tokens of a card', () => {
  it('is sent once, without a token, by a child of the owner of its callbacks', async () => {
    const card = aCardOfTwo();
    const owners: string[] = [];
    const hub = createFakeHub({
      reading: card.reading,
      answer: async (_attempt, { issuerId, correlationId }) => {
        const owner = env.client.workflow.getHandle(`lcm/${issuerId}/${correlationId}`);
        const { type, status } = await owner.describe();
        owners.push(`${type} ${status.name}`);
        return { kind: 'accepted' };
      },
    });
    await withHub(env, hub, async (taskQueue) => {
      const { hear, result, untilStatus } = await startCardOperation(env, { taskQueue });
      await untilStatus('AWAITING_CALLBACK');
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-1');
      await hear('token-2');
      expect(await result()).toMatchObject({
        scope: 'CARD',
        status: 'CONFIRMED',
        evidence: 'CALLBACK',
        final: true,
        attempts: 1,
        acceptedAt: expect.any(String),
        settledAt: expect.any(String),
        outcomes: [
          { virtualCardId: 'token-1', result: 'CONFIRMED', expected: true },
          { virtualCardId: 'token-2', result: 'CONFIRMED', expected: true },
        ],
        exposed: [],
      });
      expect(owners).toEqual(['cardOperation RUNNING']);
      expect(hub.sent).toHaveLength(1);
      expect(hub.sent[0]).not.toHaveProperty('virtualCardId');
      // The snapshot, and the comparison at the end.
      expect(hub.read).toHaveLength(2);
    });
  });

  it('does not wait for its tokens for longer than 2 s: then it is sent without a snapshot', async () => {
    const card = aCardOfTwo();
    const gate = aGate();
    const hub = createFakeHub({
      reading: async (attempt) => {
        if (attempt === 1) await gate.passed;
        return card.reading();
      },
    });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, hear, result, untilStatus } = await startCardOperation(
        env,
        { taskQueue, hubTimeoutSeconds: 30 },
        { softSeconds: 6 },
      );
      await untilStatus('AWAITING_CALLBACK');
      gate.open();
      const { events } = await operation.fetchHistory();
      const looks = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled?.activityType?.name === 'getCardInfo'
          ? [Number(scheduled.scheduleToCloseTimeout?.seconds)]
          : [],
      );
      expect(looks[0]).toBe(2);
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-1');
      // All that happened to report is not all: the list that takes the snapshot's place says who is missing.
      expect(await result()).toMatchObject({
        status: 'CONFIRMED',
        outcomes: [
          { virtualCardId: 'token-1', evidence: 'CALLBACK', expected: true },
          { virtualCardId: 'token-2', evidence: 'READING', expected: true },
        ],
      });
    });
  });

  it.each([
    [
      'PARTIALLY_CONFIRMED when one token failed',
      { 'token-1': undefined, 'token-2': 231 },
      'PARTIALLY_CONFIRMED',
    ],
    ['FAILED when all failed', { 'token-1': 231, 'token-2': 231 }, 'FAILED'],
  ])('ends %s, and names what can still pay', async (_what, words, status) => {
    const card = aCardOfTwo();
    const hub = createFakeHub({ reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, hear, result, untilStatus } = await startCardOperation(env, { taskQueue });
      await untilStatus('AWAITING_CALLBACK');
      const exposed: string[] = [];
      for (const [virtualCardId, errorCode] of Object.entries(words)) {
        if (errorCode === undefined) card.become('SUSPENDED', virtualCardId);
        else exposed.push(virtualCardId);
        await hear(virtualCardId, errorCode === undefined ? {} : { errorCode });
      }
      expect(await result()).toMatchObject({ status, errorCode: 231, exposed, attention: 'TOKEN_EXPOSED' });
      const { typedSearchAttributes, status: closed } = await operation.describe();
      expect(closed.name).toBe('COMPLETED');
      expect(typedSearchAttributes.get(statusKey)).toBe(status);
      expect(typedSearchAttributes.get(attentionKey)).toBe('TOKEN_EXPOSED');
      expect(typedSearchAttributes.get(errorCodeKey)).toBe(231);
      expect(typedSearchAttributes.get(deadlineKey)).toBeUndefined();
    });
  });

  it('I3: is OVERDUE at the soft deadline, and UNKNOWN at the hard one when no token ever says anything', async () => {
    const hub = createFakeHub({ reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, result } = await startCardOperation(
        env,
        { taskQueue },
        { softSeconds: 4, hardSeconds: 9 },
      );
      const described = async () => (await operation.describe()).typedSearchAttributes;
      const overdue = await eventually(described, (attributes) => attributes.get(statusKey) === 'OVERDUE');
      expect(overdue.get(attentionKey)).toBe('OVERDUE');
      expect(await result()).toMatchObject({
        status: 'UNKNOWN',
        evidence: 'NONE',
        attention: 'TOKEN_EXPOSED',
        outcomes: [{ result: 'SILENT' }, { result: 'SILENT' }],
        exposed: ['token-1', 'token-2'],
      });
    });
  });

  it('I3: completes with its report although every activity fails for good', async () => {
    const broken = (): never => {
      throw ApplicationFailure.nonRetryable('a bug of ours', 'UNEXPECTED');
    };
    await withHub(env, createFakeHub({ answer: broken, reading: broken }), async (taskQueue) => {
      const { operation, result } = await startCardOperation(
        env,
        { taskQueue },
        { softSeconds: 2, hardSeconds: 5 },
      );
      expect(await result()).toMatchObject({
        status: 'UNKNOWN',
        evidence: 'NONE',
        attention: 'UNKNOWN_OUTCOME',
      });
      expect((await operation.describe()).status.name).toBe('COMPLETED');
    });
  });

  it('says in one line what it is about, and so does its child', async () => {
    const hub = createFakeHub({ reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, sender, untilStatus } = await startCardOperation(env, { taskQueue });
      await untilStatus('AWAITING_CALLBACK');
      expect(await (await operation.describe()).staticSummary()).toBe('SUSPEND all tokens of card card-1');
      expect(await (await sender().describe()).staticSummary()).toBe(
        'sends SUSPEND for all tokens of card card-1',
      );
      const summariesOf = async (handle: WorkflowHandle) =>
        ((await handle.fetchHistory()).events ?? []).map((event) =>
          event.userMetadata?.summary?.data?.toString(),
        );
      expect(await summariesOf(operation)).toContain(
        '"reading of card card-1: its tokens before the change"',
      );
      expect(await summariesOf(sender())).toContain('"SUSPEND all tokens of card card-1"');
      await operation.terminate();
    });
  });
});

describe('the hub refuses the card', () => {
  it.each([
    ['for good', 111, 'RESUMED', { status: 'REJECTED', evidence: 'ANSWER' }],
    [
      'for the state, and the tokens are elsewhere',
      432,
      'RESUMED',
      { status: 'REJECTED', evidence: 'ANSWER' },
    ],
    [
      'for the state, and the tokens are as wanted',
      432,
      'SUSPENDED',
      { status: 'CONFIRMED', evidence: 'READING' },
    ],
  ])('%s', async (_what, errorCode, state, outcome) => {
    const card = aCard({ 'token-1': state, 'token-2': state });
    const hub = createFakeHub({
      answer: () => ({ kind: 'refused', errorCode, httpStatus: 400 }),
      reading: card.reading,
    });
    await withHub(env, hub, async (taskQueue) => {
      const { result } = await startCardOperation(env, { taskQueue });
      expect(await result()).toMatchObject({ ...outcome, attempts: 1, final: true });
      expect(hub.sent).toHaveLength(1);
    });
  });

  it('for the state, and lists nothing: nobody knows, since the reference may be wrong', async () => {
    const hub = createFakeHub({
      answer: () => ({ kind: 'refused', errorCode: 432, httpStatus: 400 }),
      reading: () => ({ kind: 'listed', tokens: [] }),
    });
    await withHub(env, hub, async (taskQueue) => {
      const { result } = await startCardOperation(env, { taskQueue });
      expect(await result()).toMatchObject({
        status: 'UNKNOWN',
        evidence: 'NONE',
        errorCode: 432,
        attention: 'UNKNOWN_OUTCOME',
      });
    });
  });
});

describe('sending', () => {
  it('ends FAILED and NEVER_SENT at the hard deadline when nothing ever left this machine', async () => {
    const hub = createFakeHub({ answer: nothingLeft(300) });
    await withHub(env, hub, async (taskQueue) => {
      const { result } = await startCardOperation(env, { taskQueue }, { softSeconds: 3, hardSeconds: 6 });
      const report = await result();
      expect(report).toMatchObject({
        status: 'FAILED',
        evidence: 'NONE',
        attention: 'NEVER_SENT',
        attempts: 0,
      });
      // Its child says so at once: there is nothing to wait for any longer.
      const lateMs = Date.parse(report.settledAt ?? '') - Date.parse(report.hardDeadlineAt);
      expect(lateMs).toBeLessThan(30 * SECOND);
    });
  });

  it('I2: goes on with the same correlation id after an attempt without an answer', async () => {
    const card = aCardOfTwo();
    const hub = createFakeHub({
      answer: (attempt) => ({ kind: attempt === 1 ? 'unanswered' : 'accepted' }),
      reading: card.reading,
    });
    await withHub(env, hub, async (taskQueue) => {
      const { request, hear, result, untilStatus } = await startCardOperation(env, { taskQueue });
      await untilStatus('AWAITING_CALLBACK');
      const ids = hub.sent.map(({ correlationId }) => correlationId);
      expect(ids).toEqual([request.correlationId, request.correlationId]);
      expect(hub.sent.map(({ isResend }) => isResend)).toEqual([false, true]);
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-1');
      await hear('token-2');
      expect(await result()).toMatchObject({ status: 'CONFIRMED', attempts: 2 });
    });
  });

  it('I2: ends with the first callback, which proves that the hub has the request', async () => {
    const card = aCardOfTwo();
    const hub = createFakeHub({ answer: () => ({ kind: 'unanswered' }), reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, hear, result } = await startCardOperation(env, { taskQueue });
      await eventually(
        async () => hub.sent.length,
        (sent) => sent === 1,
      );
      await hear('token-1');
      // The child is asked to stop at once; its next attempts would have come after 2, 4, 8 s.
      expect(await sender().result()).toMatchObject({ result: { kind: 'stopped', possiblySent: true } });
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-2');
      const report = await result();
      expect(report).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
      expect(hub.sent).toHaveLength(report.attempts);
      expect(report.attempts).toBeLessThanOrEqual(2);
    });
  });

  it('keeps a callback that comes before the answer, and waits for the answer of what is under way', async () => {
    const card = aCardOfTwo();
    const gate = aGate();
    const hub = createFakeHub({
      answer: async () => {
        await gate.passed;
        return { kind: 'accepted' };
      },
      reading: card.reading,
    });
    await withHub(env, hub, async (taskQueue) => {
      const { hear, result } = await startCardOperation(env, { taskQueue });
      await eventually(
        async () => hub.sent.length,
        (sent) => sent === 1,
      );
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-1');
      await hear('token-2');
      setTimeout(gate.open, SECOND);
      expect(await result()).toMatchObject({
        status: 'CONFIRMED',
        evidence: 'CALLBACK',
        attempts: 1,
        outcomes: [{ evidence: 'CALLBACK' }, { evidence: 'CALLBACK' }],
      });
    });
  });

  it('I4: stops for a newer operation before anything was sent, and looks what happened when something may have been', async () => {
    const card = aCardOfTwo();
    const superseded = { kind: 'superseded', by: 'op-newer' } as const;
    const hub = createFakeHub({
      answer: (_attempt, { correlationId, isResend }) =>
        correlationId === 'op-sent' && !isResend ? { kind: 'unanswered' } : superseded,
      reading: card.reading,
    });
    await withHub(env, hub, async (taskQueue) => {
      const unsent = await startCardOperation(env, { taskQueue }, { correlationId: 'op-unsent' });
      expect(await unsent.result()).toMatchObject({
        status: 'SUPERSEDED',
        supersededBy: 'op-newer',
        attempts: 0,
      });
      const sent = await startCardOperation(env, { taskQueue }, { correlationId: 'op-sent' });
      expect(await sent.result()).toMatchObject({
        status: 'UNKNOWN',
        supersededBy: 'op-newer',
        attempts: 1,
      });
    });
  });
});

describe('how far it is', () => {
  it('stands in the memo, without a write per callback', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `token-${index}`);
    const card = aCard(Object.fromEntries(ids.map((id) => [id, 'RESUMED'])));
    const hub = createFakeHub({ reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, hear, result, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
      await untilStatus('AWAITING_CALLBACK');
      for (const id of ids.slice(0, 60)) await hear(id);
      const progress = async () => (await operation.describe()).memo?.['progress'];
      await eventually(progress, (seen) => seen === '60 of 100 confirmed');
      card.become('SUSPENDED', ...ids);
      for (const id of ids.slice(60)) await hear(id);
      expect(await result()).toMatchObject({ status: 'CONFIRMED' });
      expect(await progress()).toBe('100 of 100 confirmed');
      const counts = await countEvents(operation);
      expect(counts['workflowExecutionSignaledEventAttributes']).toBe(100);
      // Once every ten seconds at most, and what a person acts upon: nothing of it grows with the tokens.
      expect(counts['workflowPropertiesModifiedEventAttributes']).toBeLessThanOrEqual(8);
      expect(counts['upsertWorkflowSearchAttributesEventAttributes'] ?? 0).toBeLessThanOrEqual(3);
      expect(counts['startChildWorkflowExecutionInitiatedEventAttributes']).toBe(1);
    });
  });

  it('what a person acts upon is in the columns at once', async () => {
    const hub = createFakeHub({ reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, hear, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
      await untilStatus('AWAITING_CALLBACK');
      await hear('token-9', { action: 'RESUME' });
      const attention = async () => (await operation.describe()).typedSearchAttributes.get(attentionKey);
      await eventually(attention, (seen) => seen === 'UNEXPECTED_CALLBACK');
      await hear('token-1');
      await hear('token-1', { errorCode: 231 });
      await eventually(attention, (seen) => seen === 'CONFLICT');
      await operation.terminate();
    });
  });

  it('while it sends there is one attempt at least, and its details name the child', async () => {
    const gate = aGate();
    const hub = createFakeHub({
      answer: async () => {
        await gate.passed;
        return { kind: 'accepted' };
      },
      reading: aCardOfTwo().reading,
    });
    await withHub(env, hub, async (taskQueue) => {
      const { request, operation, report } = await startCardOperation(
        env,
        { taskQueue, hubTimeoutSeconds: 30 },
        LONG,
      );
      await eventually(
        async () => hub.sent.length,
        (sent) => sent === 1,
      );
      expect(await report()).toMatchObject({ status: 'REQUESTED', attempts: 1, final: false });
      const details = await operation.query<unknown>('__temporal_workflow_metadata');
      expect(JSON.stringify(details)).toContain(`card-request/ISSUER1234/${request.correlationId}`);
      gate.open();
      await operation.terminate();
    });
  });
});

it('I1: keeps the callbacks that come while no worker runs', async () => {
  const card = aCardOfTwo();
  const taskQueue = `test-${randomUUID()}`;
  const hub = createFakeHub({ reading: card.reading });
  const { hear, result } = await withWorker(env, { taskQueue, activities: hub.activities }, async () => {
    const started = await startCardOperation(env, { taskQueue }, LONG);
    await started.untilStatus('AWAITING_CALLBACK');
    return started;
  });
  card.become('SUSPENDED', 'token-1', 'token-2');
  await hear('token-1');
  await hear('token-2');
  await withWorker(env, { taskQueue, activities: hub.activities }, async () => {
    expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
  });
});

it('a RESUME lists OTHER_SUSPENDER when a token stays suspended although its callback said otherwise', async () => {
  const card = aCard({ 'token-1': 'SUSPENDED', 'token-2': 'SUSPENDED', 'token-3': 'DELETED' });
  const hub = createFakeHub({ reading: card.reading });
  await withHub(env, hub, async (taskQueue) => {
    const { hear, result, untilStatus } = await startCardOperation(env, { taskQueue }, { action: 'RESUME' });
    await untilStatus('AWAITING_CALLBACK');
    card.become('RESUMED', 'token-1');
    await hear('token-1');
    await hear('token-2');
    expect(await result()).toMatchObject({
      status: 'CONFIRMED',
      attention: 'OTHER_SUSPENDER',
      outcomes: [{ result: 'CONFIRMED' }, { result: 'CONFIRMED' }, { result: 'NOT_ELIGIBLE' }],
    });
  });
});
