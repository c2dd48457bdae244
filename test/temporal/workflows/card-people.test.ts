// What people do to an operation on all tokens of a card: cancel it, have it read, decide it, and type into the Temporal UI.
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { NOTHING_LEFT } from '../../../src/domain/hub/answer.js';
import { cancelUpdate, readUpdate, resolveUpdate } from '../../../src/contract/messages.js';
import { SECOND } from '../../support/builders.js';
import { aCardOfTwo, aGate, countEvents, startCardOperation, withHub } from '../../support/card-operation.js';
import { createFakeHub } from '../../support/fake-hub.js';
import { sideBySide } from '../../support/temporal/side-by-side.js';
import { eventually, startTemporal } from '../../support/temporal/temporal.js';

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
  it('is kept; what is neither is refused', async () => {
    const card = aCardOfTwo();
    await withHub(env, createFakeHub({ reading: card.reading }), async (taskQueue) => {
      const { operation, result, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
      await untilStatus('AWAITING_CALLBACK');
      for (const name of ['cancel', 'read']) {
        const refused = operation.executeUpdate<unknown, [unknown]>(name, { args: ['jo'] });
        await expect(refused).rejects.toMatchObject({ cause: { type: 'INVALID_REMARK' } });
      }
      await operation.executeUpdate('read');
      await operation.executeUpdate(readUpdate, { args: [{ by: 'jo' }] });
      card.become('SUSPENDED', 'token-1', 'token-2');
      await operation.executeUpdate(cancelUpdate, { args: [{ by: 'max', note: 'enough' }] });
      expect(await result()).toMatchObject({
        status: 'CONFIRMED',
        requests: [
          { kind: 'read', at: expect.any(String) },
          { kind: 'read', at: expect.any(String), by: 'jo' },
          { kind: 'cancel', at: expect.any(String), by: 'max', note: 'enough' },
        ],
      });
    });
  });
});

describe('cancelling', () => {
  it('before anything left ends CANCELLED, without another word to the hub', async () => {
    const hub = createFakeHub({ answer: nothingLeft, reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, result } = await startCardOperation(env, { taskQueue }, LONG);
      await eventually(
        async () => hub.sent.length,
        (sent) => sent === 1,
      );
      await operation.executeUpdate(cancelUpdate, { args: [{}] });
      expect(await result()).toMatchObject({ status: 'CANCELLED', evidence: 'NONE', attempts: 0 });
      expect(hub.sent).toHaveLength(1);
    });
  });

  it('while the tokens are still being looked at is not lost: nothing is sent, and there is no child', async () => {
    const gate = aGate();
    const card = aCardOfTwo();
    const hub = createFakeHub({
      reading: async () => {
        await gate.passed;
        return card.reading();
      },
    });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, result } = await startCardOperation(env, { taskQueue }, LONG);
      await eventually(
        async () => hub.read.length,
        (read) => read === 1,
      );
      await operation.executeUpdate(cancelUpdate, { args: [{ by: 'jo', note: 'found again' }] });
      gate.open();
      const requests = [{ kind: 'cancel', by: 'jo', note: 'found again' }];
      expect(await result()).toMatchObject({ status: 'CANCELLED', attempts: 0, requests });
      expect(
        (await countEvents(operation))['startChildWorkflowExecutionInitiatedEventAttributes'],
      ).toBeUndefined();
      expect(hub.sent).toHaveLength(0);
    });
  });

  it.each(['the update', 'the Temporal UI'])(
    'by %s after sending: the next reading that is answered decides',
    async (way) => {
      const card = aCardOfTwo();
      const hub = createFakeHub({ reading: card.reading });
      await withHub(env, hub, async (taskQueue) => {
        const { operation, result, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
        await untilStatus('AWAITING_CALLBACK');
        card.become('SUSPENDED', 'token-1', 'token-2');
        if (way === 'the update') await operation.executeUpdate(cancelUpdate, { args: [{}] });
        else await operation.cancel();
        expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', attempts: 1 });
        expect((await operation.describe()).status.name).toBe('COMPLETED');
      });
    },
  );

  it.each(['the operation', 'the child that sends'])(
    'I4: by cancelling %s while an attempt may have arrived ends the sending, and tells what is not known',
    async (which) => {
      const hub = createFakeHub({ answer: () => ({ kind: 'unanswered' }), reading: aCardOfTwo().reading });
      await withHub(env, hub, async (taskQueue) => {
        const { operation, sender, result } = await startCardOperation(env, { taskQueue }, LONG);
        await eventually(
          async () => hub.sent.length,
          (sent) => sent >= 1,
        );
        await (which === 'the operation' ? operation : sender()).cancel();
        const report = await result();
        expect(report).toMatchObject({ status: 'UNKNOWN', exposed: ['token-1', 'token-2'] });
        expect(report.attempts).toBe(hub.sent.length);
        expect((await sender().describe()).status.name).toBe('COMPLETED');
      });
    },
  );
});

describe('reading and deciding', () => {
  it('answers a reading when it has been recorded, and what it showed is in the outcomes', async () => {
    const card = aCardOfTwo();
    const hub = createFakeHub({ reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, report, result, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
      await untilStatus('AWAITING_CALLBACK');
      card.become('SUSPENDED', 'token-1');
      expect(await operation.executeUpdate(readUpdate, { args: [{}] })).toMatchObject({ final: false });
      expect(hub.read).toHaveLength(2);
      expect(await report()).toMatchObject({
        outcomes: [{ result: 'CONFIRMED', evidence: 'READING' }, { result: 'PENDING' }],
      });
      // A second one sees the rest, and is answered although it ends the operation.
      card.become('SUSPENDED', 'token-2');
      expect(await operation.executeUpdate(readUpdate, { args: [{}] })).toMatchObject({
        operationId: expect.any(String),
      });
      expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    });
  });

  it('I3: answers a reading that the hub does not', async () => {
    const card = aCardOfTwo();
    const hub = createFakeHub({
      reading: (attempt) => (attempt === 1 ? card.reading() : { kind: 'failed' }),
    });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
      await untilStatus('AWAITING_CALLBACK');
      expect(await operation.executeUpdate(readUpdate, { args: [{}] })).toMatchObject({ final: false });
      await operation.terminate();
    });
  });

  it('ends with what a person decides, in part as well, and keeps note and name', async () => {
    const hub = createFakeHub({ reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const { operation, result, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
      await untilStatus('AWAITING_CALLBACK');
      expect(await operation.executeUpdate(resolveUpdate, { args: [DECISION] })).toMatchObject({
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
    await withHub(env, createFakeHub({ reading: card.reading }), async (taskQueue) => {
      const { operation, hear, result, untilStatus } = await startCardOperation(env, { taskQueue });
      await untilStatus('AWAITING_CALLBACK');
      const refused = operation.executeUpdate<unknown, [unknown]>('resolve', { args: args as [unknown] });
      await expect(refused).rejects.toMatchObject({ cause: { type: 'INVALID_DECISION' } });
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-1');
      await hear('token-2');
      expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
    });
  });

  it('I5: a decision while an attempt is under way is final at once, and waits with its end for what that comes to', async () => {
    const gate = aGate();
    const hub = createFakeHub({
      answer: async () => {
        await gate.passed;
        return { kind: 'accepted' };
      },
      reading: aCardOfTwo().reading,
    });
    await withHub(env, hub, async (taskQueue) => {
      const starting = { taskQueue, hubTimeoutSeconds: 30 };
      const { operation, sender, result } = await startCardOperation(env, starting, LONG);
      await eventually(
        async () => hub.sent.length,
        (sent) => sent === 1,
      );
      const decided = await operation.executeUpdate(resolveUpdate, { args: [DECISION] });
      expect(decided).toMatchObject({ status: 'PARTIALLY_CONFIRMED', evidence: 'PERSON', final: true });
      for (const asked of [
        operation.executeUpdate(readUpdate, { args: [{}] }),
        operation.executeUpdate(resolveUpdate, { args: [DECISION] }),
      ]) {
        await expect(asked).rejects.toMatchObject({ cause: { type: 'OPERATION_ENDED' } });
      }
      expect((await operation.describe()).status.name).toBe('RUNNING');
      gate.open();
      expect(await result()).toMatchObject({
        status: 'PARTIALLY_CONFIRMED',
        evidence: 'PERSON',
        attempts: 1,
        acceptedAt: expect.any(String),
      });
      expect((await sender().describe()).status.name).toBe('COMPLETED');
    });
  });
});

describe('I3: a signal that somebody types by hand blocks nothing', () => {
  it.each([[[]], [[null]], [['SUSPEND']], [[{}]], [[{ virtualCardId: 'token-1', action: 7 }]]])(
    'virtualCardChanged(%j)',
    async (args) => {
      const card = aCardOfTwo();
      const hub = createFakeHub({ reading: card.reading });
      await withHub(env, hub, async (taskQueue) => {
        const { operation, hear, report, result, untilStatus } = await startCardOperation(env, { taskQueue });
        const before = await untilStatus('AWAITING_CALLBACK');
        await operation.signal('virtualCardChanged', ...(args as readonly unknown[]));
        expect(await report()).toEqual(before);
        card.become('SUSPENDED', 'token-1', 'token-2');
        await hear('token-1');
        await hear('token-2');
        expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
      });
    },
  );
});
