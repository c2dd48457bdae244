// What people do to an operation on all tokens of a card: cancel it, have it read, decide it, and type into the Temporal UI.
import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { FoundFanOut } from '../../../activities/dependencies.js';
import { NOTHING_LEFT } from '../../../src/domain/answer.js';
import { beginCardOperation } from '../../../src/domain/card-operation/index.js';
import { toCardOperationStart } from '../../../src/temporal/start-options.js';
import type { cardOperation } from '../../../workflows/index.js';
import { cancelUpdate, readUpdate, reportQuery, resolveUpdate } from '../../../workflows/messages.js';
import { aReport, SECOND } from '../../support/builders.js';
import {
  aCardHub,
  aCardOfTwo,
  aCardRequest,
  aGate,
  FINGERPRINT,
  handlesOf,
  POLICY,
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

const DECISION = { status: 'PARTIALLY_CONFIRMED', note: 'seen in the portal', by: 'jo' } as const;
const LONG = { softSeconds: 300, hardSeconds: 600 };

const nothingLeft = (): never => {
  throw ApplicationFailure.create({ type: NOTHING_LEFT, message: 'refused', nextRetryDelay: 60 * SECOND });
};

describe('who asks and why', () => {
  it('is kept by the sender and by the fan-out, which may be alone one day; what is neither is refused', async () => {
    const card = aCardOfTwo();
    await withHub(env, aCardHub(env, { reading: card.reading }), async (taskQueue) => {
      const { sender, fanOut, result, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
      await untilStatus('AWAITING_CALLBACK');
      for (const name of ['cancel', 'read']) {
        const refused = sender.executeUpdate<unknown, [unknown]>(name, { args: ['jo'] });
        await expect(refused).rejects.toMatchObject({ cause: { type: 'INVALID_REMARK' } });
      }
      await sender.executeUpdate('read');
      await sender.executeUpdate(readUpdate, { args: [{ by: 'jo' }] });
      // Typed by hand at the fan-out: the wish counts, and nothing is made of what is no name.
      await fanOut.signal('readRequested', { by: 7 });
      card.become('SUSPENDED', 'token-1', 'token-2');
      await sender.executeUpdate(cancelUpdate, { args: [{ by: 'max', note: 'enough' }] });
      const [first, second, last] = [
        { kind: 'read', at: expect.any(String) },
        { kind: 'read', at: expect.any(String), by: 'jo' },
        { kind: 'cancel', at: expect.any(String), by: 'max', note: 'enough' },
      ];
      expect(await result()).toMatchObject({ status: 'CONFIRMED', requests: [first, second, first, last] });
      expect((await fanOut.result()).requests).toEqual([first, second, first, last]);
    });
  });
});

describe('cancelling', () => {
  it('before anything left ends CANCELLED, without another word to the hub', async () => {
    const hub = aCardHub(env, { answer: nothingLeft, reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, result } = await startCardOperation(env, { taskQueue }, LONG);
      await eventually(
        async () => hub.sent.length,
        (sent) => sent === 1,
      );
      await sender.executeUpdate(cancelUpdate, { args: [{}] });
      expect(await result()).toMatchObject({ status: 'CANCELLED', evidence: 'NONE', attempts: 0 });
      expect(hub.sent).toHaveLength(1);
    });
  });

  it('while nobody listens yet is not lost: nothing is sent', async () => {
    const gate = aGate();
    const card = aCardOfTwo();
    const hub = aCardHub(env, {
      reading: async () => {
        await gate.passed;
        return card.reading();
      },
    });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, fanOut, result } = await startCardOperation(env, { taskQueue }, LONG);
      await eventually(
        async () => hub.read.length,
        (read) => read === 1,
      );
      await sender.executeUpdate(cancelUpdate, { args: [{ by: 'jo', note: 'found again' }] });
      gate.open();
      const requests = [{ kind: 'cancel', by: 'jo', note: 'found again' }];
      expect(await result()).toMatchObject({ status: 'CANCELLED', attempts: 0, requests });
      expect(await fanOut.result()).toMatchObject({ requests });
      expect(hub.sent).toHaveLength(0);
    });
  });

  it.each(['the update', 'the sender in the Temporal UI', 'the fan-out in the Temporal UI'])(
    'by %s after sending: the next reading that is answered decides',
    async (way) => {
      const card = aCardOfTwo();
      const hub = aCardHub(env, { reading: card.reading });
      await withHub(env, hub, async (taskQueue) => {
        const { sender, fanOut, result, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
        await untilStatus('AWAITING_CALLBACK');
        card.become('SUSPENDED', 'token-1', 'token-2');
        if (way === 'the update') await sender.executeUpdate(cancelUpdate, { args: [{}] });
        else await (way.startsWith('the sender') ? sender : fanOut).cancel();
        expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', attempts: 1 });
        for (const handle of [sender, fanOut]) {
          expect((await handle.describe()).status.name).toBe('COMPLETED');
        }
      });
    },
  );

  it.each(['the sender', 'the fan-out'])(
    'I4: by cancelling %s while an attempt may have arrived ends the sending, and tells what is not known',
    async (which) => {
      const hub = aCardHub(env, { answer: () => ({ kind: 'unanswered' }), reading: aCardOfTwo().reading });
      await withHub(env, hub, async (taskQueue) => {
        const { sender, fanOut, result } = await startCardOperation(env, { taskQueue }, LONG);
        await eventually(
          async () => sender.query(reportQuery),
          ({ attempts }) => attempts === 1,
        );
        await (which === 'the sender' ? sender : fanOut).cancel();
        const report = await result();
        expect(report).toMatchObject({ status: 'UNKNOWN', exposed: ['token-1', 'token-2'] });
        expect(report.attempts).toBe(hub.sent.length);
        expect(report.attempts).toBeLessThanOrEqual(2);
      });
    },
  );
});

describe('reading and deciding', () => {
  it('answers a reading when it has been recorded, and what it showed is in the outcomes', async () => {
    const card = aCardOfTwo();
    const hub = aCardHub(env, { reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, outcomes, result, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
      await untilStatus('AWAITING_CALLBACK');
      card.become('SUSPENDED', 'token-1');
      expect(await sender.executeUpdate(readUpdate, { args: [{}] })).toMatchObject({ final: false });
      expect(hub.read).toHaveLength(2);
      expect(await outcomes()).toMatchObject({
        outcomes: [{ result: 'CONFIRMED', evidence: 'READING' }, { result: 'PENDING' }],
      });
      // A second one sees the rest, and is answered although it ends the operation.
      card.become('SUSPENDED', 'token-2');
      expect(await sender.executeUpdate(readUpdate, { args: [{}] })).toMatchObject({
        operationId: expect.any(String),
      });
      expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    });
  });

  it('I3: answers a reading that the hub does not', async () => {
    const card = aCardOfTwo();
    const hub = aCardHub(env, {
      reading: (attempt) => (attempt === 1 ? card.reading() : { kind: 'failed' }),
    });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, fanOut, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
      await untilStatus('AWAITING_CALLBACK');
      expect(await sender.executeUpdate(readUpdate, { args: [{}] })).toMatchObject({ final: false });
      await Promise.all([sender.terminate(), fanOut.terminate()]);
    });
  });

  it('ends with what a person decides, in part as well, and keeps note and name', async () => {
    const hub = aCardHub(env, { reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, result, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
      await untilStatus('AWAITING_CALLBACK');
      expect(await sender.executeUpdate(resolveUpdate, { args: [DECISION] })).toMatchObject({
        status: 'PARTIALLY_CONFIRMED',
        evidence: 'PERSON',
        final: true,
      });
      expect(await result()).toMatchObject({
        status: 'PARTIALLY_CONFIRMED',
        evidence: 'PERSON',
        decision: { note: 'seen in the portal', by: 'jo' },
      });
    });
  });

  it.each([
    ['nothing', []],
    ['no status', [{}]],
    ['a status that is not final', [{ status: 'OVERDUE', note: 'seen', by: 'jo' }]],
    ['an empty name', [{ status: 'FAILED', note: 'seen', by: '' }]],
  ])('I3: refuses a decision with %s, says what is wrong, and goes on', async (_what, args) => {
    const card = aCardOfTwo();
    await withHub(env, aCardHub(env, { reading: card.reading }), async (taskQueue) => {
      const { sender, hear, result, untilStatus } = await startCardOperation(env, { taskQueue });
      await untilStatus('AWAITING_CALLBACK');
      const refused = sender.executeUpdate<unknown, [unknown]>('resolve', { args: args as [unknown] });
      await expect(refused).rejects.toMatchObject({ cause: { type: 'INVALID_DECISION' } });
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-1');
      await hear('token-2');
      expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
    });
  });

  it('is refused with OPERATION_ENDED once the fan-out has ended, while an attempt is still under way', async () => {
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
      const { sender, fanOut, hear, result } = await startCardOperation(env, {
        taskQueue,
        hubTimeoutSeconds: 30,
      });
      await eventually(
        async () => hub.sent.length,
        (sent) => sent === 1,
      );
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-1');
      await hear('token-2');
      await fanOut.result();
      await eventually(
        async () => sender.query(reportQuery),
        ({ final }) => final,
      );
      for (const asked of [
        sender.executeUpdate(readUpdate, { args: [{}] }),
        sender.executeUpdate(resolveUpdate, { args: [DECISION] }),
      ]) {
        await expect(asked).rejects.toMatchObject({ cause: { type: 'OPERATION_ENDED' } });
      }
      gate.open();
      expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
    });
  });

  it('I5: a decision that the fan-out did not take, because it had just ended, is refused and not taken for applied', async () => {
    const request = aCardRequest(LONG);
    const report = aReport({ status: 'CONFIRMED', evidence: 'CALLBACK', scope: 'CARD' });
    const gate = aGate();
    // A sender that has continued as new, and a fan-out that has ended without its knowing.
    const findFanOut = async (): Promise<FoundFanOut> => {
      await gate.passed;
      return { kind: 'ended', report };
    };
    await withHub(env, aCardHub(env, { findFanOut }), async (taskQueue) => {
      const options = toCardOperationStart({
        request,
        policy: POLICY,
        hubTimeoutMs: 2 * SECOND,
        fingerprint: FINGERPRINT,
        taskQueue,
      });
      const operation = {
        ...beginCardOperation(request),
        sending: { kind: 'over' },
        isResultTold: true,
      } as const;
      const [input] = options.args;
      await env.client.workflow.start<typeof cardOperation>('cardOperation', {
        ...options,
        args: [{ ...input, operation }],
      });
      const { sender, result } = handlesOf(env, request);
      const decided = sender.executeUpdate(resolveUpdate, { args: [DECISION] });
      setTimeout(gate.open, 2 * SECOND);
      await expect(decided).rejects.toMatchObject({ cause: { type: 'OPERATION_ENDED' } });
      expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
    });
  });
});

describe('I3: a signal that somebody types by hand blocks nothing', () => {
  const ODD: readonly (readonly [string, readonly unknown[]])[] = [
    ['sendingEnded', []],
    ['sendingEnded', [null]],
    ['sendingEnded', ['accepted']],
    ['sendingEnded', [{ kind: 'accepted' }]],
    ['sendingEnded', [{ kind: 'refused', errorCode: { code: 432 }, echo: false }]],
    ['sendingEnded', [{ kind: 'refused', errorCode: 1.5, echo: true }]],
    ['sendingEnded', [{ kind: 'superseded' }]],
    ['sendingEnded', [{ kind: 'done' }]],
    ['decisionMade', []],
    ['decisionMade', [null]],
    ['decisionMade', [{ status: 'CONFIRMED', by: 'jo' }]],
    ['decisionMade', [{ status: 'OVERDUE', note: 'n', by: 'jo' }]],
    ['virtualCardChanged', []],
  ];

  it.each(ODD)('to the fan-out: %s(%j)', async (signal, args) => {
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
      const { fanOut, hear, result } = await startCardOperation(env, { taskQueue, hubTimeoutSeconds: 30 });
      await eventually(
        async () => hub.sent.length,
        (sent) => sent === 1,
      );
      // Before the sender's own word, so that it would count.
      await fanOut.signal(signal, ...args);
      gate.open();
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-1');
      await hear('token-2');
      expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', attempts: 1 });
    });
  });

  it.each([
    [[]],
    [[null]],
    [['CONFIRMED']],
    [[{}]],
    [[{ status: 'CONFIRMED' }]],
    [[{ status: 7, progress: 'all', stopsSending: false }]],
    [[{ status: 'OVERDUE', attention: 7, progress: 'all', stopsSending: false }]],
    [[{ status: 'OVERDUE', attention: 'BORED', progress: 'all', stopsSending: false }]],
    [[{ status: 'OVERDUE', errorCode: 1.5, progress: 'all', stopsSending: false }]],
    [[{ status: 'OVERDUE', progress: ['all'], stopsSending: true }]],
  ])('to the sender: fanOutChanged(%j)', async (args) => {
    const card = aCardOfTwo();
    const hub = aCardHub(env, { reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, hear, result, untilStatus } = await startCardOperation(env, { taskQueue });
      const before = await untilStatus('AWAITING_CALLBACK');
      await sender.signal('fanOutChanged', ...(args as readonly unknown[]));
      expect(await sender.query(reportQuery)).toEqual(before);
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-1');
      await hear('token-2');
      expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
    });
  });

  it('a cancellation with arguments is one', async () => {
    const request = aCardRequest({ ...LONG, correlationId: `op-${randomUUID()}` });
    const hub = aCardHub(env, { reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const { fanOut, result, untilStatus } = await startCardOperation(env, { taskQueue }, request);
      await untilStatus('AWAITING_CALLBACK');
      await fanOut.signal('cancelRequested', { please: true });
      expect(await result()).toMatchObject({ status: 'UNKNOWN' });
    });
  });
});
