// The sender of an operation on all tokens of a card: what it sends, when, and what it returns.
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { NOTHING_LEFT } from '../../../src/domain/answer.js';
import { reportQuery } from '../../../workflows/messages.js';
import { attentionKey, deadlineKey, errorCodeKey, statusKey } from '../../../workflows/search-attributes.js';
import { SECOND } from '../../support/builders.js';
import {
  aCard,
  aCardHub,
  aCardOfTwo,
  aGate,
  startCardOperation,
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

const nothingLeft = (nextRetryDelay: number) => (): never => {
  throw ApplicationFailure.create({ type: NOTHING_LEFT, message: 'refused', nextRetryDelay });
};

describe('one request for all tokens of a card', () => {
  it('is sent once, without a token, after the fan-out has become the owner of its callbacks', async () => {
    const card = aCardOfTwo();
    const owners: string[] = [];
    const hub = aCardHub(env, {
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
      expect(owners).toEqual(['cardFanOut RUNNING']);
      expect(hub.sent).toHaveLength(1);
      expect(hub.sent[0]).not.toHaveProperty('virtualCardId');
      // The snapshot, and the comparison at the end.
      expect(hub.read).toHaveLength(2);
    });
  });

  it('does not wait for its tokens for longer than 2 s: then it is sent without a snapshot', async () => {
    const card = aCardOfTwo();
    const gate = aGate();
    const hub = aCardHub(env, {
      reading: async (attempt) => {
        if (attempt === 1) await gate.passed;
        return card.reading();
      },
    });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, hear, result, untilStatus } = await startCardOperation(
        env,
        { taskQueue, hubTimeoutSeconds: 30 },
        { softSeconds: 6 },
      );
      await untilStatus('AWAITING_CALLBACK');
      gate.open();
      const { events } = await sender.fetchHistory();
      const looks = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled?.activityType?.name === 'getCardInfo'
          ? [Number(scheduled.scheduleToCloseTimeout?.seconds)]
          : [],
      );
      expect(looks).toEqual([2]);
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
    const hub = aCardHub(env, { reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, hear, result, untilStatus } = await startCardOperation(env, { taskQueue });
      await untilStatus('AWAITING_CALLBACK');
      const exposed: string[] = [];
      for (const [virtualCardId, errorCode] of Object.entries(words)) {
        if (errorCode === undefined) card.become('SUSPENDED', virtualCardId);
        else exposed.push(virtualCardId);
        await hear(virtualCardId, errorCode === undefined ? {} : { errorCode });
      }
      expect(await result()).toMatchObject({ status, errorCode: 231, exposed, attention: 'TOKEN_EXPOSED' });
      const { typedSearchAttributes, status: closed } = await sender.describe();
      expect(closed.name).toBe('COMPLETED');
      expect(typedSearchAttributes.get(statusKey)).toBe(status);
      expect(typedSearchAttributes.get(attentionKey)).toBe('TOKEN_EXPOSED');
      expect(typedSearchAttributes.get(errorCodeKey)).toBe(231);
      expect(typedSearchAttributes.get(deadlineKey)).toBeUndefined();
    });
  });

  it('I3: is OVERDUE at the soft deadline, and UNKNOWN at the hard one when no token ever says anything', async () => {
    const hub = aCardHub(env, { reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, result } = await startCardOperation(
        env,
        { taskQueue },
        { softSeconds: 4, hardSeconds: 9 },
      );
      const described = async () => (await sender.describe()).typedSearchAttributes;
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
    await withHub(env, aCardHub(env, { answer: broken, reading: broken }), async (taskQueue) => {
      const { sender, result } = await startCardOperation(
        env,
        { taskQueue },
        { softSeconds: 2, hardSeconds: 5 },
      );
      expect(await result()).toMatchObject({
        status: 'UNKNOWN',
        evidence: 'NONE',
        attention: 'UNKNOWN_OUTCOME',
      });
      expect((await sender.describe()).status.name).toBe('COMPLETED');
    });
  });

  it('says in one line what it is about, and its child which callbacks it owns', async () => {
    const hub = aCardHub(env, { reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, fanOut, untilStatus } = await startCardOperation(env, { taskQueue });
      await untilStatus('AWAITING_CALLBACK');
      expect(await (await sender.describe()).staticSummary()).toBe('SUSPEND all tokens of card card-1');
      expect(await (await fanOut.describe()).staticSummary()).toBe(
        'callbacks of SUSPEND all tokens of card card-1',
      );
      const { events } = await sender.fetchHistory();
      const summaries = (events ?? []).map((event) => event.userMetadata?.summary?.data?.toString());
      expect(summaries).toEqual(
        expect.arrayContaining([
          '"reading of card card-1: its tokens before the change"',
          '"SUSPEND all tokens of card card-1"',
        ]),
      );
      await Promise.all([sender.terminate(), fanOut.terminate()]);
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
    const hub = aCardHub(env, {
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
    const hub = aCardHub(env, {
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
    const hub = aCardHub(env, { answer: nothingLeft(300) });
    await withHub(env, hub, async (taskQueue) => {
      const { result } = await startCardOperation(env, { taskQueue }, { softSeconds: 3, hardSeconds: 6 });
      const report = await result();
      expect(report).toMatchObject({
        status: 'FAILED',
        evidence: 'NONE',
        attention: 'NEVER_SENT',
        attempts: 0,
      });
      // The sender tells it at once: the fan-out has no reason to wait for it any longer.
      const lateMs = Date.parse(report.settledAt ?? '') - Date.parse(report.hardDeadlineAt);
      expect(lateMs).toBeLessThan(30 * SECOND);
    });
  });

  it('I2: goes on with the same correlation id after an attempt without an answer', async () => {
    const card = aCardOfTwo();
    const hub = aCardHub(env, {
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
    const hub = aCardHub(env, { answer: () => ({ kind: 'unanswered' }), reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, fanOut, hear, result } = await startCardOperation(env, { taskQueue });
      await eventually(
        async () => sender.query(reportQuery),
        ({ attempts }) => attempts === 1,
      );
      await hear('token-1');
      // The sender is told at once, and says that it has stopped; its next attempts would have come after 2, 4, 8 s.
      const toldOfTheEnd = async () =>
        ((await fanOut.fetchHistory()).events ?? []).some(
          (event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'sendingEnded',
        );
      await eventually(toldOfTheEnd, (isTold) => isTold);
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
    const hub = aCardHub(env, {
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
    const hub = aCardHub(env, {
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
