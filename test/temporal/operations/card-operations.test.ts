// Operations on all tokens of a card through the gateway: who holds the ids, and what is shown when a workflow was ended by hand.
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { cardRequestWorkflowId, ownerWorkflowId } from '../../../src/contract/workflow-ids.js';
import { createLateBasisLookUp } from '../../../src/temporal/operations/closed-operation.js';
import type { Gateway, OperationRef, StartRequest } from '../../../src/application/gateway.js';
import { toOperationId, toRetryId } from '../../../src/temporal/operations/operation-id.js';
import { aChange, SECOND } from '../../support/builders.js';
import { aCardOfTwo } from '../../support/card-operation.js';
import { createFakeHub, type FakeHub } from '../../support/fake-hub.js';
import { aGateway, aPatientGateway, patientCallsOn } from '../../support/temporal/gateway.js';
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
const BODY = { action: 'SUSPEND', issuerCardRefId: 'card-1' } as const;
const DECISION = { status: 'PARTIALLY_CONFIRMED', note: 'seen in the portal', by: 'jo' } as const;
const nobody = (): string => `nobody-${randomUUID()}`;

function aStart(overrides: Partial<StartRequest> = {}): StartRequest {
  return {
    issuerId: ISSUER,
    caller: '',
    idempotencyKey: randomUUID(),
    body: BODY,
    ...BODY,
    softDeadlineSeconds: 300,
    hardDeadlineSeconds: 600,
    ...overrides,
  };
}

/** The same key for one token of the card. */
function onToken(request: StartRequest): StartRequest {
  return { ...request, body: { ...BODY, virtualCardId: 'token-1' }, virtualCardId: 'token-1' };
}

function idOf({ issuerId, caller, idempotencyKey }: StartRequest, n = 0): string {
  return toOperationId({ issuerId, caller, idempotencyKey, n });
}

interface Running {
  readonly gateway: Gateway;
  readonly taskQueue: string;
  readonly ref: OperationRef;
  readonly operation: WorkflowHandle;
  /** Its child, which sends the request. */
  readonly sender: WorkflowHandle;
  readonly hear: (virtualCardId: string, errorCode?: number) => Promise<void>;
}

/** `gateway`: with its own deadlines, unless a worker works on the operation, however busy the machine is. */
async function begin(
  taskQueue: string,
  request = aStart(),
  gateway = aGateway(env.client, { taskQueue }),
): Promise<Running> {
  const started = await gateway.startOperation(request);
  if (started.kind !== 'started') throw new Error(`it was ${started.kind}`);
  const { operationId } = started.operation;
  return {
    gateway,
    taskQueue,
    ref: { issuerId: ISSUER, operationId },
    operation: env.client.workflow.getHandle(ownerWorkflowId(ISSUER, operationId)),
    sender: env.client.workflow.getHandle(cardRequestWorkflowId(ISSUER, operationId, 1)),
    hear: async (virtualCardId, errorCode) =>
      gateway.deliver(
        ISSUER,
        aChange({
          correlationId: operationId,
          virtualCardId,
          ...(errorCode !== undefined && { errorCode }),
        }),
      ),
  };
}

/** One that a worker works on for as long as `use` takes, once it has come so far. */
async function withWorkedOn<T>(
  hub: FakeHub,
  until: (running: Running) => Promise<void>,
  use: (running: Running) => Promise<T>,
): Promise<T> {
  const taskQueue = `test-${randomUUID()}`;
  const findLateBasis = createLateBasisLookUp(env.client, patientCallsOn(env.client));
  return withWorker(env, { taskQueue, activities: { ...hub.activities, findLateBasis } }, async () => {
    const running = await begin(taskQueue, aStart(), aPatientGateway(env.client, { taskQueue }));
    await until(running);
    return use(running);
  });
}

/** One that the hub has accepted: its child has ended. */
async function withAccepted<T>(hub: FakeHub, use: (running: Running) => Promise<T>): Promise<T> {
  return withWorkedOn(hub, untilAccepted, use);
}

/** One that a hub which cannot take it has heard of: its child goes on sending. */
async function withSending<T>(hub: FakeHub, use: (running: Running) => Promise<T>): Promise<T> {
  const isSending = async (): Promise<void> => {
    await eventually(
      async () => hub.sent.length,
      (sent) => sent > 0,
    );
  };
  return withWorkedOn(hub, isSending, use);
}

/** A hub that says "later" to every request, and may have begun with it. */
function aBusyHub(reading = aCardOfTwo().reading): FakeHub {
  return createFakeHub({
    answer: () => ({ kind: 'again', effect: 'possible' }),
    reading,
  });
}

/** The operation goes on without the child that sent its request. */
async function withoutItsChild({ gateway, ref, sender }: Running): Promise<void> {
  await sender.terminate('by hand');
  await eventually(
    async () => gateway.describeOperation(ref),
    (seen) => seen?.attention === 'TERMINATED',
  );
}

async function untilAccepted({ gateway, ref }: Running): Promise<void> {
  await eventually(
    async () => gateway.describeOperation(ref),
    (seen) => seen?.acceptedAt !== undefined,
  );
}

describe('starting', () => {
  it('I2: the same request finds its operation, at once and after its end, and the hub is called once', async () => {
    const card = aCardOfTwo();
    const hub = createFakeHub({ reading: card.reading });
    const taskQueue = `test-${randomUUID()}`;
    await withWorker(env, { taskQueue, activities: hub.activities }, async () => {
      const request = aStart();
      const gateway = aPatientGateway(env.client, { taskQueue });
      const results = await Promise.all(
        Array.from({ length: 10 }, async () => gateway.startOperation(request)),
      );
      expect(results.filter(({ kind }) => kind === 'started')).toHaveLength(1);
      expect(results.filter(({ kind }) => kind === 'found')).toHaveLength(9);
      const ref = { issuerId: ISSUER, operationId: idOf(request) };
      await eventually(
        async () => gateway.describeOperation(ref),
        (seen) => seen?.status === 'AWAITING_CALLBACK',
      );
      card.become('SUSPENDED', 'token-1', 'token-2');
      for (const virtualCardId of ['token-1', 'token-2']) {
        await gateway.deliver(ISSUER, aChange({ correlationId: ref.operationId, virtualCardId }));
      }
      const waited = await gateway.waitForOperation(ref, { waitMs: 60 * SECOND });
      expect(waited).toMatchObject({ scope: 'CARD', status: 'CONFIRMED', final: true });
      expect(await gateway.startOperation(request)).toMatchObject({
        kind: 'found',
        operation: { ...ref, scope: 'CARD', status: 'CONFIRMED', attempts: 1 },
      });
      expect(hub.sent).toHaveLength(1);
    });
  });

  it('refuses a key that belongs to another body, or to the other scope, whichever came first', async () => {
    const gateway = aGateway(env.client, { taskQueue: nobody() });
    const ofCard = aStart();
    expect(await gateway.startOperation(ofCard)).toMatchObject({ kind: 'started' });
    const otherBody = { ...ofCard, body: { ...BODY, issuerCardRefId: 'card-2' } };
    expect(await gateway.startOperation(otherBody)).toEqual({ kind: 'key-reused' });
    expect(await gateway.startOperation(onToken(ofCard))).toEqual({ kind: 'key-reused' });
    const ofToken = aStart();
    expect(await gateway.startOperation(onToken(ofToken))).toMatchObject({ kind: 'started' });
    expect(await gateway.startOperation(ofToken)).toEqual({ kind: 'key-reused' });
    // Nothing was started beside it.
    const ref = { issuerId: ISSUER, operationId: idOf(ofToken) };
    expect(await gateway.describeOperation(ref)).toMatchObject({ scope: 'TOKEN' });
  });

  it('takes the next id and says so when the first is held by a foreign change, and finds it again', async () => {
    const gateway = aGateway(env.client, { taskQueue: nobody() });
    const request = aStart();
    await gateway.deliver(ISSUER, aChange({ correlationId: idOf(request) }));
    const operation = { operationId: idOf(request, 1), scope: 'CARD' };
    const first = await gateway.startOperation(request);
    expect(first).toMatchObject({ kind: 'started', operation });
    const again = await gateway.startOperation(request);
    expect(again).toMatchObject({ kind: 'found', operation: { ...operation, attention: 'ID_TAKEN' } });
    const ref = { issuerId: ISSUER, operationId: operation.operationId };
    expect(await gateway.describeOperation(ref)).toMatchObject({ attention: 'ID_TAKEN' });
  });

  it('I2: when a foreign change comes in the very instant of the start, one of the two has the id, and there is one operation', async () => {
    const gateway = aGateway(env.client, { taskQueue: nobody() });
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const request = aStart();
      const [first, next] = [idOf(request), idOf(request, 1)];
      const calls = [
        async () => gateway.startOperation(request),
        async () => gateway.deliver(ISSUER, aChange({ correlationId: first })),
      ];
      await Promise.all((attempt % 2 === 0 ? calls : calls.toReversed()).map(async (call) => call()));
      const holder = await env.client.workflow.getHandle(ownerWorkflowId(ISSUER, first)).describe();
      const isOurs = holder.type === 'cardOperation';
      const operationId = isOurs ? first : next;
      expect(await gateway.startOperation(request)).toMatchObject({
        kind: 'found',
        operation: { operationId, scope: 'CARD', ...(!isOurs && { attention: 'ID_TAKEN' }) },
      });
      const other = { issuerId: ISSUER, operationId: isOurs ? next : first };
      expect(await gateway.describeOperation(other)).toBeUndefined();
    }
  });

  it('I2: of two requests with one key in the same instant, for a card and for its token, one is an operation and the other is refused', async () => {
    const hub = createFakeHub({ reading: aCardOfTwo().reading });
    const taskQueue = `test-${randomUUID()}`;
    const begun = new Map<string, string | undefined>();
    await withWorker(env, { taskQueue, activities: hub.activities }, async () => {
      const gateway = aPatientGateway(env.client, { taskQueue });
      for (let attempt = 0; attempt < 8; attempt += 1) {
        const ofCard = aStart();
        const both = [ofCard, onToken(ofCard)];
        const requests = attempt % 2 === 0 ? both : both.toReversed();
        const results = await Promise.all(requests.map(async (request) => gateway.startOperation(request)));
        expect(results.map(({ kind }) => kind).toSorted()).toEqual(['key-reused', 'started']);
        const isOfCard = requests[results.findIndex(({ kind }) => kind === 'started')] === ofCard;
        const operation = { operationId: idOf(ofCard), scope: isOfCard ? 'CARD' : 'TOKEN' };
        expect(results).toContainEqual({ kind: 'started', operation: expect.objectContaining(operation) });
        begun.set(operation.operationId, isOfCard ? undefined : 'token-1');
        // Each is told the same again.
        const again = await Promise.all(both.map(async (request) => gateway.startOperation(request)));
        const [loser, winner] = [{ kind: 'key-reused' }, { kind: 'found', operation }];
        expect(again).toMatchObject(isOfCard ? [winner, loser] : [loser, winner]);
      }
      await eventually(
        async () => hub.sent.length,
        (sent) => sent >= begun.size,
      );
    });
    expect(hub.sent).toHaveLength(begun.size);
    const sent = hub.sent.map(({ correlationId, virtualCardId }) => [correlationId, virtualCardId] as const);
    expect(new Map(sent)).toEqual(begun);
  });
});

describe('showing', () => {
  it('one that runs: attempts and acceptance, and an outcome for each token', async () => {
    const hub = createFakeHub({ reading: aCardOfTwo().reading });
    await withAccepted(hub, async ({ gateway, ref, hear }) => {
      await hear('token-1');
      await hear('token-2', 231);
      const seen = await eventually(
        async () => gateway.describeOperation(ref),
        (view) => view?.outcomes[1]?.result === 'FAILED' || view?.final === true,
      );
      expect(seen).toMatchObject({
        ...ref,
        correlationId: ref.operationId,
        scope: 'CARD',
        action: 'SUSPEND',
        issuerCardRefId: 'card-1',
        attempts: 1,
        acceptedAt: expect.any(String),
        outcomes: [
          { virtualCardId: 'token-1', result: 'CONFIRMED', evidence: 'CALLBACK', expected: true },
          { virtualCardId: 'token-2', result: 'FAILED', errorCode: 231, expected: true },
        ],
      });
      expect(seen).not.toHaveProperty('virtualCardId');
      expect(seen).not.toHaveProperty('partial');
      expect(await gateway.waitForOperation(ref, { waitMs: 60 * SECOND })).toMatchObject({
        status: 'PARTIALLY_CONFIRMED',
        attempts: 1,
        final: true,
      });
    });
  });

  it('one that runs, without a worker: partial, with status and attention from the columns', async () => {
    const hub = createFakeHub({ reading: aCardOfTwo().reading });
    const { ref, taskQueue } = await withAccepted(hub, async (running) => {
      const { hear, operation } = running;
      await hear('token-1');
      await hear('token-1', 231);
      await eventually(
        async () => (await operation.describe()).searchAttributes['LcmAttention'],
        (attention) => attention?.[0] === 'CONFLICT',
      );
      return running;
    });
    const seen = await aGateway(env.client, { taskQueue }).describeOperation(ref);
    expect(seen).toMatchObject({
      scope: 'CARD',
      status: 'AWAITING_CALLBACK',
      attention: 'CONFLICT',
      partial: true,
      final: false,
      outcomes: [],
      issuerCardRefId: 'card-1',
    });
  });

  it('one that was terminated while its child was sending: that ends too, and it reads UNKNOWN, final, evidence NONE, attention TERMINATED', async () => {
    const hub = aBusyHub();
    await withSending(hub, async ({ gateway, ref, operation, sender, hear }) => {
      await operation.terminate('by hand');
      const terminated = {
        ...ref,
        scope: 'CARD',
        status: 'UNKNOWN',
        effectiveStatus: 'UNKNOWN',
        final: true,
        evidence: 'NONE',
        attention: 'TERMINATED',
      };
      expect(await gateway.describeOperation(ref)).toMatchObject(terminated);
      expect(await gateway.waitForOperation(ref, { waitMs: 60 * SECOND })).toMatchObject(terminated);
      await eventually(
        async () => (await sender.describe()).status.name,
        (status) => status === 'TERMINATED',
      );
      // What still comes is kept beside it.
      await hear('token-1');
      const late = await eventually(
        async () => gateway.describeOperation(ref),
        (view) => view?.late.length === 1,
      );
      expect(late).toMatchObject({ status: 'UNKNOWN', late: [{ kind: 'amendment' }] });
    });
  });

  it('one that was terminated before anybody worked on it: the same', async () => {
    const { gateway, ref, operation } = await begin(nobody());
    await operation.terminate('by hand');
    expect(await gateway.describeOperation(ref)).toMatchObject({
      scope: 'CARD',
      issuerCardRefId: 'card-1',
      status: 'UNKNOWN',
      final: true,
      evidence: 'NONE',
      attention: 'TERMINATED',
    });
  });

  it('one whose child was terminated: it goes on by its callbacks and sends no more, attention TERMINATED', async () => {
    const card = aCardOfTwo();
    const hub = aBusyHub(card.reading);
    await withSending(hub, async (running) => {
      const { gateway, ref, hear } = running;
      await withoutItsChild(running);
      const sent = hub.sent.length;
      // Its tokens before the change, and how they are now that nobody can say what was sent.
      await eventually(
        async () => hub.read.length,
        (read) => read >= 2,
      );
      await hear('token-1');
      const seen = await eventually(
        async () => gateway.describeOperation(ref),
        (view) => view?.outcomes[0]?.result === 'CONFIRMED',
      );
      expect(seen).toMatchObject({ status: 'AWAITING_CALLBACK', final: false, attention: 'TERMINATED' });
      const waiting = gateway.waitForOperation(ref, { waitMs: 60 * SECOND });
      card.become('SUSPENDED', 'token-1', 'token-2');
      await hear('token-2');
      expect(await waiting).toMatchObject({
        status: 'CONFIRMED',
        evidence: 'CALLBACK',
        final: true,
        attention: 'TERMINATED',
      });
      expect(hub.sent).toHaveLength(sent);
    });
  });
});

describe('a retry', () => {
  it('is of the whole card again, under the next id when the first is held by a foreign change', async () => {
    const { gateway, ref, operation } = await begin(nobody());
    await operation.terminate('by hand');
    await gateway.deliver(ISSUER, aChange({ correlationId: toRetryId(ref.operationId, 0) }));
    const retryId = toRetryId(ref.operationId, 1);
    for (const remark of [{ by: 'jo' }, {}]) {
      expect(await gateway.retryOperation(ref, { ...remark, cardResume: 'refuse' })).toMatchObject({
        kind: 'done',
        operation: { operationId: retryId, retryOf: ref.operationId, scope: 'CARD', attention: 'ID_TAKEN' },
      });
    }
    expect(await gateway.describeOperation(ref)).toMatchObject({ retriedBy: retryId });
  });

  it('does not resume a whole card where that is refused, unless it has begun before', async () => {
    const { gateway, ref, operation } = await begin(nobody(), aStart({ body: 'RESUME', action: 'RESUME' }));
    await operation.terminate('by hand');
    expect(await gateway.retryOperation(ref, { cardResume: 'refuse' })).toEqual({
      kind: 'card-resume-refused',
    });
    const begun = { kind: 'done', operation: { operationId: toRetryId(ref.operationId, 0) } };
    expect(await gateway.retryOperation(ref, { cardResume: 'allow' })).toMatchObject(begun);
    expect(await gateway.retryOperation(ref, { cardResume: 'refuse' })).toMatchObject(begun);
  });

  it('is refused while one whose child was terminated goes on', async () => {
    await withSending(aBusyHub(), async (running) => {
      await withoutItsChild(running);
      const { gateway, ref } = running;
      expect(await gateway.retryOperation(ref, { cardResume: 'allow' })).toEqual({ kind: 'not-retryable' });
    });
  });
});

describe('a person', () => {
  it('cancels, has the hub read, and decides, in part as well', async () => {
    const card = aCardOfTwo();
    const hub = createFakeHub({ reading: card.reading });
    await withAccepted(hub, async ({ gateway, ref }) => {
      card.become('SUSPENDED', 'token-1');
      expect(await gateway.readOperation(ref)).toMatchObject({
        kind: 'done',
        operation: { final: false, outcomes: [{ result: 'CONFIRMED', evidence: 'READING' }, {}] },
      });
      expect(await gateway.resolveOperation(ref, DECISION)).toMatchObject({
        kind: 'done',
        operation: {
          status: 'PARTIALLY_CONFIRMED',
          evidence: 'PERSON',
          late: [{ kind: 'decision', note: 'seen in the portal', by: 'jo' }],
        },
      });
      expect(await gateway.cancelOperation(ref)).toEqual({ kind: 'already-final' });
      // The same decision again is the repetition of a request that got no answer.
      const again = await gateway.resolveOperation(ref, DECISION);
      expect(again).toMatchObject({ kind: 'done', operation: { evidence: 'PERSON' } });
      expect(again.kind === 'done' && again.operation.late).toHaveLength(1);
    });
    await withAccepted(hub, async ({ gateway, ref }) => {
      expect(await gateway.cancelOperation(ref)).toMatchObject({ kind: 'done' });
      expect(await gateway.waitForOperation(ref, { waitMs: 60 * SECOND })).toMatchObject({
        status: 'PARTIALLY_CONFIRMED',
        final: true,
      });
    });
  });

  it('does so also when the child that sent was terminated', async () => {
    const hub = aBusyHub();
    await withSending(hub, async (running) => {
      const { gateway, ref, operation } = running;
      await withoutItsChild(running);
      const readBefore = hub.read.length;
      expect(await gateway.readOperation(ref)).toMatchObject({ kind: 'done', operation: { final: false } });
      expect(hub.read.length).toBeGreaterThan(readBefore);
      expect(await gateway.resolveOperation(ref, DECISION)).toMatchObject({ kind: 'done' });
      expect(await operation.result()).toMatchObject({ status: 'PARTIALLY_CONFIRMED', evidence: 'PERSON' });
      const decided = await gateway.describeOperation(ref);
      expect(decided).toMatchObject({ evidence: 'PERSON', final: true, late: [{ kind: 'decision' }] });
      // Whoever decided has looked, also at the end of the child.
      expect(decided).not.toHaveProperty('attention');
      expect(await gateway.resolveOperation(ref, DECISION)).toEqual({ kind: 'done', operation: decided });
    });
    const other = aBusyHub();
    await withSending(other, async (running) => {
      const { gateway, ref, operation } = running;
      await withoutItsChild(running);
      const remark = { by: 'jo', note: 'enough' };
      expect(await gateway.cancelOperation(ref, remark)).toMatchObject({ kind: 'done' });
      expect(await operation.result()).toMatchObject({ status: 'UNKNOWN', final: true });
      expect(await gateway.describeOperation(ref)).toMatchObject({
        requests: [{ kind: 'cancel', ...remark }],
      });
      expect(await gateway.cancelOperation(ref)).toEqual({ kind: 'already-final' });
    });
  });
});

describe('what comes after the end', () => {
  /** Closed with a confirmed first token, and a second one that nothing was ever heard of. */
  async function withHalfKnown(
    use: (running: Running, card: ReturnType<typeof aCardOfTwo>) => Promise<void>,
  ): Promise<void> {
    const card = aCardOfTwo();
    const hub = createFakeHub({ reading: card.reading });
    await withAccepted(hub, async (running) => {
      card.become('SUSPENDED', 'token-1');
      await running.hear('token-1');
      await running.gateway.cancelOperation(running.ref);
      const closed = await running.gateway.waitForOperation(running.ref, { waitMs: 60 * SECOND });
      expect(closed).toMatchObject({
        status: 'PARTIALLY_CONFIRMED',
        exposed: ['token-2'],
        attention: 'TOKEN_EXPOSED',
      });
      await use(running, card);
    });
  }

  it('I5: a copy is a duplicate; a success of the silent token makes it CONFIRMED; a contradiction is a conflict until somebody decides', async () => {
    await withHalfKnown(async ({ gateway, ref, hear }) => {
      await hear('token-1');
      expect(await gateway.describeOperation(ref)).toMatchObject({
        effectiveStatus: 'PARTIALLY_CONFIRMED',
        duplicates: 1,
        late: [{ kind: 'duplicate' }],
      });
      await hear('token-2');
      const amended = await eventually(
        async () => gateway.describeOperation(ref),
        (view) => view?.late.length === 2,
      );
      expect(amended).toMatchObject({
        status: 'PARTIALLY_CONFIRMED',
        effectiveStatus: 'CONFIRMED',
        attention: 'LATE_AMENDMENT',
        late: [{ kind: 'duplicate' }, { kind: 'amendment', change: { virtualCardId: 'token-2' } }],
      });
      await hear('token-1', 231);
      const conflicting = await eventually(
        async () => gateway.describeOperation(ref),
        (view) => view?.late.length === 3,
      );
      expect(conflicting).toMatchObject({
        status: 'PARTIALLY_CONFIRMED',
        effectiveStatus: 'UNKNOWN',
        attention: 'CONFLICT',
      });
      const decided = await gateway.resolveOperation(ref, DECISION);
      expect(decided).toMatchObject({
        kind: 'done',
        operation: { effectiveStatus: 'PARTIALLY_CONFIRMED', status: 'PARTIALLY_CONFIRMED' },
      });
      if (decided.kind !== 'done') throw new Error('not done');
      expect(decided.operation.attention).toBeUndefined();
    });
  });

  it('a late look says of each token whether it is as wanted, and which can still pay', async () => {
    await withHalfKnown(async ({ gateway, ref }, card) => {
      expect(await gateway.readOperation(ref)).toMatchObject({
        kind: 'done',
        operation: {
          effectiveStatus: 'PARTIALLY_CONFIRMED',
          attention: 'TOKEN_EXPOSED',
          late: [{ kind: 'reading', note: expect.stringContaining('token-2 RESUMED') }],
        },
      });
      card.become('SUSPENDED', 'token-2');
      const seen = await gateway.readOperation(ref);
      expect(seen).toMatchObject({
        kind: 'done',
        operation: { status: 'PARTIALLY_CONFIRMED', effectiveStatus: 'CONFIRMED' },
      });
      if (seen.kind !== 'done') throw new Error('not done');
      expect(seen.operation.attention).not.toBe('TOKEN_EXPOSED');
    });
  });
});
