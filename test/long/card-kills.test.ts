// Processes that get SIGKILL at every step of an operation on all tokens of a card, and what has to hold afterwards. All steps
// are reached first, by an operation each; then one kill hits them all.
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';

import type { OperationView } from '../../src/domain/report.js';
import { cardOperationWorkflowId, ownerWorkflowId } from '../../src/domain/workflow-ids.js';
import { startHubGate, type GateRequest, type HubGate } from '../support/hub-gate.js';
import { until, withOutput } from '../support/processes.js';
import { ISSUER, startStack, type Service, type Stack } from '../support/stack.js';

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
  const sender = await client.workflow.getHandle(cardOperationWorkflowId(ISSUER, operationId)).describe();
  return sender.memo?.['progress'];
}

/** I2: of each token one effect, whoever caused it. */
async function expectOneEffectEach({ tokens, operationId }: Started): Promise<void> {
  for (const virtualCardId of tokens) {
    const effects = await stack.simulator.effectsOn(virtualCardId);
    expect(effects.map(({ correlationId, to }) => [correlationId, to])).toEqual([[operationId, 'SUSPENDED']]);
  }
}

/** The end of a card's reference, by which the gate knows at which step its operation is to be. */
const STEP = { snapshot: '-snapshot', refused: '-turned-away', answer: '-answer', closing: '-closing' };

function isAbout({ body }: GateRequest, name: string): boolean {
  return String(body['issuerCardRefId']).endsWith(name);
}

/** From the snapshot to the comparison at the end. */
interface AtEveryStep {
  readonly snapshot: Started;
  readonly turnedAway: Started;
  readonly answerHeld: Started;
  readonly answered: Started;
  readonly betweenCallbacks: Started;
  readonly closing: Started;
}

async function reachEveryStep(service: Service): Promise<AtEveryStep> {
  gate.answerInstead((request) =>
    request.path === '/updateCardState' && isAbout(request, STEP.refused)
      ? { status: 503, body: { message: 'not now' } }
      : undefined,
  );
  const isAnswerHeld = (request: GateRequest): boolean =>
    request.path === '/updateCardState' && isAbout(request, STEP.answer);
  gate.shut(isAnswerHeld);
  const [turnedAway, answered, betweenCallbacks, closing] = await Promise.all([
    suspend(service, { name: STEP.refused, tokens: '-duplicate' }),
    suspend(service),
    suspend(service),
    suspend(service, { name: STEP.closing }),
  ]);
  for (const started of [answered, betweenCallbacks, closing]) await untilAwaiting(service, started);
  await untilShown(service, turnedAway, ({ attempts }) => attempts > 0);
  await callBack(betweenCallbacks, 0, 1);
  await untilShown(service, betweenCallbacks, (operation) => confirmedTokens(operation) === 1);

  const isReadingHeld = (request: GateRequest): boolean =>
    request.path === '/getCardInfo' && (isAbout(request, STEP.closing) || isAbout(request, STEP.snapshot));
  gate.shut((request) => isAnswerHeld(request) || isReadingHeld(request));
  const answerHeld = await suspend(service, { name: STEP.answer });
  await callBack(closing);
  await Promise.all([untilHeld(answerHeld), untilHeld(closing)]);
  const snapshot = await suspend(service, { name: STEP.snapshot, tokens: '-duplicate' });
  await untilHeld(snapshot);
  return { snapshot, turnedAway, answerHeld, answered, betweenCallbacks, closing };
}

function openGate(): void {
  gate.answerInstead(() => undefined);
  gate.open();
}

async function expectEveryEnd(service: Service, steps: AtEveryStep): Promise<void> {
  const { snapshot, turnedAway, answerHeld, answered, betweenCallbacks, closing } = steps;
  for (const { operationId } of [turnedAway, answered, betweenCallbacks, closing]) {
    expect(await service.final(operationId)).toMatchObject({ ...confirmed, evidence: 'CALLBACK' });
  }
  // Its list did not come in time, so that of the soft deadline took its place.
  expect(await service.final(snapshot.operationId)).toMatchObject({ ...confirmed, attempts: 1 });
  // The second attempt is refused, since the first had its effect: a reading tells.
  expect(await service.final(answerHeld.operationId)).toMatchObject({
    ...confirmed,
    evidence: 'READING',
    attempts: 2,
  });
  const statuses = await Promise.all(
    [answerHeld, answered, betweenCallbacks, closing].map(async ({ operationId }) =>
      (await stack.simulator.updates(operationId)).map(({ status }) => status),
    ),
  );
  expect(statuses).toEqual([[200, 400], [200], [200], [200]]);
  for (const started of Object.values(steps)) await expectOneEffectEach(started);
}

describe('at every step', () => {
  it(
    'I1, I2, I3, I4: a worker is killed, and every operation ends as the hub knows it, with one effect per token',
    withOutput(async () => {
      const front = await stack.service({ roles: 'api,callbacks' });
      const worker = await stack.service({ roles: 'worker', hubUrl: gate.url });
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
      const steps = await reachEveryStep(front);
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
      await callBack(steps.answered);
      await callBack(steps.betweenCallbacks, 1);
      openGate();
      const unseen = await suspend(front, { tokens: '-duplicate' });

      const next = await stack.service({ roles: 'worker', hubUrl: gate.url });
      expect(await front.final(unseen.operationId)).toMatchObject({ ...confirmed, attempts: 1 });
      expect(await front.final(watched.operationId)).toMatchObject({ ...confirmed, evidence: 'CALLBACK' });
      await expectEveryEnd(front, steps);
      for (const started of [unseen, watched]) await expectOneEffectEach(started);
      await next.process.kill();
      await front.process.kill();
    }),
  );

  it(
    'I1, I2, I3, I4: everything but Temporal is killed, and callbacks come before anybody is there to take them',
    withOutput(async () => {
      const service = await stack.service({ hubUrl: gate.url });
      const steps = await reachEveryStep(service);
      await service.process.kill();
      await callBack(steps.answered);
      await callBack(steps.betweenCallbacks, 1);
      openGate();
      const next = await stack.service({ hubUrl: gate.url });
      await expectEveryEnd(next, steps);
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

  it(
    'I3, I4: of the sender leaves the fan-out, which ends by the callbacks, and GET says both',
    withOutput(async () => {
      const started = await suspend(service, { softDeadlineSeconds: 60 });
      await untilAwaiting(service, started);
      await callBack(started, 0, 1);
      await untilShown(service, started, (operation) => confirmedTokens(operation) === 1);
      await client.workflow
        .getHandle(cardOperationWorkflowId(ISSUER, started.operationId))
        .terminate('by hand');
      await untilShown(
        service,
        started,
        ({ status, final, attention }) =>
          status === 'AWAITING_CALLBACK' && !final && attention === 'TERMINATED',
      );
      await callBack(started, 1);
      const fanOut = client.workflow.getHandle(ownerWorkflowId(ISSUER, started.operationId));
      expect(await fanOut.result()).toMatchObject({ status: 'CONFIRMED' });
      expect(await service.operation(started.operationId)).toMatchObject({
        ...confirmed,
        final: true,
        evidence: 'CALLBACK',
        attention: 'TERMINATED',
      });
      await expectOneEffectEach(started);
    }),
  );

  it(
    'I4: of the sender before the hub has the request leaves it open, and of the fan-out as well leaves it UNKNOWN',
    withOutput(async () => {
      gate.answerInstead(({ path }) =>
        path === '/updateCardState' ? { status: 503, body: { message: 'not now' } } : undefined,
      );
      const started = await suspend(service, { softDeadlineSeconds: 60 });
      await untilShown(service, started, ({ attempts }) => attempts > 0);
      await client.workflow
        .getHandle(cardOperationWorkflowId(ISSUER, started.operationId))
        .terminate('by hand');
      openGate();
      await untilShown(
        service,
        started,
        ({ status, final, attention }) => status === 'REQUESTED' && !final && attention === 'TERMINATED',
      );
      const fanOut = client.workflow.getHandle(ownerWorkflowId(ISSUER, started.operationId));
      await fanOut.terminate('by hand');
      expect(await service.operation(started.operationId)).toMatchObject({
        status: 'UNKNOWN',
        final: true,
        evidence: 'NONE',
        attention: 'TERMINATED',
      });
    }),
  );

  it(
    'I3, I4: of the fan-out ends the operation, and nobody knows what became of its tokens',
    withOutput(async () => {
      const started = await suspend(service, { softDeadlineSeconds: 60 });
      await untilAwaiting(service, started);
      await client.workflow.getHandle(ownerWorkflowId(ISSUER, started.operationId)).terminate('by hand');
      expect(await service.final(started.operationId)).toMatchObject({
        status: 'UNKNOWN',
        evidence: 'NONE',
        attention: 'TERMINATED',
        outcomes: [],
        attempts: 1,
      });
    }),
  );
});
