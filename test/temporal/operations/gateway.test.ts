import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../../activities/index.js';
import type { VirtualCardChange } from '../../../src/domain/hub/change.js';
import type { ForeignChange } from '../../../src/domain/unsolicited/foreign-change.js';
import { lateWorkflowId, ownerWorkflowId } from '../../../src/contract/workflow-ids.js';
import { createBoundedCalls } from '../../../src/temporal/connection/bounded-calls.js';
import { createLateBasisLookUp } from '../../../src/temporal/operations/closed-operation.js';
import {
  GatewayUnavailableError,
  type Gateway,
  type OperationRef,
  type StartRequest,
} from '../../../src/application/gateway.js';
import { toOperationId, toRetryId } from '../../../src/temporal/operations/operation-id.js';
import { createTemporalGateway } from '../../../src/temporal/temporal-gateway.js';
import { createLazyClient } from '../../../src/temporal/connection/connect.js';
import { attentionKey, scopeKey, virtualCardKey } from '../../../src/contract/search-attributes.js';
import { aChange, aReading, SECOND } from '../../support/builders.js';
import { createFakeHub, type FakeHub } from '../../support/fake-hub.js';
import { aGateway, aPatientGateway, someSettings, patientCallsOn } from '../../support/temporal/gateway.js';
import { sideBySide } from '../../support/temporal/side-by-side.js';
import { eventually, startTemporal, withWorker } from '../../support/temporal/temporal.js';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await startTemporal();
}, 120_000);
afterAll(async () => env?.teardown());
jest.setTimeout(240_000);
const it = sideBySide();

const ISSUER = 'ISSUER1234';
const NOTE = { status: 'FAILED', note: 'n', by: 'jo' } as const;

function createGateway(taskQueue: string): Gateway {
  return aGateway(env.client, { taskQueue });
}

/** What the worker of these tests looks up for late arrivals is real. */
const findLateBasis: Activities['findLateBasis'] = async (asked) =>
  createLateBasisLookUp(env.client, patientCallsOn(env.client))(asked);

function aStart(overrides: Partial<StartRequest> = {}): StartRequest {
  const body = overrides.body ?? { action: 'SUSPEND', issuerCardRefId: 'card-1', virtualCardId: 'token-1' };
  return {
    issuerId: ISSUER,
    caller: '',
    idempotencyKey: randomUUID(),
    body,
    action: 'SUSPEND',
    issuerCardRefId: 'card-1',
    virtualCardId: 'token-1',
    softDeadlineSeconds: 20,
    hardDeadlineSeconds: 40,
    ...overrides,
  };
}

/** A gateway whose operations are worked on by a worker of its own, however busy the machine is. */
async function withGateway<T>(hub: FakeHub, use: (gateway: Gateway) => Promise<T>): Promise<T> {
  const taskQueue = `test-${randomUUID()}`;
  return withWorker(env, { taskQueue, activities: { ...hub.activities, findLateBasis } }, async () =>
    use(aPatientGateway(env.client, { taskQueue })),
  );
}

function callbackFor(operationId: string, overrides: Partial<VirtualCardChange> = {}): VirtualCardChange {
  return aChange({ correlationId: operationId, ...overrides });
}

/** Repeats what was answered "not known whether it was applied: repeat", as a client does. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof GatewayUnavailableError) || attempt === 5) throw error;
    }
  }
}

async function operationIdOf(gateway: Gateway, request: StartRequest): Promise<string> {
  const result = await gateway.startOperation(request);
  if (result.kind === 'key-reused') throw new Error('the key is in use');
  return result.operation.operationId;
}

describe('starting', () => {
  it('I2: makes one operation of a hundred parallel requests with one key, and calls the hub once', async () => {
    const hub = createFakeHub();
    await withGateway(hub, async (gateway) => {
      const request = aStart({ softDeadlineSeconds: 300, hardDeadlineSeconds: 600 });
      const results = await Promise.all(
        Array.from({ length: 100 }, async () => patiently(async () => gateway.startOperation(request))),
      );
      expect(results.filter(({ kind }) => kind === 'started')).toHaveLength(1);
      expect(results.filter(({ kind }) => kind === 'found')).toHaveLength(99);
      const operationId = toOperationId({
        issuerId: ISSUER,
        caller: '',
        idempotencyKey: request.idempotencyKey,
        n: 0,
      });
      const ref = { issuerId: ISSUER, operationId };
      await eventually(
        async () => gateway.describeOperation(ref),
        (seen) => seen?.status === 'AWAITING_CALLBACK',
      );
      await gateway.deliver(ISSUER, callbackFor(operationId));
      expect(await gateway.waitForOperation(ref, { waitMs: 60 * SECOND })).toMatchObject({
        status: 'CONFIRMED',
      });
      expect(await gateway.startOperation(request)).toMatchObject({
        kind: 'found',
        operation: { status: 'CONFIRMED' },
      });
      expect(hub.sent).toHaveLength(1);
    });
  });

  it('refuses a key that belongs to another body, whatever the order of its fields', async () => {
    const gateway = createGateway(`nobody-${randomUUID()}`);
    const request = aStart({ body: { action: 'SUSPEND', issuerCardRefId: 'card-1' } });
    expect(await gateway.startOperation(request)).toMatchObject({ kind: 'started' });
    const reordered = { ...request, body: { issuerCardRefId: 'card-1', action: 'SUSPEND' } };
    expect(await gateway.startOperation(reordered)).toMatchObject({ kind: 'found' });
    const other = { ...request, body: { issuerCardRefId: 'card-2', action: 'SUSPEND' } };
    expect(await gateway.startOperation(other)).toEqual({ kind: 'key-reused' });
  });

  it('takes the next id and says so when the first is held by a foreign change', async () => {
    const gateway = createGateway(`nobody-${randomUUID()}`);
    const request = aStart();
    const key = { issuerId: ISSUER, caller: '', idempotencyKey: request.idempotencyKey };
    await gateway.deliver(ISSUER, callbackFor(toOperationId({ ...key, n: 0 })));
    const result = await gateway.startOperation(request);
    expect(result).toMatchObject({
      kind: 'started',
      operation: { operationId: toOperationId({ ...key, n: 1 }), attention: 'ID_TAKEN' },
    });
  });

  it('answers from memo and search attributes while no worker runs', async () => {
    const gateway = createGateway(`nobody-${randomUUID()}`);
    const known = {
      status: 'REQUESTED',
      action: 'SUSPEND',
      issuerCardRefId: 'card-1',
      virtualCardId: 'token-1',
      final: false,
    };
    const started = await gateway.startOperation(aStart());
    expect(started).toMatchObject({ kind: 'started', operation: { ...known, attempts: 0 } });
    if (started.kind !== 'started') throw new Error('not started');
    // What was started is known without asking; from then on there is nobody to ask.
    expect(started.operation.partial).toBeUndefined();
    const ref = { issuerId: ISSUER, operationId: started.operation.operationId };
    expect(await gateway.describeOperation(ref)).toMatchObject({ ...known, partial: true, outcomes: [] });
  });
});

describe('waiting', () => {
  it('answers as soon as the operation is final, and with what is known when the time is over', async () => {
    await withGateway(createFakeHub(), async (gateway) => {
      const operationId = await operationIdOf(gateway, aStart());
      const ref = { issuerId: ISSUER, operationId };
      const early = await gateway.waitForOperation(ref, { waitMs: 300 });
      expect(early).toMatchObject({ final: false });
      const waiting = gateway.waitForOperation(ref, { waitMs: 60 * SECOND });
      await gateway.deliver(ISSUER, callbackFor(operationId));
      expect(await waiting).toMatchObject({ status: 'CONFIRMED', final: true });
      expect(
        await gateway.waitForOperation({ ...ref, operationId: 'op-none' }, { waitMs: 300 }),
      ).toBeUndefined();
    });
  });
});

describe('a wait', () => {
  it('asks Temporal a few times and not without a pause, however it ends', async () => {
    const gateway = createGateway(`nobody-${randomUUID()}`);
    const ref = { issuerId: ISSUER, operationId: await operationIdOf(gateway, aStart()) };
    const asked = jest.spyOn(env.client.workflowService, 'getWorkflowExecutionHistory');
    await gateway.waitForOperation(ref, { waitMs: 2_500 });
    // The other scenarios of this file wait beside it, over the same connection.
    const own = asked.mock.calls.filter((call) => JSON.stringify(call[0]).includes(ref.operationId));
    expect(own.length).toBeGreaterThan(0);
    expect(own.length).toBeLessThan(5);
    asked.mockRestore();
  });

  it('does not begin when it was given up before', async () => {
    const gateway = createGateway(`nobody-${randomUUID()}`);
    const ref = { issuerId: ISSUER, operationId: await operationIdOf(gateway, aStart()) };
    const startedAt = Date.now();
    await gateway.waitForOperation(ref, { waitMs: 20 * SECOND, signal: AbortSignal.abort() });
    expect(Date.now() - startedAt).toBeLessThan(10 * SECOND);
  });
});

describe('delivering', () => {
  it('I7: keeps a change with an unknown correlation id as a foreign change, per token and in order', async () => {
    const correlationId = randomUUID();
    const changes = [
      aChange({ correlationId, action: 'SUSPEND', source: 'WALLET' }),
      aChange({ correlationId, action: 'SUSPEND', source: 'WALLET' }),
      aChange({ correlationId, action: 'FROBNICATE' }),
      aChange({ correlationId, virtualCardId: 'token-2', errorCode: 221 }),
    ];
    const taskQueue = `test-${randomUUID()}`;
    for (const change of changes) await createGateway(taskQueue).deliver(ISSUER, change);
    await withWorker(env, { taskQueue, activities: {} }, async () => {
      const handle = env.client.workflow.getHandle(ownerWorkflowId(ISSUER, correlationId));
      const foreign = (await handle.result()) as ForeignChange;
      expect(foreign.tokens).toMatchObject([
        {
          virtualCardId: 'token-1',
          changes: [{ action: 'SUSPEND', source: 'WALLET', repeats: 1 }, { action: 'FROBNICATE' }],
        },
        { virtualCardId: 'token-2', changes: [{ errorCode: 221 }] },
      ]);
      const { typedSearchAttributes } = await handle.describe();
      expect(typedSearchAttributes.get(scopeKey)).toBe('FOREIGN');
      expect(typedSearchAttributes.get(virtualCardKey)).toBe('token-1');
    });
  });

  it('I5: keeps what comes after the end beside the recorded outcome, over several runs', async () => {
    await withGateway(createFakeHub(), async (gateway) => {
      const operationId = await operationIdOf(gateway, aStart());
      const ref = { issuerId: ISSUER, operationId };
      await gateway.deliver(ISSUER, callbackFor(operationId));
      expect(await gateway.waitForOperation(ref, { waitMs: 60 * SECOND })).toMatchObject({
        status: 'CONFIRMED',
        late: [],
      });
      await gateway.deliver(ISSUER, callbackFor(operationId));
      const late = env.client.workflow.getHandle(lateWorkflowId(ISSUER, operationId));
      expect(await gateway.describeOperation(ref)).toMatchObject({
        duplicates: 1,
        late: [{ kind: 'duplicate' }],
      });
      await late.result();
      await gateway.deliver(ISSUER, callbackFor(operationId, { errorCode: 231 }));
      const conflicting = await eventually(
        async () => gateway.describeOperation(ref),
        (seen) => seen?.late.length === 2,
      );
      expect(conflicting).toMatchObject({
        status: 'CONFIRMED',
        effectiveStatus: 'UNKNOWN',
        attention: 'CONFLICT',
        late: [{ kind: 'duplicate' }, { kind: 'conflict', change: { errorCode: 231 } }],
      });
    });
  });

  it('I4: shows an operation that somebody terminated as UNKNOWN, and amends it by a late success', async () => {
    await withGateway(createFakeHub(), async (gateway) => {
      const operationId = await operationIdOf(gateway, aStart());
      const ref = { issuerId: ISSUER, operationId };
      await env.client.workflow.getHandle(ownerWorkflowId(ISSUER, operationId)).terminate('by hand');
      expect(await gateway.describeOperation(ref)).toMatchObject({
        status: 'UNKNOWN',
        final: true,
        evidence: 'NONE',
        attention: 'TERMINATED',
      });
      await gateway.deliver(ISSUER, callbackFor(operationId));
      const amended = await eventually(
        async () => gateway.describeOperation(ref),
        (seen) => seen?.late.length === 1,
      );
      expect(amended).toMatchObject({
        status: 'UNKNOWN',
        effectiveStatus: 'CONFIRMED',
        late: [{ kind: 'amendment' }],
      });
    });
  });

  it('I5: does not hide that something came late while no worker can say what', async () => {
    const taskQueue = `test-${randomUUID()}`;
    const gateway = createGateway(taskQueue);
    const hub = createFakeHub();
    const operationId = await withWorker(env, { taskQueue, activities: hub.activities }, async () => {
      const id = await operationIdOf(gateway, aStart());
      await gateway.deliver(ISSUER, callbackFor(id));
      await gateway.waitForOperation({ issuerId: ISSUER, operationId: id }, { waitMs: 60 * SECOND });
      return id;
    });
    await gateway.deliver(ISSUER, callbackFor(operationId, { errorCode: 231 }));
    expect(await gateway.describeOperation({ issuerId: ISSUER, operationId })).toMatchObject({
      status: 'CONFIRMED',
      effectiveStatus: 'UNKNOWN',
      partial: true,
    });
  });

  it('keeps a late change although a signal without one came before it', async () => {
    const taskQueue = `test-${randomUUID()}`;
    const gateway = createGateway(taskQueue);
    const work = async (use: () => Promise<void>): Promise<void> =>
      withWorker(env, { taskQueue, activities: { findLateBasis } }, use);
    const correlationId = randomUUID();
    await gateway.deliver(ISSUER, aChange({ correlationId }));
    const owner = env.client.workflow.getHandle(ownerWorkflowId(ISSUER, correlationId));
    await owner.signal('virtualCardChanged');
    await work(async () => {
      expect(await owner.result()).toMatchObject({ tokens: [{ virtualCardId: 'token-1' }] });
    });
    await gateway.deliver(ISSUER, aChange({ correlationId }));
    const late = env.client.workflow.getHandle(lateWorkflowId(ISSUER, correlationId));
    await late.signal('virtualCardChanged', null);
    await work(async () => {
      expect(await late.result()).toMatchObject({ arrivals: [{ repeats: 0 }] });
    });
  });

  it('I1: fails within about 2 s, and says so, when Temporal is not there', async () => {
    const nowhere = createLazyClient({ namespace: 'default', options: { address: '127.0.0.1:1' } });
    const calls = createBoundedCalls(nowhere.client.connection);
    const gateway = createTemporalGateway(nowhere.client, someSettings(), { calls });
    const startedAt = Date.now();
    await expect(gateway.deliver(ISSUER, aChange())).rejects.toThrow(GatewayUnavailableError);
    expect(Date.now() - startedAt).toBeLessThan(6 * SECOND);
    expect(await gateway.isReachable()).toBe(false);
    await calls.drained();
    await nowhere.connection.close();
  });
});

describe('a retry', () => {
  /** One that somebody has ended by hand, so that nobody knows what became of it. */
  async function anUnknown(gateway: Gateway, overrides: Partial<StartRequest> = {}): Promise<OperationRef> {
    const ref = { issuerId: ISSUER, operationId: await operationIdOf(gateway, aStart(overrides)) };
    await env.client.workflow.getHandle(ownerWorkflowId(ISSUER, ref.operationId)).terminate('by hand');
    return ref;
  }

  it('I2: is one new operation, whoever asks for it and how often, with the code and the time of the first', async () => {
    const hub = createFakeHub();
    await withGateway(hub, async (gateway) => {
      const ref = await anUnknown(gateway, { reason: { code: 7, text: 'lost' }, softDeadlineSeconds: 30 });
      expect(await gateway.describeOperation(ref)).not.toHaveProperty('retriedBy');
      const asked = [{ by: 'jo', note: 'ended by mistake' }, { by: 'max' }, {}].map(async (remark) =>
        gateway.retryOperation(ref, { ...remark, cardResume: 'refuse' }),
      );
      const answers = (await Promise.all(asked)).map((answer) => answer.kind === 'done' && answer.operation);
      const retryId = toRetryId(ref.operationId, 0);
      const action = { action: 'SUSPEND', issuerCardRefId: 'card-1', virtualCardId: 'token-1' };
      expect(answers).toMatchObject(
        Array.from({ length: 3 }, () => ({ operationId: retryId, retryOf: ref.operationId, ...action })),
      );
      const retry = { issuerId: ISSUER, operationId: retryId };
      const seen = await eventually(
        async () => gateway.describeOperation(retry),
        (view) => view?.status === 'AWAITING_CALLBACK',
      );
      const { requestedAt = '', softDeadlineAt = '', hardDeadlineAt = '' } = seen ?? {};
      expect(Date.parse(softDeadlineAt) - Date.parse(requestedAt)).toBe(30 * SECOND);
      expect(Date.parse(hardDeadlineAt) - Date.parse(requestedAt)).toBe(40 * SECOND);
      expect(hub.sent.filter(({ correlationId }) => correlationId === retryId)).toMatchObject([
        { ...action, reasonCode: 7 },
      ]);
      expect(await gateway.describeOperation(ref)).toMatchObject({
        retriedBy: retryId,
        advice: { code: 'FOLLOW_RETRY' },
      });
      // A late success of the first leaves nothing to repeat, and takes nothing back.
      await gateway.deliver(ISSUER, callbackFor(ref.operationId));
      await eventually(
        async () => gateway.describeOperation(ref),
        (view) => view?.effectiveStatus === 'CONFIRMED',
      );
      expect(await gateway.retryOperation(ref, { cardResume: 'allow' })).toMatchObject({
        kind: 'done',
        operation: { operationId: retryId },
      });
    });
  });

  it('is refused while the operation runs, when it is confirmed late, and when there is none', async () => {
    await withGateway(createFakeHub(), async (gateway) => {
      const running = { issuerId: ISSUER, operationId: await operationIdOf(gateway, aStart()) };
      expect(await gateway.retryOperation(running, { cardResume: 'allow' })).toEqual({
        kind: 'not-retryable',
      });
      const ref = await anUnknown(gateway);
      await gateway.deliver(ISSUER, callbackFor(ref.operationId));
      await eventually(
        async () => gateway.describeOperation(ref),
        (view) => view?.effectiveStatus === 'CONFIRMED',
      );
      expect(await gateway.retryOperation(ref, { cardResume: 'allow' })).toEqual({ kind: 'not-retryable' });
      expect(
        await gateway.retryOperation({ ...ref, operationId: 'op-none' }, { cardResume: 'allow' }),
      ).toEqual({
        kind: 'not-found',
      });
    });
  });

  it('takes the next id when the first is held by a foreign change, and is found by it', async () => {
    const gateway = createGateway(`nobody-${randomUUID()}`);
    const ref = await anUnknown(gateway);
    await gateway.deliver(ISSUER, callbackFor(toRetryId(ref.operationId, 0)));
    const retryId = toRetryId(ref.operationId, 1);
    for (const remark of [{ by: 'jo' }, {}]) {
      expect(await gateway.retryOperation(ref, { ...remark, cardResume: 'allow' })).toMatchObject({
        kind: 'done',
        operation: { operationId: retryId, retryOf: ref.operationId, attention: 'ID_TAKEN' },
      });
    }
    expect(await gateway.describeOperation(ref)).toMatchObject({ retriedBy: retryId });
  });

  it('is not begun while nobody can say what came late: it may have been confirmed', async () => {
    const gateway = createGateway(`nobody-${randomUUID()}`);
    const ref = await anUnknown(gateway);
    await gateway.deliver(ISSUER, callbackFor(ref.operationId));
    await expect(gateway.retryOperation(ref, { cardResume: 'allow' })).rejects.toThrow(
      GatewayUnavailableError,
    );
    expect(await gateway.describeOperation(ref)).not.toHaveProperty('retriedBy');
  });
});

describe('a person', () => {
  it('cancels a running operation, and cannot cancel a closed one', async () => {
    await withGateway(createFakeHub({ reading: () => aReading('SUSPENDED') }), async (gateway) => {
      const operationId = await operationIdOf(gateway, aStart());
      const ref = { issuerId: ISSUER, operationId };
      await eventually(
        async () => gateway.describeOperation(ref),
        (seen) => seen?.status === 'AWAITING_CALLBACK',
      );
      expect(await gateway.cancelOperation(ref, { by: 'jo' })).toMatchObject({ kind: 'done' });
      // Repeated: the first one is who cancelled.
      await gateway.cancelOperation(ref, { by: 'max' });
      const ended = await gateway.waitForOperation(ref, { waitMs: 60 * SECOND });
      expect(ended).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
      expect(ended?.requests).toEqual([{ kind: 'cancel', at: expect.any(String), by: 'jo' }]);
      expect(await gateway.cancelOperation(ref)).toEqual({ kind: 'already-final' });
      expect(await gateway.cancelOperation({ ...ref, operationId: 'op-none' })).toEqual({
        kind: 'not-found',
      });
    });
  });

  it('clears the attention of a closed operation by deciding, again and again if need be', async () => {
    await withGateway(createFakeHub(), async (gateway) => {
      const operationId = await operationIdOf(gateway, aStart());
      const ref = { issuerId: ISSUER, operationId };
      await gateway.deliver(ISSUER, callbackFor(operationId));
      await gateway.waitForOperation(ref, { waitMs: 60 * SECOND });
      await gateway.deliver(ISSUER, callbackFor(operationId, { errorCode: 231 }));
      const late = env.client.workflow.getHandle(lateWorkflowId(ISSUER, operationId));
      const attention = async () => (await late.describe()).typedSearchAttributes.get(attentionKey);
      await eventually(attention, (seen) => seen === 'CONFLICT');

      const decision = { status: 'CONFIRMED', note: 'seen in the portal', by: 'jo' } as const;
      expect(await gateway.resolveOperation(ref, decision)).toMatchObject({
        kind: 'done',
        operation: {
          status: 'CONFIRMED',
          effectiveStatus: 'CONFIRMED',
          evidence: 'CALLBACK',
          late: [{ kind: 'conflict' }, { kind: 'decision', note: 'seen in the portal', by: 'jo' }],
        },
      });
      await eventually(attention, (seen) => seen === undefined);
      // It closes once it is quiet; the next decision begins a run of its own, which knows of the one before.
      await late.result();
      await gateway.deliver(ISSUER, callbackFor(operationId, { errorCode: 232 }));
      await eventually(attention, (seen) => seen === 'CONFLICT');
      const again = await gateway.resolveOperation(ref, { ...decision, status: 'FAILED' });
      expect(again).toMatchObject({ operation: { effectiveStatus: 'FAILED' } });
      if (again.kind !== 'done') throw new Error('not done');
      expect(again.operation.attention).toBeUndefined();
      expect(again.operation.late).toHaveLength(4);
    });
  });

  it('decides once although the request is repeated: at the same moment, after the end, and after what came late has closed', async () => {
    await withGateway(createFakeHub(), async (gateway) => {
      const operationId = await operationIdOf(gateway, aStart());
      const ref = { issuerId: ISSUER, operationId };
      const decision = { status: 'CONFIRMED', note: 'seen in the portal' } as const;
      const ended = { status: 'CONFIRMED', evidence: 'PERSON', late: [{ kind: 'decision', ...decision }] };
      const repeat = async () => patiently(async () => gateway.resolveOperation(ref, decision));
      const answers = await Promise.all([repeat(), repeat(), repeat()]);
      expect([...answers, await repeat()]).toMatchObject(
        Array.from({ length: 4 }, () => ({ kind: 'done', operation: ended })),
      );
      await gateway.deliver(ISSUER, callbackFor(operationId, { errorCode: 231 }));
      const late = env.client.workflow.getHandle(lateWorkflowId(ISSUER, operationId));
      await eventually(
        async () => gateway.describeOperation(ref),
        (seen) => seen?.attention === 'CONFLICT',
      );
      // Something came in between: the same words decide anew, and then once.
      const decided = { late: [{ kind: 'decision' }, { kind: 'conflict' }, { kind: 'decision' }] };
      expect(await repeat()).toMatchObject({ operation: decided });
      await late.result();
      expect(await repeat()).toMatchObject({ kind: 'done', operation: decided });
    });
  });

  it('cannot say of one token that it was done in part', async () => {
    const gateway = createGateway(`nobody-${randomUUID()}`);
    const ref = { issuerId: ISSUER, operationId: await operationIdOf(gateway, aStart()) };
    const decision = { ...NOTE, status: 'PARTIALLY_CONFIRMED' } as const;
    expect(await gateway.resolveOperation(ref, decision)).toEqual({ kind: 'not-decidable' });
  });

  it('I5: is waited for by a late conflict, longer than it would linger otherwise', async () => {
    await withGateway(createFakeHub(), async (gateway) => {
      const operationId = await operationIdOf(gateway, aStart());
      await gateway.deliver(ISSUER, callbackFor(operationId));
      const ref = { issuerId: ISSUER, operationId };
      await gateway.waitForOperation(ref, { waitMs: 60 * SECOND });
      await gateway.deliver(ISSUER, callbackFor(operationId, { errorCode: 231 }));
      const late = env.client.workflow.getHandle(lateWorkflowId(ISSUER, operationId));
      await new Promise((wake) => setTimeout(wake, 3 * SECOND));
      expect((await late.describe()).status.name).toBe('RUNNING');
      // Somebody cancels it in the Temporal UI: what it keeps must stay readable.
      await late.cancel();
      await gateway.resolveOperation(ref, { status: 'CONFIRMED', note: 'n', by: 'jo' });
      expect(await late.result()).toMatchObject({ arrivals: [{ kind: 'word' }, { kind: 'decision' }] });
    });
  });

  it('has the hub read also after the end, and sees what it showed', async () => {
    const hub = createFakeHub({ reading: (look) => aReading(look === 1 ? 'RESUMED' : 'SUSPENDED') });
    await withGateway(hub, async (gateway) => {
      const operationId = await operationIdOf(gateway, aStart());
      const ref = { issuerId: ISSUER, operationId };
      await env.client.workflow.getHandle(ownerWorkflowId(ISSUER, operationId)).terminate('by hand');
      const remark = { by: 'jo', note: 'the caller waits' };
      expect(await gateway.readOperation(ref, remark)).toMatchObject({
        kind: 'done',
        operation: {
          effectiveStatus: 'UNKNOWN',
          late: [
            {
              kind: 'reading',
              note: 'the hub lists the token as RESUMED',
              by: 'jo',
              why: 'the caller waits',
            },
          ],
        },
      });
      expect(await gateway.readOperation(ref)).toMatchObject({
        operation: { status: 'UNKNOWN', effectiveStatus: 'CONFIRMED', attention: 'TERMINATED' },
      });
      expect(hub.read).toMatchObject([{ issuerCardRefId: 'card-1', virtualCardId: 'token-1' }, {}]);
    });
  });

  it('resolves a running operation; another decision in the instant of its end is not lost', async () => {
    await withGateway(createFakeHub(), async (gateway) => {
      const operationId = await operationIdOf(gateway, aStart());
      const ref = { issuerId: ISSUER, operationId };
      const decisions = (['CONFIRMED', 'FAILED'] as const).map(async (status) =>
        gateway.resolveOperation(ref, { status, note: `says ${status}`, by: 'jo' }),
      );
      await Promise.all(decisions);
      const seen = await gateway.describeOperation(ref);
      expect(seen).toMatchObject({ evidence: 'PERSON', late: [{ kind: 'decision' }, { kind: 'decision' }] });
      expect(seen?.effectiveStatus).not.toBe(seen?.status);
      expect(await gateway.resolveOperation({ ...ref, operationId: 'op-none' }, NOTE)).toEqual({
        kind: 'not-found',
      });
    });
  });

  it('has the hub read now', async () => {
    const hub = createFakeHub({ reading: () => aReading('SUSPENDED') });
    await withGateway(hub, async (gateway) => {
      const operationId = await operationIdOf(gateway, aStart());
      const ref = { issuerId: ISSUER, operationId };
      // A look that begins before that shows somebody else's suspension.
      await eventually(
        async () => gateway.describeOperation(ref),
        (seen) => seen?.status === 'AWAITING_CALLBACK',
      );
      expect(await gateway.readOperation(ref)).toMatchObject({
        kind: 'done',
        operation: { status: 'CONFIRMED' },
      });
      expect(hub.read).toHaveLength(1);
    });
  });
});
