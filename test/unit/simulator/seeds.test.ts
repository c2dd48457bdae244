// The seed over HTTP: how it is set, what is planned with it, and that the hub does as planned.
import { type PlanView } from '../../../src/simulator/plan/plan-words.js';
import { type SeededOperation, drawPlan } from '../../../src/simulator/plan/seeded-planner.js';
import { defaultNastyShare } from '../../../src/simulator/plan/seeding.js';
import { type Receiver, type TestHub, aFolder, eventually, startHub, startReceiver } from './support.js';

const seeding = { seed: 7, nastyShare: defaultNastyShare };

describe('the seed of the hub', () => {
  let receiver: Receiver;
  let hub: TestHub;

  beforeEach(async () => {
    receiver = await startReceiver();
    hub = await startHub({ callbackUrl: receiver.callbackUrl });
  });
  afterEach(async () => {
    await hub.close();
    await receiver.close();
  });

  test('is none until one is set, and none again on null and on reset', async () => {
    const none = { status: 200, body: { seed: null } };
    const seven = { status: 200, body: seeding };
    expect(await hub.control('GET', '/seed')).toEqual(none);
    expect(await hub.control('PUT', '/seed', { seed: 7 })).toEqual(seven);
    expect(await hub.control('GET', '/seed')).toEqual(seven);
    expect(await hub.control('PUT', '/seed', { seed: null })).toEqual(none);
    await hub.control('PUT', '/seed', { seed: 7 });
    await hub.control('POST', '/reset');
    expect(await hub.control('GET', '/seed')).toEqual(none);
  });

  test.each([{}, { seed: '7' }, { seed: -1 }, { seed: 1.5 }, { seed: 2 ** 32 }, { seed: 1, nastyShare: 2 }])(
    'is not %j',
    async (body) => {
      expect((await hub.control('PUT', '/seed', body)).status).toBe(400);
    },
  );

  test('holds for the operations that begin under it, to their end', async () => {
    const asked = { issuerCardRefId: 'card-1', virtualCardId: 'card-1-apple', action: 'SUSPEND' } as const;
    const correlationId = anOperation(asked, (plan) => answers(plan).join() === '503,200');
    await hub.control('PUT', '/seed', { seed: 7 });
    expect((await hub.update(correlationId, asked))?.status).toBe(503);
    await hub.control('PUT', '/seed', { seed: null });
    expect((await hub.update(correlationId, asked))?.status).toBe(200);
    const [plan] = await plansOf(correlationId);
    expect(plan).toMatchObject({ seed: 7, attempts: 2, oddities: drawnFor(correlationId, asked).oddities });
    await hub.update('c-2', { ...asked, virtualCardId: 'card-1-google' });
    expect(await plansOf('c-2')).toMatchObject([{ seed: null, oddities: [], words: 'As it should be.' }]);
  });

  test('leaves a token whose name selects a misbehaviour to its name', async () => {
    await hub.control('PUT', '/seed', { seed: 7, nastyShare: 1 });
    const asked = { issuerCardRefId: 'card-2', virtualCardId: 'card-2-refused-119', action: 'SUSPEND' };
    for (const correlationId of ['c-1', 'c-2', 'c-3']) {
      expect((await hub.update(correlationId, asked))?.body).toMatchObject({ responseCode: 119 });
    }
    for (let reading = 0; reading < 20; reading += 1) {
      expect(await hub.cardInfo('card-2')).toMatchObject({
        status: 200,
        body: { virtualCardList: { length: 39 } },
      });
    }
    expect(await plansOf('c-1')).toMatchObject([
      { oddities: ['-refused-119'], effect: 'none', callbacks: [] },
    ]);
  });

  async function plansOf(correlationId: string): Promise<PlanView[]> {
    const query = `?correlationId=${correlationId}`;
    return (await hub.control<{ items: PlanView[] }>('GET', `/plans${query}`)).body.items;
  }
});

describe('a hub with a seed', () => {
  const count = 120;
  /** More than are turned away at first, and so that what was taken on is asked for again. */
  const attempts = 6;
  const operations = Array.from({ length: count }, (_, index) => ({
    correlationId: `op-${index}`,
    issuerCardRefId: `card-${index}`,
    virtualCardId: `token-${index}`,
    action: (['SUSPEND', 'RESUME', 'DELETE'] as const)[index % 3] ?? 'SUSPEND',
  }));
  let receiver: Receiver;
  let hub: TestHub;
  let folder: ReturnType<typeof aFolder>;

  beforeAll(async () => {
    folder = aFolder();
    receiver = await startReceiver();
    hub = await startHub({
      callbackUrl: receiver.callbackUrl,
      stateFile: folder.path('state.json'),
      seeding,
    });
    await Promise.all(operations.map(askAgainAndAgain));
    await eventually(async () => hub.idle(), 20_000);
  }, 60_000);
  afterAll(async () => {
    await hub.close();
    await receiver.close();
    folder.remove();
  });

  async function askAgainAndAgain({ correlationId, ...asked }: (typeof operations)[number]): Promise<void> {
    const { virtualCardId, issuerCardRefId, action } = asked;
    const status = action === 'RESUME' ? 'SUSPENDED' : 'RESUMED';
    await hub.putCard(issuerCardRefId, [{ virtualCardId, status }]);
    // Some are never answered, and on a busy machine some may be given up before the hub has read them.
    for (let read = 0; read < attempts; read = await attemptsOf(correlationId)) {
      await hub.update(correlationId, asked, 400);
    }
  }

  async function attemptsOf(correlationId: string): Promise<number> {
    const { body } = await hub.control<{ items: PlanView[] }>('GET', `/plans?correlationId=${correlationId}`);
    return body.items[0]?.attempts ?? 0;
  }

  test('has the effect that was planned, once, however often it is asked', async () => {
    const effects = await hub.effects();
    const withEffect = operations.filter((operation) => planned(operation).effect === 'applied');
    const ids = withEffect.map(({ correlationId }) => correlationId);
    expect(effects.map(({ correlationId }) => correlationId).toSorted()).toEqual(ids.toSorted());
  });

  test('sends the callbacks that were planned, and no others', () => {
    const sent = receiver.received.map(({ headers, body }) => [
      headers['x-correlation-id'],
      body['virtualCardId'],
      body['action'],
      body['errorCode'],
    ]);
    const expected = operations.flatMap((operation) => {
      const { correlationId, virtualCardId, action } = operation;
      return planned(operation).callbacks.map((callback) => [
        callback.correlationId ?? correlationId,
        callback.virtualCardId ?? virtualCardId,
        callback.action ?? action,
        callback.errorCode,
      ]);
    });
    const sorted = (list: unknown[]): string[] => list.map((it) => JSON.stringify(it)).toSorted();
    expect(sorted(sent)).toEqual(sorted(expected));
  });

  test('tells what it had planned, page by page', async () => {
    const plans: PlanView[] = [];
    for (let next = 0; plans.length < count;) {
      const { body } = await hub.control<{ items: PlanView[]; next: number; total: number }>(
        'GET',
        `/plans?from=${next}&limit=50`,
      );
      expect(body.total).toBe(count);
      plans.push(...body.items);
      next = body.next;
    }
    expect(plans).toHaveLength(count);
    for (const operation of operations) {
      const plan = plans.find(({ correlationId }) => correlationId === operation.correlationId);
      const { oddities } = drawPlan(seeding, operation);
      const { effect, callbacks } = planned(operation);
      expect(plan).toMatchObject({ oddities, effect, callbacks: { length: callbacks.length } });
      expect(plan?.attempts).toBeGreaterThanOrEqual(attempts);
    }
  });

  test('lists nothing in a reading that is not so', async () => {
    const readings = await Promise.all(
      operations.flatMap(({ issuerCardRefId }) => [
        hub.cardInfo(issuerCardRefId),
        hub.cardInfo(issuerCardRefId),
      ]),
    );
    let listed = 0;
    for (const [index, reading] of readings.entries()) {
      const operation = operations[Math.floor(index / 2)];
      const body = reading?.body as
        { virtualCardList: { virtualCardId: string; status: string }[] } | undefined;
      if (reading?.status !== 200 || operation === undefined) continue;
      const token = await hub.token(operation.issuerCardRefId, operation.virtualCardId);
      for (const item of body?.virtualCardList ?? []) {
        expect(item).toMatchObject({ virtualCardId: operation.virtualCardId, status: token?.status });
        listed += 1;
      }
    }
    expect(listed).toBeGreaterThan(count);
    // This client waits to the end of its patience for what is called gzip and is none.
  }, 30_000);
});

/** The correlation id of an operation whose plan is as wanted. */
function anOperation(
  asked: Omit<SeededOperation, 'correlationId'>,
  isWanted: (plan: ReturnType<typeof drawPlan>) => boolean,
): string {
  for (let number = 0; number < 10_000; number += 1) {
    const correlationId = `op-${number}`;
    if (isWanted(drawnFor(correlationId, asked))) return correlationId;
  }
  throw new Error('no such operation');
}

function drawnFor(correlationId: string, asked: Omit<SeededOperation, 'correlationId'>) {
  return drawPlan(seeding, { ...asked, correlationId });
}

function planned(operation: SeededOperation) {
  const { standing } = drawPlan(seeding, operation);
  return standing.kind === 'refuse' ? { effect: 'none', callbacks: [] } : standing;
}

function answers({ turnedAway, standing }: ReturnType<typeof drawPlan>): (number | string)[] {
  return [...turnedAway, standing.answer].map((answer) =>
    answer.kind === 'answer' ? answer.status : answer.kind,
  );
}
