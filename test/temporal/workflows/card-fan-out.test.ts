// The fan-out owns the callbacks of a request for all tokens of a card: either workflow may die, and how far it is can be seen.
import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { VirtualCardChange } from '../../../src/domain/change.js';
import type { CardRequest } from '../../../src/domain/fan-out/index.js';
import { toTokenOperationStart } from '../../../src/temporal/start-options.js';
import type { cardFanOut, foreignChange, tokenOperation } from '../../../workflows/index.js';
import {
  decisionMadeSignal,
  reportQuery,
  sendingEndedSignal,
  virtualCardChangedSignal,
} from '../../../workflows/messages.js';
import { attentionKey, statusKey } from '../../../workflows/search-attributes.js';
import { aChange, HOUR, SECOND } from '../../support/builders.js';
import {
  aCard,
  aCardHub,
  aCardOfTwo,
  aCardRequest,
  countEvents,
  FINGERPRINT,
  handlesOf,
  POLICY,
  startCardOperation,
  withHub,
} from '../../support/card-operation.js';
import { createFakeHub } from '../../support/fake-hub.js';
import { sideBySide } from '../../support/side-by-side.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);
const it = sideBySide();

const LONG = { softSeconds: 300, hardSeconds: 600 };

describe('the sender is terminated', () => {
  it('I1: while it sends: the fan-out goes on, and a callback proves that the hub has the request', async () => {
    const card = aCardOfTwo();
    const hub = aCardHub(env, { answer: () => ({ kind: 'unanswered' }), reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, fanOut, hear } = await startCardOperation(env, { taskQueue }, LONG);
      await eventually(
        async () => sender.query(reportQuery),
        ({ attempts }) => attempts > 0,
      );
      await sender.terminate('by hand');
      expect((await fanOut.describe()).status.name).toBe('RUNNING');
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-1');
      await hear('token-2');
      expect(await fanOut.result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
    });
  });

  it('I3: while it waits: the fan-out ends truthfully at the hard deadline', async () => {
    const card = aCardOfTwo();
    const hub = aCardHub(env, { reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, fanOut, hear, untilStatus } = await startCardOperation(
        env,
        { taskQueue },
        { softSeconds: 15, hardSeconds: 22 },
      );
      await untilStatus('AWAITING_CALLBACK');
      await sender.terminate('by hand');
      card.become('SUSPENDED', 'token-1');
      await hear('token-1');
      expect(await fanOut.result()).toMatchObject({
        status: 'PARTIALLY_CONFIRMED',
        exposed: ['token-2'],
        attention: 'TOKEN_EXPOSED',
        outcomes: [{ result: 'CONFIRMED' }, { result: 'SILENT' }],
      });
    });
  });
});

it('I4: the operation is UNKNOWN with attention TERMINATED when its fan-out is terminated', async () => {
  const hub = aCardHub(env, { reading: aCardOfTwo().reading });
  await withHub(env, hub, async (taskQueue) => {
    const { sender, fanOut, result, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
    await untilStatus('AWAITING_CALLBACK');
    await fanOut.terminate('by hand');
    expect(await result()).toMatchObject({
      status: 'UNKNOWN',
      evidence: 'NONE',
      final: true,
      attention: 'TERMINATED',
      attempts: 1,
    });
    const { status, typedSearchAttributes } = await sender.describe();
    expect(status.name).toBe('COMPLETED');
    expect(typedSearchAttributes.get(statusKey)).toBe('UNKNOWN');
    expect(typedSearchAttributes.get(attentionKey)).toBe('TERMINATED');
  });
});

describe('the id of the fan-out belongs to something else', () => {
  const TAKEN = { status: 'REJECTED', evidence: 'NONE', final: true, attention: 'ID_TAKEN', attempts: 0 };

  it("somebody else's change: REJECTED without having called the hub, and the change goes on", async () => {
    const hub = aCardHub(env, { reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const request = aCardRequest();
      const { issuerId, correlationId } = request;
      const foreign = await env.client.workflow.signalWithStart<typeof foreignChange, [VirtualCardChange]>(
        'foreignChange',
        {
          taskQueue,
          workflowId: `lcm/${issuerId}/${correlationId}`,
          args: [{ issuerId, correlationId, quietMs: HOUR }],
          signal: virtualCardChangedSignal,
          signalArgs: [aChange({ correlationId })],
        },
      );
      const { sender, result } = await startCardOperation(env, { taskQueue }, request);
      expect(await result()).toMatchObject(TAKEN);
      expect(hub.sent).toHaveLength(0);
      expect((await sender.describe()).typedSearchAttributes.get(statusKey)).toBe('REJECTED');
      expect((await foreign.describe()).status.name).toBe('RUNNING');
      await foreign.terminate();
    });
  });

  it('an operation on one token, also after its end', async () => {
    const hub = aCardHub(env, { reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const request = aCardRequest();
      const onToken = await env.client.workflow.start<typeof tokenOperation>(
        'tokenOperation',
        toTokenOperationStart({
          request: { ...request, virtualCardId: 'token-1' },
          policy: POLICY,
          hubTimeoutMs: SECOND,
          fingerprint: 'v1:another',
          taskQueue,
        }),
      );
      await onToken.signal(virtualCardChangedSignal, aChange({ correlationId: request.correlationId }));
      await onToken.result();
      const sentBefore = hub.sent.length;
      const { result } = await startCardOperation(env, { taskQueue }, request);
      expect(await result()).toMatchObject(TAKEN);
      expect(hub.sent).toHaveLength(sentBefore);
    });
  });

  it('I2: the fan-out of another request: only the fingerprint tells it from our own', async () => {
    const hub = aCardHub(env, { reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const request = aCardRequest();
      const { issuerId, correlationId } = request;
      const other = await env.client.workflow.start('cardFanOut', {
        taskQueue,
        workflowId: `lcm/${issuerId}/${correlationId}`,
        args: [{ request, policy: POLICY, hubTimeoutMs: SECOND }],
        memo: { fingerprint: 'v1:another' },
      });
      const { result } = await startCardOperation(env, { taskQueue }, request);
      expect(await result()).toMatchObject(TAKEN);
      expect(hub.sent).toHaveLength(0);
      await other.terminate();
    });
  });
});

describe('I2: the fan-out is our own already, as after a reset by hand', () => {
  async function startFanOut(taskQueue: string, request: CardRequest) {
    return env.client.workflow.start<typeof cardFanOut>('cardFanOut', {
      taskQueue,
      workflowId: `lcm/${request.issuerId}/${request.correlationId}`,
      args: [{ request, policy: POLICY, hubTimeoutMs: SECOND, snapshot: aCardOfTwo().reading() }],
      memo: { fingerprint: FINGERPRINT },
    });
  }

  it('and has ended: the operation is what it reports, and the hub hears nothing', async () => {
    const hub = aCardHub(env, { reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const request = aCardRequest();
      const fanOut = await startFanOut(taskQueue, request);
      await fanOut.signal(decisionMadeSignal, { status: 'FAILED', note: 'seen', by: 'jo' });
      await fanOut.result();
      const { result } = await startCardOperation(env, { taskQueue }, request);
      expect(await result()).toMatchObject({ status: 'FAILED', evidence: 'PERSON', attempts: 0 });
      expect(hub.sent).toHaveLength(0);
    });
  });

  it('and was terminated: UNKNOWN, and the hub hears nothing', async () => {
    const hub = aCardHub(env, { reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const request = aCardRequest();
      await (await startFanOut(taskQueue, request)).terminate('by hand');
      const { result } = await startCardOperation(env, { taskQueue }, request);
      expect(await result()).toMatchObject({ status: 'UNKNOWN', attention: 'TERMINATED' });
      expect(hub.sent).toHaveLength(0);
    });
  });

  it('and knows that the hub has accepted: nothing is sent again', async () => {
    const card = aCardOfTwo();
    const hub = aCardHub(env, { reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const request = aCardRequest(LONG);
      const fanOut = await startFanOut(taskQueue, request);
      await fanOut.signal(sendingEndedSignal, { kind: 'accepted', at: request.requestedAt + 1 });
      const { sender, hear, result } = await startCardOperation(env, { taskQueue }, request);
      const seen = await eventually(
        async () => sender.query(reportQuery),
        ({ acceptedAt }) => acceptedAt !== undefined,
      );
      expect(seen.acceptedAt).toBe(new Date(request.requestedAt + 1).toISOString());
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-1');
      await hear('token-2');
      expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
      expect(hub.sent).toHaveLength(0);
    });
  });

  it('and a word has come: nothing is sent again', async () => {
    const card = aCardOfTwo();
    const hub = aCardHub(env, { reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const request = aCardRequest(LONG);
      await startFanOut(taskQueue, request);
      const { hear, result } = handlesOf(env, request);
      await hear('token-1');
      await startCardOperation(env, { taskQueue }, request);
      await new Promise((wake) => setTimeout(wake, 3 * SECOND));
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-2');
      expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
      expect(hub.sent).toHaveLength(0);
    });
  });

  it('I4: and does not know what became of earlier attempts: a refusal may be their echo', async () => {
    const card = aCardOfTwo();
    const hub = aCardHub(env, {
      answer: () => ({ kind: 'refused', errorCode: 111, httpStatus: 400 }),
      reading: card.reading,
    });
    await withHub(env, hub, async (taskQueue) => {
      const request = aCardRequest(LONG);
      await startFanOut(taskQueue, request);
      card.become('SUSPENDED', 'token-1', 'token-2');
      const { result } = await startCardOperation(env, { taskQueue }, request);
      expect(await result()).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', attempts: 1 });
    });
  });
});

describe('how far it is', () => {
  it('stands in the memo of both workflows, without a write per callback', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `token-${index}`);
    const card = aCard(Object.fromEntries(ids.map((id) => [id, 'RESUMED'])));
    const hub = aCardHub(env, { reading: card.reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, fanOut, hear, result, untilStatus } = await startCardOperation(
        env,
        { taskQueue },
        LONG,
      );
      await untilStatus('AWAITING_CALLBACK');
      for (const id of ids.slice(0, 60)) await hear(id);
      const progressOf = async () =>
        Promise.all([sender, fanOut].map(async (handle) => (await handle.describe()).memo?.['progress']));
      await eventually(progressOf, (seen) => seen.every((progress) => progress === '60 of 100 confirmed'));
      card.become('SUSPENDED', ...ids);
      for (const id of ids.slice(60)) await hear(id);
      expect(await result()).toMatchObject({ status: 'CONFIRMED' });
      expect(await progressOf()).toContain('100 of 100 confirmed');
      const counts = await countEvents(fanOut);
      expect(counts['workflowExecutionSignaledEventAttributes']).toBe(101);
      // Once every ten seconds at most, and what a person acts upon: nothing of it grows with the tokens.
      expect(counts['workflowPropertiesModifiedEventAttributes']).toBeLessThanOrEqual(8);
      expect(counts['signalExternalWorkflowExecutionInitiatedEventAttributes']).toBeLessThanOrEqual(8);
      expect(counts['upsertWorkflowSearchAttributesEventAttributes'] ?? 0).toBeLessThanOrEqual(3);
      const ofSender = await countEvents(sender);
      expect(ofSender['workflowExecutionSignaledEventAttributes']).toBeLessThanOrEqual(8);
      expect(ofSender['upsertWorkflowSearchAttributesEventAttributes']).toBeLessThanOrEqual(4);
    });
  });

  it('what a person acts upon is in the columns of the sender at once', async () => {
    const hub = aCardHub(env, { reading: aCardOfTwo().reading });
    await withHub(env, hub, async (taskQueue) => {
      const { sender, fanOut, hear, untilStatus } = await startCardOperation(env, { taskQueue }, LONG);
      await untilStatus('AWAITING_CALLBACK');
      await hear('token-9', { action: 'RESUME' });
      const attention = async () => (await sender.describe()).typedSearchAttributes.get(attentionKey);
      await eventually(attention, (seen) => seen === 'UNEXPECTED_CALLBACK', 5 * SECOND);
      await hear('token-1');
      await hear('token-1', { errorCode: 231 });
      await eventually(attention, (seen) => seen === 'CONFLICT', 5 * SECOND);
      await Promise.all([sender.terminate(), fanOut.terminate()]);
    });
  });
});

it('I1: keeps the callbacks that come while no worker runs, before either workflow has heard anything else', async () => {
  const card = aCardOfTwo();
  const taskQueue = `test-${randomUUID()}`;
  const hub = aCardHub(env, { reading: card.reading });
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
