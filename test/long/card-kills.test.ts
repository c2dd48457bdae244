// Processes that get SIGKILL at every step of an operation on all tokens of a card, and what has to hold afterwards. All steps
// are reached first, by an operation each; then one kill hits them all.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';

import type { OperationView } from '../../src/domain/report/report.js';
import { cardRequestWorkflowId, ownerWorkflowId } from '../../src/contract/workflow-ids.js';
import { startHubGate, type GateRequest, type HubGate } from '../support/processes/hub-gate.js';
import { until, withOutput } from '../support/processes/processes.js';
import { ISSUER, startStack, type Service, type Stack } from '../support/processes/stack.js';

/** A SUSPEND of a card with three tokens, whose callbacks the hub forgets until it is told to send them. */
interface Started {
  readonly issuerCardRefId: string;
  readonly operationId: string;
  readonly tokens: readonly string[];
}

let stack: Stack;
let gate: HubGate;
let client: Client;
beforeAll(async () => {
  stack = await startStack();
  gate = await startHubGate(stack.simulator.url);
  client = new Client({ connection: await Connection.connect({ address: stack.temporal.address }) });
}, 120_000);
afterAll(async () => {
  await client?.connection.close();
  await gate?.close();
  await stack?.stop();
}, 120_000);
jest.setTimeout(240_000);

/** An answer that is held back at the gate is waited for until the kill. */
const PATIENT = { LCM_HUB_TIMEOUT_MS: '8000' };

const confirmed = { status: 'CONFIRMED', effectiveStatus: 'CONFIRMED', exposed: [] };

/** `name` is the end of the card's reference, and of its tokens' names. */
async function suspend(
  service: Service,
  { name = '', tokens = '-lost', softDeadlineSeconds = 20 }: SuspendOptions = {},
): Promise<Started> {
  const issuerCardRefId = `card-${randomUUID().slice(0, 8)}${name}`;
  const virtualCardIds = [1, 2, 3].map((number) => `${issuerCardRefId}-${number}${tokens}`);
  await stack.simulator.putCard(
    issuerCardRefId,
    virtualCardIds.map((virtualCardId) => ({ virtualCardId })),
  );
  const body = {
    action: 'SUSPEND',
    issuerCardRefId,
    softDeadlineSeconds,
    hardDeadlineSeconds: 150,
  } as const;
  const { operationId } = await service.start(body);
  return { issuerCardRefId, operationId, tokens: virtualCardIds };
}

interface SuspendOptions {
  readonly name?: string;
  readonly tokens?: string;
  readonly softDeadlineSeconds?: number;
}

async function callBack({ operationId, tokens }: Started, from = 0, to = tokens.length): Promise<void> {
  await until(
    async () => stack.simulator.effects(operationId),
    (effects) => effects.length === tokens.length,
  );
  for (const virtualCardId of tokens.slice(from, to)) {
    await stack.simulator.sendCallback(virtualCardId, operationId);
  }
}

async function untilShown(
  service: Service,
  { operationId }: Started,
  isRight: (operation: OperationView) => boolean,
): Promise<void> {
  await until(async () => service.operation(operationId), isRight, 120_000);
}

/** Until it is stored: what only its worker knows of yet, a kill may undo. */
async function untilStored(
  service: Service,
  { operationId }: Started,
  status: OperationView['status'],
): Promise<void> {
  await until(
    async () => service.isListedAs(operationId, status),
    (isListed) => isListed,
    120_000,
  );
}

async function untilAwaiting(service: Service, started: Started): Promise<void> {
  await untilStored(service, started, 'AWAITING_CALLBACK');
}

function confirmedTokens({ outcomes }: OperationView): number {
  return outcomes.filter(({ result }) => result === 'CONFIRMED').length;
}

async function untilHeld({ issuerCardRefId }: Started): Promise<void> {
  await until(
    () => gate.held(issuerCardRefId),
    (held) => held === 1,
    60_000,
  );
}

async function progressOf({ operationId }: Started): Promise<unknown> {
  const { memo } = await client.workflow.getHandle(ownerWorkflowId(ISSUER, operationId)).describe();
  return memo?.['progress'];
}

/** I2: of each token one effect, whoever caused it. */
async function expectOneEffectEach({ tokens, operationId }: Started): Promise<void> {
  for (const virtualCardId of tokens) {
    const effects = await stack.simulator.effectsOn(virtualCardId);
    expect(effects.map(({ correlationId, to }) => [correlationId, to])).toEqual([[operationId, 'SUSPENDED']]);
  }
}

/** The end of a card's reference, by which the gate knows at which step its operation is to be. */
const STEP = {
  snapshot: '-snapshot',
  refused: '-turned-away',
  answer: '-answer',
  stopping: '-stopping',
  closing: '-closing',
};

function isAbout({ body }: GateRequest, name: string): boolean {
  return String(body['issuerCardRefId']).endsWith(name);
}

/** Turns the requests of a card away in the hub's place, until the gate opens; answers how often. */
function turnAway(name: string): () => number {
  let times = 0;
  gate.answerInstead((request) => {
    if (request.path !== '/updateCardState' || !isAbout(request, name)) return undefined;
    times += 1;
    return { status: 503, body: { message: 'not now' } };
  });
  return () => times;
}

/** From the snapshot to the comparison at the end. */
interface AtEveryStep {
  readonly snapshot: Started;
  /** Its child waits for its next attempt. */
  readonly turnedAway: Started;
  /** An attempt is under way, which the hub has carried out. */
  readonly answerHeld: Started;
  /** The same, and somebody has cancelled the operation: its child is to end with that attempt. */
  readonly stopping: Started;
  readonly answered: Started;
  readonly betweenCallbacks: Started;
  readonly closing: Started;
}

async function reachEveryStep(
  service: Service,
): Promise<{ steps: AtEveryStep; timesTurnedAway: () => number }> {
  const timesTurnedAway = turnAway(STEP.refused);
  const isAnswerHeld = (request: GateRequest): boolean =>
    request.path === '/updateCardState' && (isAbout(request, STEP.answer) || isAbout(request, STEP.stopping));
  gate.shut(isAnswerHeld);
  const [turnedAway, answered, betweenCallbacks, closing] = await Promise.all([
    suspend(service, { name: STEP.refused, tokens: '-duplicate' }),
    suspend(service),
    suspend(service),
    suspend(service, { name: STEP.closing }),
  ]);
  for (const started of [answered, betweenCallbacks, closing]) await untilAwaiting(service, started);
  await until(timesTurnedAway, (times) => times > 0, 120_000);
  await callBack(betweenCallbacks, 0, 1);
  await untilShown(service, betweenCallbacks, (operation) => confirmedTokens(operation) === 1);

  const isReadingHeld = (request: GateRequest): boolean =>
    request.path === '/getCardInfo' && (isAbout(request, STEP.closing) || isAbout(request, STEP.snapshot));
  gate.shut((request) => isAnswerHeld(request) || isReadingHeld(request));
  const [answerHeld, stopping] = await Promise.all([
    suspend(service, { name: STEP.answer }),
    suspend(service, { name: STEP.stopping }),
  ]);
  await callBack(closing);
  await Promise.all([answerHeld, stopping, closing].map(untilHeld));
  expect(await service.act(stopping.operationId, 'cancel')).toMatchObject({ status: 200 });
  const snapshot = await suspend(service, { name: STEP.snapshot, tokens: '-duplicate' });
  await untilHeld(snapshot);
  const steps = { snapshot, turnedAway, answerHeld, stopping, answered, betweenCallbacks, closing };
  return { steps, timesTurnedAway };
}

function openGate(): void {
  gate.answerInstead(() => undefined);
  gate.open();
}

async function expectEveryEnd(
  service: Service,
  { steps, timesTurnedAway }: Awaited<ReturnType<typeof reachEveryStep>>,
): Promise<void> {
  const { snapshot, turnedAway, answerHeld, stopping, answered, betweenCallbacks, closing } = steps;
  for (const { operationId } of [turnedAway, answered, betweenCallbacks, closing]) {
    expect(await service.final(operationId)).toMatchObject({ ...confirmed, evidence: 'CALLBACK' });
  }
  // Whatever its child was doing, it tells of every attempt that was made.
  const { attempts } = await service.operation(turnedAway.operationId);
  expect(attempts).toBeGreaterThan(timesTurnedAway());
  // Its list did not come in time, so the one that was asked for when the hub had accepted took its place.
  expect(await service.final(snapshot.operationId)).toMatchObject({ ...confirmed, attempts: 1 });
  // The second attempt is refused, since the first had its effect: a reading tells.
  expect(await service.final(answerHeld.operationId)).toMatchObject({
    ...confirmed,
    evidence: 'READING',
    attempts: 2,
  });
  // Nothing is sent again for who has cancelled, and a reading shows what the attempt under way has done.
  expect(await service.final(stopping.operationId)).toMatchObject({
    ...confirmed,
    evidence: 'READING',
    attempts: 1,
  });
  const statuses = await Promise.all(
    [answerHeld, stopping, answered, betweenCallbacks, closing].map(async ({ operationId }) =>
      (await stack.simulator.updates(operationId)).map(({ status }) => status),
    ),
  );
  expect(statuses).toEqual([[200, 400], [200], [200], [200], [200]]);
  for (const started of Object.values(steps)) await expectOneEffectEach(started);
}

describe('at every step', () => {
  it(
    'I1, I2, I3, I4: a worker is killed, and every operation ends as the hub knows it, with one effect per token',
    withOutput(async () => {
      const front = await stack.service({ roles: 'api,callbacks' });
      const worker = await stack.service({ roles: 'worker', hubUrl: gate.url, variables: PATIENT });
      // What a person finds without a worker takes a while: how far it is, is written down every ten seconds.
      const watched = await suspend(front);
      const overdue = await suspend(front, { tokens: '-silent', softDeadlineSeconds: 2 });
      await untilAwaiting(front, watched);
      await callBack(watched, 0, 1);
      await untilStored(front, overdue, 'OVERDUE');
      await until(
        async () => progressOf(watched),
        (progress) => progress === '1 of 3 confirmed',
      );
      const reached = await reachEveryStep(front);
      await worker.process.kill();

      const shown = { final: false, partial: true, outcomes: [], scope: 'CARD' };
      const awaiting = { ...shown, status: 'AWAITING_CALLBACK' };
      expect(await front.shown(watched.operationId)).toMatchObject(awaiting);
      expect(await front.shown(overdue.operationId)).toMatchObject({
        ...shown,
        status: 'OVERDUE',
        attention: 'OVERDUE',
      });
      expect(await progressOf(watched)).toBe('1 of 3 confirmed');
      await callBack(watched, 1);
      await callBack(reached.steps.answered);
      await callBack(reached.steps.betweenCallbacks, 1);
      openGate();
      const unseen = await suspend(front, { tokens: '-duplicate' });

      const next = await stack.service({ roles: 'worker', hubUrl: gate.url, variables: PATIENT });
      expect(await front.final(unseen.operationId)).toMatchObject({ ...confirmed, attempts: 1 });
      expect(await front.final(watched.operationId)).toMatchObject({ ...confirmed, evidence: 'CALLBACK' });
      await expectEveryEnd(front, reached);
      for (const started of [unseen, watched]) await expectOneEffectEach(started);
      await next.process.kill();
      await front.process.kill();
    }),
  );

  it(
    'I1, I2, I3, I4: everything but Temporal is killed, and callbacks come before anybody is there to take them',
    withOutput(async () => {
      const service = await stack.service({ hubUrl: gate.url, variables: PATIENT });
      const reached = await reachEveryStep(service);
      await service.process.kill();
      await callBack(reached.steps.answered);
      await callBack(reached.steps.betweenCallbacks, 1);
      openGate();
      const next = await stack.service({ hubUrl: gate.url, variables: PATIENT });
      await expectEveryEnd(next, reached);
      await next.process.kill();
    }),
  );
});

describe('the process with API and callbacks', () => {
  it(
    'I1, I2: is killed while a client waits and callbacks come, and nothing is lost',
    withOutput(async () => {
      const worker = await stack.service({ roles: 'worker' });
      const front = await stack.service({ roles: 'api,callbacks' });
      const started = await suspend(front);
      await untilAwaiting(front, started);
      await callBack(started, 0, 1);
      const answer = front.operation(started.operationId, 60).then(
        () => 'answered',
        () => 'cut off',
      );
      await untilShown(front, started, (operation) => confirmedTokens(operation) === 1);
      await front.process.kill();
      expect(await answer).toBe('cut off');
      await callBack(started, 1);
      const next = await stack.service({ roles: 'api,callbacks' });
      const operation = await next.final(started.operationId);
      expect(operation).toMatchObject({ ...confirmed, evidence: 'CALLBACK', attempts: 1 });
      await expectOneEffectEach(started);
      await next.process.kill();
      await worker.process.kill();
    }),
  );
});

describe('an end by hand', () => {
  let service: Service;
  beforeAll(async () => {
    service = await stack.service({ hubUrl: gate.url });
  }, 120_000);
  afterAll(async () => service?.process.kill(), 120_000);

  const ended = { status: 'UNKNOWN', final: true, evidence: 'NONE', outcomes: [] };

  function operationOf({ operationId }: Started): WorkflowHandle {
    return client.workflow.getHandle(ownerWorkflowId(ISSUER, operationId));
  }

  function senderOf({ operationId }: Started): WorkflowHandle {
    return client.workflow.getHandle(cardRequestWorkflowId(ISSUER, operationId, 1));
  }

  /** Of what was turned away at the gate it would be sent again within this time. */
  const SENT_AGAIN_WITHIN_MS = 7_000;

  it(
    'I1, I4: of the operation leaves it UNKNOWN, whatever was confirmed; what the hub says later is kept and shown',
    withOutput(async () => {
      const started = await suspend(service, { softDeadlineSeconds: 60 });
      await untilAwaiting(service, started);
      await callBack(started, 0, 1);
      await untilShown(service, started, (operation) => confirmedTokens(operation) === 1);
      await operationOf(started).terminate('by hand');
      expect(await service.final(started.operationId)).toMatchObject({ ...ended, attention: 'TERMINATED' });
      await callBack(started, 1);
      await untilShown(service, started, ({ late }) => late.length === 2);
      const { late, status } = await service.operation(started.operationId);
      expect(status).toBe('UNKNOWN');
      const told = late.map(({ kind, change }) => [kind, change?.virtualCardId]);
      // In whichever order the hub's callbacks have come.
      expect(new Set(told.map(String))).toEqual(
        new Set(started.tokens.slice(1).map((id) => `amendment,${id}`)),
      );
      await expectOneEffectEach(started);
    }),
  );

  it(
    'I3, I4: of the operation while its child sends ends the child too: nothing more reaches the hub, and it is UNKNOWN',
    withOutput(async () => {
      const timesTurnedAway = turnAway(STEP.refused);
      const started = await suspend(service, { name: STEP.refused, softDeadlineSeconds: 60 });
      await until(timesTurnedAway, (times) => times > 0, 60_000);
      await operationOf(started).terminate('by hand');
      await expect(senderOf(started).result()).rejects.toThrow(WorkflowFailedError);
      expect((await senderOf(started).describe()).status.name).toBe('TERMINATED');
      // An attempt that was under way goes on, and its answer is lost.
      await sleep(1_000);
      const timesBefore = timesTurnedAway();
      await sleep(SENT_AGAIN_WITHIN_MS);
      expect(timesTurnedAway()).toBe(timesBefore);
      openGate();
      expect(await service.operation(started.operationId)).toMatchObject({
        ...ended,
        attention: 'TERMINATED',
      });
      expect(await stack.simulator.updates(started.operationId)).toEqual([]);
    }),
  );

  it(
    'I2, I4: of its child alone sends nothing more: GET says so, and a cancel ends it by a reading',
    withOutput(async () => {
      const timesTurnedAway = turnAway(STEP.refused);
      const started = await suspend(service, { name: STEP.refused, softDeadlineSeconds: 60 });
      await until(timesTurnedAway, (times) => times > 0, 60_000);
      await senderOf(started).terminate('by hand');
      await untilShown(service, started, ({ final, attention }) => !final && attention === 'TERMINATED');
      openGate();
      await sleep(SENT_AGAIN_WITHIN_MS);
      expect(await stack.simulator.updates(started.operationId)).toEqual([]);
      expect(await service.operation(started.operationId)).toMatchObject({
        status: 'REQUESTED',
        final: false,
        attention: 'TERMINATED',
      });
      expect(await service.act(started.operationId, 'cancel')).toMatchObject({ status: 200 });
      expect(await service.final(started.operationId)).toMatchObject({
        status: 'UNKNOWN',
        evidence: 'NONE',
        attention: 'TOKEN_EXPOSED',
        exposed: started.tokens,
      });
      expect(await stack.simulator.effects(started.operationId)).toEqual([]);
    }),
  );

  it(
    'I2, I4: of its child while the hub has its request, and a look at once shows what it has done',
    withOutput(async () => {
      gate.shut((request) => request.path === '/updateCardState' && isAbout(request, STEP.answer));
      const started = await suspend(service, { name: STEP.answer, softDeadlineSeconds: 60 });
      await until(
        async () => stack.simulator.effects(started.operationId),
        (effects) => effects.length === started.tokens.length,
        60_000,
      );
      await senderOf(started).terminate('by hand');
      expect(await service.final(started.operationId)).toMatchObject({
        ...confirmed,
        evidence: 'READING',
        attention: 'TERMINATED',
      });
      openGate();
      await expectOneEffectEach(started);
    }),
  );
});
