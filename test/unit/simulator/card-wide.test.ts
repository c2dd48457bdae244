// One request for all tokens of a card: how it is answered, who is taken on, and that nobody is taken on twice.
import { type Suffix, misbehaviours, suffixOfCard } from '../../../src/simulator/plan/misbehaviours.js';
import { planCardRequest, planRequest } from '../../../src/simulator/plan/planner.js';
import { type SeededCardOperation, drawCardPlan } from '../../../src/simulator/plan/seeded-planner.js';
import { type HubAnswer, type Receiver, type TestHub, startHub, startReceiver } from './support.js';

type Seen = number | string;

/** A busy machine takes its time to answer; only this one never does. */
const patienceMs = (suffix: string): number => (suffix === '-timeout' ? 300 : 20_000);

const done = { answers: [200] as Seen[], isDone: true };
const untouched = (...answers: Seen[]) => ({ answers, isDone: false });

/** Every end of a card's reference that selects something; the others leave the card alone. */
const table: Partial<Record<Suffix, { answers: Seen[]; isDone: boolean }>> = {
  '-early': done,
  '-never-accepted': untouched(503, 503),
  '-unavailable-503': untouched(503, 503),
  '-busy-321': { ...done, answers: ['400/321', '400/321', 200] },
  '-flaky-503': { ...done, answers: [503, 503, 200] },
  '-limited-429': { ...done, answers: [429, 200] },
  '-timeout': { ...done, answers: ['no answer'] },
  '-reset': { ...done, answers: ['no answer'] },
  '-refused-119': untouched('400/119', '400/119'),
  '-refused-432': untouched('400/432'),
  '-refused-160': untouched('400/160'),
  '-refused-403': untouched(403),
  '-ok-with-code-111': untouched('200/111'),
  '-ok-with-body': { ...done, answers: ['200/200'] },
  '-unknown-fields': done,
  '-info-fails': done,
  '-info-empty': done,
  '-page-200': { ...done, answers: [200, 200, 200] },
  '-page-200-done': done,
  '-redirected': { ...done, answers: [302, 200] },
  '-ingress-503': { ...done, answers: [503, 503, 200] },
  '-ingress-404': untouched(404, 404),
  '-gzip': { ...done, answers: ['200/0'] },
  '-gzip-321': { ...done, answers: ['400/321', '400/321', 200] },
  '-gzip-119': untouched('200/119'),
  '-mislabelled': { ...done, answers: ['no answer'] }, // This client believes the label.
  '-info-page': done,
  '-info-gzip': done,
};

describe('a request for a whole card', () => {
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

  const changedBy = async (correlationId: string): Promise<string[]> =>
    (await hub.effects(`?correlationId=${correlationId}`))
      .map(({ virtualCardId }) => virtualCardId)
      .toSorted();

  test.each(Object.entries(table))(
    'is answered as the end %s of its reference says, and its tokens behave',
    async (suffix, { answers, isDone }) => {
      const issuerCardRefId = `card${suffix}`;
      await hub.putCard(issuerCardRefId, [{ virtualCardId: 'one' }, { virtualCardId: 'two-lost' }]);
      const seen = [];
      for (const _ of answers) {
        seen.push(
          describeAnswer(
            await hub.update('wide', { issuerCardRefId, action: 'SUSPEND' }, patienceMs(suffix)),
          ),
        );
      }
      expect(seen).toEqual(answers);
      await hub.idle();
      expect(await changedBy('wide')).toEqual(isDone ? ['one', 'two-lost'] : []);
      expect(receiver.received.map(({ body }) => body.virtualCardId)).toEqual(isDone ? ['one'] : []);
      const [ofCard] = await hub.plans('?correlationId=wide');
      expect(ofCard).toMatchObject({
        issuerCardRefId,
        attempts: answers.length,
        takenOn: isDone,
        oddities: [suffix],
        callbacks: [],
      });
      expect(ofCard?.virtualCardId).toBeUndefined();
    },
  );

  test('is ordinary for every other end of a reference', () => {
    const others = (Object.keys(misbehaviours) as Suffix[]).filter((suffix) => !(suffix in table));
    expect(others.filter((suffix) => suffixOfCard(`card${suffix}`) !== undefined)).toEqual([]);
    expect(Object.keys(table).filter((suffix) => suffixOfCard(`card${suffix}`) === undefined)).toEqual([]);
  });

  test('leaves a request for one token of such a card to the name of the token', async () => {
    await hub.putCard('card-refused-119', [{ virtualCardId: 'one' }]);
    const request = { issuerCardRefId: 'card-refused-119', virtualCardId: 'one', action: 'SUSPEND' };
    expect((await hub.update('c-1', request))?.status).toBe(200);
  });

  test('has one callback answered before it is, with -early, and its other tokens taken on by then', async () => {
    await hub.putCard('card-early', [
      { virtualCardId: 'one-lost' },
      { virtualCardId: 'two' },
      { virtualCardId: 'three' },
    ]);
    const order: string[] = [];
    receiver.answers.push((response) => {
      setTimeout(() => {
        order.push('callback answered');
        response.end('{}');
      }, 30);
    });
    await hub.update('wide', { issuerCardRefId: 'card-early', action: 'SUSPEND' });
    order.push('hub answered');
    expect(order).toEqual(['callback answered', 'hub answered']);
    expect(receiver.received[0]?.body).toMatchObject({ virtualCardId: 'two', action: 'SUSPEND' });
    await hub.idle();
    expect(await changedBy('wide')).toEqual(['one-lost', 'three', 'two']);
  });

  test('spoils the readings of a card whose reference says so', async () => {
    for (const suffix of ['-info-fails', '-info-empty', '-unknown-fields']) {
      await hub.putCard(`card${suffix}`, [{ virtualCardId: 'one' }]);
    }
    expect(await hub.cardInfo('card-info-fails')).toMatchObject({ status: 500, text: '' });
    expect((await hub.cardInfo('card-info-empty'))?.body).toMatchObject({ virtualCardList: [] });
    expect((await hub.cardInfo('card-unknown-fields'))?.body).toMatchObject({
      virtualCardList: [{ virtualCardId: 'one', status: 'HIBERNATED' }],
    });
  });

  test('is refused with 321 while any token is under way, whoever asked', async () => {
    const slow = await startHub({
      callbackUrl: receiver.callbackUrl,
      settings: { effectDelayMs: { min: 1_500, max: 1_500 } },
    });
    try {
      const suspend = { issuerCardRefId: 'card-1', action: 'SUSPEND' };
      await slow.update('c-1', { ...suspend, virtualCardId: 'card-1-apple' });
      expect(describeAnswer(await slow.update('wide', suspend))).toBe('400/321');
      await slow.idle();
      expect(describeAnswer(await slow.update('wide', suspend))).toBe(200);
      expect(describeAnswer(await slow.update('wide', suspend))).toBe('400/321');
      expect(describeAnswer(await slow.update('other', suspend))).toBe('400/321');
      await slow.idle();
      const effects = await slow.effects('?correlationId=wide');
      expect(effects.map(({ virtualCardId }) => virtualCardId).toSorted()).toEqual([
        'card-1-google',
        'card-1-samsung',
      ]);
    } finally {
      await slow.close();
    }
  });

  test('takes a token on once for a correlation id, even when it would be possible again', async () => {
    const suspend = { issuerCardRefId: 'card-1', action: 'SUSPEND' };
    expect(describeAnswer(await hub.update('wide', suspend))).toBe(200);
    await hub.idle();
    await hub.update('c-2', { ...suspend, action: 'RESUME' });
    await hub.idle();
    expect(describeAnswer(await hub.update('wide', suspend))).toBe('400/432');
    await hub.idle();
    expect(await changedBy('wide')).toEqual(['card-1-apple', 'card-1-google', 'card-1-samsung']);
    expect(await hub.token('card-1', 'card-1-apple')).toMatchObject({ status: 'RESUMED' });
  });

  test('takes on, when it is repeated, a token that has come since, and no other', async () => {
    const suspend = { issuerCardRefId: 'card-1', action: 'SUSPEND' };
    await hub.update('wide', suspend);
    await hub.idle();
    await hub.control('POST', '/cards/card-1/tokens', { virtualCardId: 'sixth' });
    expect(describeAnswer(await hub.update('wide', suspend))).toBe(200);
    await hub.idle();
    expect(await changedBy('wide')).toEqual(['card-1-apple', 'card-1-google', 'card-1-samsung', 'sixth']);
  });

  test('has a plan for its answer, and one for each of its tokens', async () => {
    await hub.update('wide', { issuerCardRefId: 'card-1', action: 'SUSPEND' });
    await hub.idle();
    const plans = await hub.plans('?correlationId=wide');
    expect(plans.map(({ virtualCardId }) => virtualCardId)).toEqual([
      undefined,
      'card-1-apple',
      'card-1-google',
      'card-1-samsung',
    ]);
    expect(await hub.plans('?correlationId=wide&virtualCardId=card-1-apple')).toHaveLength(1);
  });
});

describe('a request for a whole card under a seed', () => {
  const seeding = { seed: 7, nastyShare: 0.5 };
  /** More than are turned away at first, and so that what was taken on is asked for again. */
  const attempts = 5;
  const operations = Array.from({ length: 40 }, (_, index) => ({
    correlationId: `op-${index}`,
    issuerCardRefId: `card-no-${index}`,
    action: (['SUSPEND', 'RESUME', 'DELETE'] as const)[index % 3] ?? 'SUSPEND',
    tokens: [`token-${index}-a`, `token-${index}-b`, `token-${index}-c`],
  }));
  const isTakenOn = (operation: SeededCardOperation): boolean =>
    drawCardPlan(seeding, operation).standing.kind === 'accept';
  let receiver: Receiver;
  let hub: TestHub;

  beforeAll(async () => {
    receiver = await startReceiver();
    hub = await startHub({ callbackUrl: receiver.callbackUrl, seeding });
    await Promise.all(operations.map(askAgainAndAgain));
    await hub.idle();
  }, 60_000);
  afterAll(async () => {
    await hub.close();
    await receiver.close();
  });

  async function askAgainAndAgain({ correlationId, tokens, ...asked }: (typeof operations)[number]) {
    const status = asked.action === 'RESUME' ? 'SUSPENDED' : 'RESUMED';
    await hub.putCard(
      asked.issuerCardRefId,
      tokens.map((virtualCardId) => ({ virtualCardId, status })),
    );
    // Some are never answered; the others are given up only after the slowest answer that is planned.
    for (let read = 0; read < attempts;) {
      await hub.update(correlationId, asked, 1_500);
      const plans = await hub.plans(`?correlationId=${correlationId}`);
      read = plans.find(({ virtualCardId }) => virtualCardId === undefined)?.attempts ?? 0;
    }
  }

  test('has the effects that were planned for its tokens, once, however often it is asked', async () => {
    const planned = operations.filter(isTakenOn).flatMap(({ correlationId, tokens, action }) =>
      tokens
        .filter((virtualCardId) => {
          const plan = planRequest({ correlationId, virtualCardId, action, attempt: Infinity, seeding });
          return plan.kind === 'accept' && plan.effect === 'applied';
        })
        .map((virtualCardId) => `${correlationId} ${virtualCardId}`),
    );
    const effects = await hub.effects();
    expect(
      effects.map(({ correlationId, virtualCardId }) => `${correlationId} ${virtualCardId}`).toSorted(),
    ).toEqual(planned.toSorted());
    expect(planned.length).toBeGreaterThan(40);
  });

  test('is answered as planned until it is taken on', async () => {
    for (const operation of operations) {
      const { turnedAway, standing } = drawCardPlan(seeding, operation);
      const requests = await hub.requests(`?correlationId=${operation.correlationId}`);
      const statuses = [...turnedAway, standing.answer].map((answer) =>
        answer.kind === 'answer' ? answer.status : null,
      );
      expect(requests.slice(0, statuses.length).map(({ status }) => status)).toEqual(statuses);
    }
  });

  test('tells what was planned for its answer', async () => {
    for (const operation of operations) {
      const [ofCard] = await hub.plans(`?correlationId=${operation.correlationId}`);
      expect(ofCard).toMatchObject({
        oddities: drawCardPlan(seeding, operation).oddities,
        seed: 7,
        takenOn: isTakenOn(operation),
      });
    }
  });

  test('is planned by the seed, the correlation id, the card and the action', () => {
    const plans = someOperations(50);
    const drawn = (given: Partial<SeededCardOperation>, seed = 7) =>
      JSON.stringify(plans.map((plan) => drawCardPlan({ ...seeding, seed }, { ...plan, ...given })));
    expect(drawn({})).toBe(drawn({}));
    expect(
      new Set([drawn({}), drawn({}, 8), drawn({ issuerCardRefId: 'x' }), drawn({ action: 'DELETE' })]).size,
    ).toBe(4);
  });

  test('is odd in each of the ways that answers can be, and early', () => {
    const drawn = new Set(
      someOperations(400).flatMap((operation) => drawCardPlan(seeding, operation).oddities),
    );
    for (const oddity of ['early', 'refused', 'never-accepted', 'answer-lost-hang', 'turned-away-321']) {
      expect(drawn).toContain(oddity);
    }
  });

  test('is left to the end of its reference where that selects something', () => {
    const request = { correlationId: 'op-1', issuerCardRefId: 'card-reset', action: 'SUSPEND', attempt: 1 };
    for (let seed = 0; seed < 50; seed += 1) {
      const plan = planCardRequest({ ...request, action: 'SUSPEND', seeding: { ...seeding, seed } });
      expect(plan).toMatchObject({ kind: 'accept', answer: { kind: 'destroy' } });
    }
  });
});

function describeAnswer(answer: HubAnswer): Seen {
  if (answer === undefined) return 'no answer';
  const code = (answer.body as { responseCode?: number } | undefined)?.responseCode;
  return code === undefined ? answer.status : `${answer.status}/${code}`;
}

function someOperations(count: number): SeededCardOperation[] {
  return Array.from({ length: count }, (_, index) => ({
    correlationId: `op-${index}`,
    issuerCardRefId: 'card-1',
    action: 'SUSPEND',
  }));
}
