import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { NOTHING_LEFT } from '../../../src/domain/hub/answer.js';
import type { TokenRequest } from '../../../src/domain/token/index.js';
import type { OperationPolicy } from '../../../src/domain/report/report.js';
import { toTokenOperationStart } from '../../../src/temporal/operations/start-options.js';
import type { tokenOperation } from '../../../workflows/index.js';
import {
  cancelUpdate,
  readUpdate,
  reportQuery,
  resolveUpdate,
  virtualCardChangedSignal,
} from '../../../src/contract/messages.js';
import {
  attentionKey,
  deadlineKey,
  errorCodeKey,
  statusKey,
} from '../../../src/contract/search-attributes.js';
import { aChange, aReading, aRequest, SECOND } from '../../support/builders.js';
import { createFakeHub, type FakeHub } from '../../support/fake-hub.js';
import { sideBySide } from '../../support/temporal/side-by-side.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);
const it = sideBySide();

const POLICY: OperationPolicy = { readIntervalMs: SECOND, confirmByReading: 'resume' };

/** Starts an operation as the gateway does, with deadlines in seconds from now. */
async function startOperation(
  taskQueue: string,
  overrides: Partial<TokenRequest> & {
    softSeconds?: number;
    hardSeconds?: number;
    hubTimeoutSeconds?: number;
  } = {},
): Promise<WorkflowHandle<typeof tokenOperation>> {
  const { softSeconds = 20, hardSeconds = 40, hubTimeoutSeconds = 2, ...request } = overrides;
  const requestedAt = Date.now();
  return env.client.workflow.start<typeof tokenOperation>(
    'tokenOperation',
    toTokenOperationStart({
      request: aRequest({
        correlationId: `op-${randomUUID()}`,
        requestedAt,
        softDeadlineAt: requestedAt + softSeconds * SECOND,
        hardDeadlineAt: requestedAt + hardSeconds * SECOND,
        ...request,
      }),
      policy: POLICY,
      hubTimeoutMs: hubTimeoutSeconds * SECOND,
      fingerprint: 'v1:test',
      taskQueue,
    }),
  );
}

async function withHub<T>(hub: FakeHub, use: (taskQueue: string) => Promise<T>): Promise<T> {
  const taskQueue = `test-${randomUUID()}`;
  return withWorker(env, { taskQueue, activities: hub.activities }, async () => use(taskQueue));
}

const report = async (handle: WorkflowHandle<typeof tokenOperation>) => handle.query(reportQuery);

it('sends the request once and is confirmed by its callback', async () => {
  const hub = createFakeHub();
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue);
    await eventually(
      async () => report(handle),
      ({ status }) => status === 'AWAITING_CALLBACK',
    );
    await handle.signal(virtualCardChangedSignal, aChange());
    expect(await handle.result()).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'CALLBACK',
      final: true,
      attempts: 1,
    });
    expect(hub.sent).toHaveLength(1);
    expect(hub.read).toHaveLength(0);
  });
});

it('keeps a change that arrives before the hub has answered', async () => {
  let answerNow = (): void => undefined;
  const hub = createFakeHub({
    answer: async () => {
      await new Promise<void>((resolve) => (answerNow = resolve));
      return { kind: 'accepted' };
    },
  });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue);
    await eventually(
      async () => hub.sent.length,
      (sent) => sent === 1,
    );
    await handle.signal(virtualCardChangedSignal, aChange());
    expect(await handle.result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
    answerNow();
  });
});

it('I1: keeps a change that arrives while no worker runs', async () => {
  const taskQueue = `test-${randomUUID()}`;
  const handle = await startOperation(taskQueue);
  await handle.signal(virtualCardChangedSignal, aChange());
  const hub = createFakeHub();
  await withWorker(env, { taskQueue, activities: hub.activities }, async () => {
    expect(await handle.result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
  });
});

it('I2: sends again with the same correlation id after an attempt without an answer', async () => {
  const hub = createFakeHub({ answer: (attempt) => ({ kind: attempt === 1 ? 'unanswered' : 'accepted' }) });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue);
    await eventually(
      async () => report(handle),
      ({ status }) => status === 'AWAITING_CALLBACK',
    );
    expect(new Set(hub.sent.map(({ correlationId }) => correlationId)).size).toBe(1);
    await handle.signal(virtualCardChangedSignal, aChange());
    expect(await handle.result()).toMatchObject({ status: 'CONFIRMED', attempts: 2 });
  });
});

it('lets Temporal try again by itself while nothing has left this machine', async () => {
  const hub = createFakeHub({
    answer: (attempt) => {
      if (attempt > 2) return { kind: 'accepted' };
      throw ApplicationFailure.create({ type: NOTHING_LEFT, message: 'refused', nextRetryDelay: 100 });
    },
  });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue);
    const accepted = await eventually(
      async () => report(handle),
      ({ status }) => status === 'AWAITING_CALLBACK',
    );
    expect(accepted.attempts).toBe(1);
    expect(hub.sent).toHaveLength(3);
    await handle.signal(virtualCardChangedSignal, aChange());
    await handle.result();
  });
});

it('ends FAILED and NEVER_SENT at the hard deadline when nothing ever left this machine', async () => {
  const hub = createFakeHub({
    answer: () => {
      throw ApplicationFailure.create({ type: NOTHING_LEFT, message: 'refused', nextRetryDelay: 300 });
    },
  });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue, { softSeconds: 1, hardSeconds: 3 });
    expect(await handle.result()).toMatchObject({
      status: 'FAILED',
      evidence: 'NONE',
      attention: 'NEVER_SENT',
      attempts: 0,
    });
  });
});

it('I4: takes a send of which nothing left for none also when its next try would come too late for Temporal', async () => {
  const hub = createFakeHub({
    answer: () => {
      throw ApplicationFailure.create({
        type: NOTHING_LEFT,
        message: 'refused',
        nextRetryDelay: 300 * SECOND,
      });
    },
  });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue, { softSeconds: 1, hardSeconds: 4 });
    expect(await handle.result()).toMatchObject({
      status: 'FAILED',
      evidence: 'NONE',
      attention: 'NEVER_SENT',
      attempts: 0,
    });
  });
});

it.each([
  [111, 'REJECTED', 'ANSWER'],
  [432, 'REJECTED', 'ANSWER'],
])(
  'records a refusal with %i as %s, evidence %s, and its code as a search attribute',
  async (code, status, evidence) => {
    const hub = createFakeHub({
      answer: () => ({ kind: 'refused', errorCode: code, httpStatus: 400 }),
      reading: () => aReading('RESUMED'),
    });
    await withHub(hub, async (taskQueue) => {
      const handle = await startOperation(taskQueue);
      expect(await handle.result()).toMatchObject({ status, evidence, errorCode: code });
      const { typedSearchAttributes } = await handle.describe();
      expect(typedSearchAttributes.get(statusKey)).toBe(status);
      expect(typedSearchAttributes.get(errorCodeKey)).toBe(code);
    });
  },
);

it('reads after an error that proves nothing, and is confirmed by what it sees', async () => {
  const hub = createFakeHub({ reading: () => aReading('SUSPENDED') });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue);
    await handle.signal(virtualCardChangedSignal, aChange({ errorCode: 221 }));
    expect(await handle.result()).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'READING',
      device: 'NOT_REACHED',
    });
  });
});

it('I3: goes from AWAITING_CALLBACK to OVERDUE and UNKNOWN when nobody ever answers, and shows it in the list', async () => {
  const hub = createFakeHub({ reading: () => aReading('RESUMED') });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue, { softSeconds: 2, hardSeconds: 5 });
    const described = async () => (await handle.describe()).typedSearchAttributes;
    const overdue = await eventually(described, (attributes) => attributes.get(statusKey) === 'OVERDUE');
    expect(overdue.get(attentionKey)).toBe('OVERDUE');
    expect(overdue.get(deadlineKey)?.toISOString()).toBe((await report(handle)).hardDeadlineAt);
    expect(await handle.result()).toMatchObject({
      status: 'UNKNOWN',
      evidence: 'NONE',
      attention: 'UNKNOWN_OUTCOME',
    });
    const closed = await described();
    expect(closed.get(statusKey)).toBe('UNKNOWN');
    expect(closed.get(attentionKey)).toBe('UNKNOWN_OUTCOME');
    expect(closed.get(deadlineKey)).toBeUndefined();
  });
});

it('settles a lost callback by reading after the soft deadline', async () => {
  const hub = createFakeHub({ reading: (attempt) => aReading(attempt === 1 ? 'RESUMED' : 'SUSPENDED') });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue, { softSeconds: 1, hardSeconds: 30 });
    expect(await handle.result()).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    expect((await handle.describe()).typedSearchAttributes.get(attentionKey)).toBeUndefined();
  });
});

it('treats a worker that is lost in the middle of a call (StartToClose) as an attempt without an answer: not Temporal sends again, but the workflow', async () => {
  const hub = createFakeHub({
    answer: async (attempt) => {
      // Longer than the activity may take: to the server this worker is lost.
      if (attempt === 1) await new Promise((resolve) => setTimeout(resolve, 9 * SECOND));
      return { kind: 'accepted' };
    },
  });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue);
    await eventually(
      async () => report(handle),
      ({ acceptedAt }) => acceptedAt !== undefined,
    );
    expect(hub.sent).toHaveLength(2);
    await handle.signal(virtualCardChangedSignal, aChange());
    expect(await handle.result()).toMatchObject({ status: 'CONFIRMED', attempts: 2 });
  });
});

it('takes the cancellation of the workflow for a cancellation by the API: it still waits and reads, and completes', async () => {
  const hub = createFakeHub({
    reading: (attempt) => (attempt === 1 ? { kind: 'failed' } : aReading('SUSPENDED')),
  });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue, { softSeconds: 300, hardSeconds: 600 });
    await eventually(
      async () => report(handle),
      ({ status }) => status === 'AWAITING_CALLBACK',
    );
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    expect((await handle.describe()).status.name).toBe('COMPLETED');
  });
});

it('ends CANCELLED without having called the hub when cancelled before anything left', async () => {
  const hub = createFakeHub({
    answer: () => {
      throw ApplicationFailure.create({
        type: NOTHING_LEFT,
        message: 'refused',
        nextRetryDelay: 30 * SECOND,
      });
    },
  });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue);
    await eventually(
      async () => hub.sent.length,
      (sent) => sent === 1,
    );
    await handle.executeUpdate(cancelUpdate, { args: [{}] });
    expect(await handle.result()).toMatchObject({ status: 'CANCELLED', evidence: 'NONE', attempts: 0 });
  });
});

it('I4: counts an attempt that is under way as sent when it is cancelled: its answer is awaited, then a reading decides', async () => {
  let answerNow = (): void => undefined;
  const hub = createFakeHub({
    answer: async () => {
      await new Promise<void>((resolve) => (answerNow = resolve));
      return { kind: 'accepted' };
    },
    reading: () => aReading('RESUMED'),
  });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue);
    await eventually(
      async () => hub.sent.length,
      (sent) => sent === 1,
    );
    expect(await handle.executeUpdate(cancelUpdate, { args: [{}] })).toMatchObject({ final: false });
    await new Promise((wake) => setTimeout(wake, SECOND));
    expect(await report(handle)).toMatchObject({ final: false, attempts: 1 });
    expect(hub.read).toHaveLength(0);
    answerNow();
    expect(await handle.result()).toMatchObject({ status: 'UNKNOWN', evidence: 'NONE', attempts: 1 });
  });
});

it('reads when a person asks, and answers when it has', async () => {
  const hub = createFakeHub({ reading: () => aReading('RESUMED') });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue);
    expect(await handle.executeUpdate(readUpdate, { args: [{}] })).toMatchObject({ final: false });
    expect(hub.read).toHaveLength(1);
    const decision = { status: 'FAILED', note: 'the issuer desk says so', by: 'jo' } as const;
    expect(await handle.executeUpdate(resolveUpdate, { args: [decision] })).toMatchObject({
      evidence: 'PERSON',
    });
    expect(await handle.result()).toMatchObject({ status: 'FAILED', evidence: 'PERSON', final: true });
  });
});

it('reads the card once beside the first send of a DELETE, so that its absence later can prove the deletion', async () => {
  const listed = aReading('RESUMED');
  const without = { kind: 'listed', tokens: [{ virtualCardId: 'token-2', status: 'RESUMED' }] } as const;
  const hub = createFakeHub({ reading: (attempt) => (attempt === 1 ? listed : without) });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue, { action: 'DELETE', softSeconds: 1, hardSeconds: 30 });
    expect(await handle.result()).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
  });
});

it('gives the look beside the first send of a DELETE 2 s at most, and waits for it with nothing', async () => {
  let lookedUntil = 0;
  const hub = createFakeHub({
    answer: (attempt) => ({ kind: attempt === 1 ? 'unanswered' : 'accepted' }),
    reading: async () => {
      await new Promise((resolve) => setTimeout(resolve, 6 * SECOND));
      lookedUntil = Date.now();
      return aReading('RESUMED');
    },
  });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue, { action: 'DELETE' });
    await eventually(
      async () => report(handle),
      ({ status }) => status === 'AWAITING_CALLBACK',
    );
    expect(lookedUntil).toBe(0);
    // A resend is not accompanied by another look.
    expect([hub.sent.length, hub.read.length]).toEqual([2, 1]);
    const { events } = await handle.fetchHistory();
    const looks = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled?.activityType?.name === 'getCardInfo'
        ? [Number(scheduled.scheduleToCloseTimeout?.seconds)]
        : [],
    );
    expect(looks).toEqual([2]);
    await handle.signal(virtualCardChangedSignal, aChange({ action: 'DELETE' }));
    expect(await handle.result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
  });
});

it('leaves LcmErrorCode unset when the code is no number', async () => {
  await withHub(createFakeHub(), async (taskQueue) => {
    const handle = await startOperation(taskQueue);
    await handle.signal(virtualCardChangedSignal, aChange({ errorCode: 'E-7' }));
    expect(await handle.result()).toMatchObject({ status: 'FAILED', errorCode: 'E-7' });
    const { typedSearchAttributes } = await handle.describe();
    expect(typedSearchAttributes.get(statusKey)).toBe('FAILED');
    expect(typedSearchAttributes.get(errorCodeKey)).toBeUndefined();
  });
});

it('I3: completes with its report although every activity fails for good', async () => {
  const broken = (): never => {
    throw ApplicationFailure.nonRetryable('a bug of ours', 'UNEXPECTED');
  };
  await withHub(createFakeHub({ answer: broken, reading: broken }), async (taskQueue) => {
    const handle = await startOperation(taskQueue, { softSeconds: 1, hardSeconds: 4 });
    expect(await handle.result()).toMatchObject({
      status: 'UNKNOWN',
      evidence: 'NONE',
      attention: 'UNKNOWN_OUTCOME',
    });
    expect((await handle.describe()).status.name).toBe('COMPLETED');
  });
});

it('says in one line what it is about, and which wait it is in', async () => {
  const hub = createFakeHub();
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue);
    await eventually(
      async () => report(handle),
      ({ status }) => status === 'AWAITING_CALLBACK',
    );
    expect(await (await handle.describe()).staticSummary()).toBe('SUSPEND token token-1 of card card-1');
    const { events } = await handle.fetchHistory();
    const summaries = (events ?? []).map((event) => event.userMetadata?.summary?.data?.toString());
    expect(summaries).toEqual(expect.arrayContaining(['"SUSPEND token token-1"', '"soft deadline"']));
    await handle.signal(virtualCardChangedSignal, aChange());
    await handle.result();
  });
});

/** Signals that say nothing about the request: enough of them for a new run. */
async function flood(handle: WorkflowHandle<typeof tokenOperation>): Promise<void> {
  for (let batch = 0; batch < 10; batch += 1) {
    await Promise.all(
      Array.from({ length: 100 }, async () =>
        handle.signal(virtualCardChangedSignal, aChange({ virtualCardId: 'token-9' })),
      ),
    );
  }
}

async function untilNextRun(handle: WorkflowHandle<typeof tokenOperation>, runId: string): Promise<void> {
  await eventually(
    async () => (await handle.describe()).runId,
    (latest) => latest !== runId,
  );
}

it('continues as new only between activities: a send that is under way is awaited, and its answer goes along', async () => {
  let answerNow = (): void => undefined;
  const hub = createFakeHub({
    answer: async () => {
      await new Promise<void>((resolve) => (answerNow = resolve));
      return { kind: 'accepted' };
    },
  });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue, {
      softSeconds: 300,
      hardSeconds: 600,
      hubTimeoutSeconds: 200,
    });
    await eventually(
      async () => hub.sent.length,
      (sent) => sent === 1,
    );
    const { runId } = await handle.describe();
    await flood(handle);
    expect((await report(handle)).duplicates).toBe(999);
    expect((await handle.describe()).runId).toBe(runId);
    answerNow();
    const latest = env.client.workflow.getHandle<typeof tokenOperation>(handle.workflowId);
    await untilNextRun(latest, runId);
    expect(await report(latest)).toMatchObject({ status: 'AWAITING_CALLBACK', attempts: 1 });
    await latest.signal(virtualCardChangedSignal, aChange());
    expect(await latest.result()).toMatchObject({ status: 'CONFIRMED', attempts: 1 });
    expect(hub.sent).toHaveLength(1);
  });
});

it('continues as new without waiting for the next try of a send of which nothing left: that is cancelled', async () => {
  const hub = createFakeHub({
    answer: (attempt) => {
      if (attempt > 1) return { kind: 'accepted' };
      throw ApplicationFailure.create({
        type: NOTHING_LEFT,
        message: 'refused',
        nextRetryDelay: 300 * SECOND,
      });
    },
  });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue, { softSeconds: 300, hardSeconds: 600 });
    await eventually(
      async () => hub.sent.length,
      (sent) => sent === 1,
    );
    const { runId } = await handle.describe();
    await flood(handle);
    const latest = env.client.workflow.getHandle<typeof tokenOperation>(handle.workflowId);
    await untilNextRun(latest, runId);
    await eventually(
      async () => report(latest),
      ({ status }) => status === 'AWAITING_CALLBACK',
    );
    await latest.signal(virtualCardChangedSignal, aChange());
    expect(await latest.result()).toMatchObject({ status: 'CONFIRMED', attempts: 1, duplicates: 999 });
  });
});

it('I4: continues as new knowing that something was possibly sent, and does not send again because of it', async () => {
  const hub = createFakeHub({
    answer: () => ({ kind: 'again', effect: 'possible', retryAfterMs: 300 * SECOND }),
    reading: () => aReading('RESUMED'),
  });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue, { softSeconds: 300, hardSeconds: 600 });
    await eventually(
      async () => report(handle),
      ({ attempts }) => attempts === 1,
    );
    const { runId } = await handle.describe();
    await flood(handle);
    const latest = env.client.workflow.getHandle<typeof tokenOperation>(handle.workflowId);
    await untilNextRun(latest, runId);
    await latest.executeUpdate(cancelUpdate, { args: [{}] });
    expect(await latest.result()).toMatchObject({ status: 'UNKNOWN', attempts: 1 });
    expect(hub.sent).toHaveLength(1);
  });
});

it('continues as new after a thousand signals, without sending again and with nothing forgotten', async () => {
  const hub = createFakeHub();
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue, { softSeconds: 300, hardSeconds: 600 });
    await eventually(
      async () => report(handle),
      ({ status }) => status === 'AWAITING_CALLBACK',
    );
    const first = await handle.describe();
    const odd = aChange({ virtualCardId: 'token-9' });
    for (let batch = 0; batch < 11; batch += 1) {
      await Promise.all(
        Array.from({ length: 100 }, async () => handle.signal(virtualCardChangedSignal, odd)),
      );
    }
    await eventually(
      async () => (await handle.describe()).runId,
      (runId) => runId !== first.runId,
    );
    await eventually(
      async () => report(handle),
      ({ duplicates }) => duplicates === 1_099,
    );
    await handle.signal(virtualCardChangedSignal, aChange());
    expect(await env.client.workflow.getHandle(handle.workflowId).result()).toMatchObject({
      status: 'CONFIRMED',
      duplicates: 1_099,
      attempts: 1,
      unexpected: [{ virtualCardId: 'token-9' }],
    });
    expect(hub.sent).toHaveLength(1);
  });
});

it('I3: hands over to a new run although a person waits for a reading at that moment', async () => {
  const taskQueue = `test-${randomUUID()}`;
  const handle = await startOperation(taskQueue, {
    softSeconds: 300,
    hardSeconds: 600,
    // The look begins beside the first send: what it shows is as wanted whoever has done it.
    action: 'RESUME',
  });
  await flood(handle);
  const read = handle.executeUpdate(readUpdate, { args: [{}] });
  const hub = createFakeHub({ reading: () => aReading('RESUMED') });
  await withWorker(env, { taskQueue, activities: hub.activities }, async () => {
    await expect(read).resolves.toMatchObject({ operationId: handle.workflowId.split('/').at(-1) });
    const latest = env.client.workflow.getHandle(handle.workflowId);
    expect(await latest.result()).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'READING',
      duplicates: 999,
    });
  });
});

it.each([
  ['a code that is no whole number', { errorCode: 1.5 }],
  ['a code that is no code at all', { errorCode: { code: 231 } }],
  ['an action that is no text', { action: 7 }],
])('I3: ignores a signal with %s, and goes on', async (_what, odd) => {
  await withHub(createFakeHub(), async (taskQueue) => {
    const handle = await startOperation(taskQueue);
    await handle.signal('virtualCardChanged', { ...aChange(), ...odd });
    await handle.signal(virtualCardChangedSignal, aChange());
    expect(await handle.result()).toMatchObject({ status: 'CONFIRMED', unexpected: [], conflicts: [] });
  });
});

it('I3: ignores a signal that carries no change, and goes on', async () => {
  const hub = createFakeHub();
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue);
    await handle.signal('virtualCardChanged');
    await handle.signal('virtualCardChanged', null);
    await handle.signal('virtualCardChanged', { virtualCardId: 'token-1' });
    await handle.signal(virtualCardChangedSignal, aChange());
    expect(await handle.result()).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'CALLBACK',
      unexpected: [],
    });
  });
});

it.each([
  ['nothing', []],
  ['no status', [{}]],
  ['a status in other letters', [{ status: 'Confirmed', note: 'seen', by: 'jo' }]],
  ['a status that is not final', [{ status: 'OVERDUE', note: 'seen', by: 'jo' }]],
  ['an empty name', [{ status: 'FAILED', note: 'seen', by: '' }]],
])('I3: refuses a decision with %s, says what is wrong, and goes on', async (_what, args) => {
  const hub = createFakeHub();
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue);
    const refused = handle.executeUpdate<unknown, [unknown]>('resolve', { args: args as [unknown] });
    await expect(refused).rejects.toMatchObject({ cause: { type: 'INVALID_DECISION' } });
    await handle.signal(virtualCardChangedSignal, aChange());
    expect(await handle.result()).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
  });
});

it.each(['cancel', 'read'])(
  'I3: refuses a %s whose who and why is neither, says what is wrong, and goes on',
  async (name) => {
    const hub = createFakeHub();
    await withHub(hub, async (taskQueue) => {
      const handle = await startOperation(taskQueue);
      for (const [argument, sentence] of [
        ['jo', 'who and why is an object {by?, note?}, or nothing'],
        [['jo'], 'who and why is an object {by?, note?}, or nothing'],
        [{ by: 'jo', force: true }, 'only by and note are taken'],
        [{ by: 7 }, 'by: some words, or nothing'],
        [{ note: 'card 4111 1111 1111 1111' }, 'note: no card number'],
      ]) {
        await expect(
          handle.executeUpdate<unknown, [unknown]>(name, { args: [argument] }),
        ).rejects.toMatchObject({ cause: { type: 'INVALID_REMARK', message: sentence } });
      }
      await handle.signal(virtualCardChangedSignal, aChange());
      const report = await handle.result();
      expect(report).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
      expect(report).not.toHaveProperty('requests');
    });
  },
);

it('keeps who asked and why, in the report and in the history; both may be left out', async () => {
  const hub = createFakeHub({ reading: () => aReading('RESUMED') });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue, { softSeconds: 300, hardSeconds: 600 });
    await handle.executeUpdate('read');
    await handle.executeUpdate<unknown, [unknown]>('read', { args: [null] });
    await handle.executeUpdate(readUpdate, { args: [{ by: 'jo', note: 'the caller waits' }] });
    await handle.executeUpdate(cancelUpdate, { args: [{ by: 'max' }] });
    expect(await handle.result()).toMatchObject({
      requests: [
        { kind: 'read', at: expect.any(String) },
        { kind: 'read' },
        { kind: 'read', by: 'jo', note: 'the caller waits' },
        { kind: 'cancel', by: 'max' },
      ],
    });
    const { events } = await handle.fetchHistory();
    const accepted = events?.flatMap(
      ({ workflowExecutionUpdateAcceptedEventAttributes: update }) =>
        update?.acceptedRequest?.input?.args?.payloads ?? [],
    );
    const said = accepted?.map(({ data }) => Buffer.from(data ?? []).toString());
    expect(said).toContain('{"by":"jo","note":"the caller waits"}');
  });
});

it('reads for a person although the workflow was cancelled before', async () => {
  const hub = createFakeHub({
    reading: (attempt) => (attempt === 1 ? { kind: 'failed' } : aReading('SUSPENDED')),
  });
  await withHub(hub, async (taskQueue) => {
    const handle = await startOperation(taskQueue, { softSeconds: 300, hardSeconds: 600 });
    await eventually(
      async () => report(handle),
      ({ status }) => status === 'AWAITING_CALLBACK',
    );
    await handle.cancel();
    await eventually(
      async () => hub.read.length,
      (read) => read === 1,
    );
    expect(await handle.executeUpdate(readUpdate, { args: [{}] })).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'READING',
    });
  });
});
