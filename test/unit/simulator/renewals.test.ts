// Renewals that the TSP starts by itself: who is renewed, what is heard of it, and what the records say.
import { type Suffix, misbehaviours } from '../../../src/simulator/plan/misbehaviours.js';
import { planRenewal } from '../../../src/simulator/plan/planner.js';
import { drawPlan } from '../../../src/simulator/plan/seeded-planner.js';
import { type Receiver, type TestHub, startHub, startReceiver } from './support.js';

describe('a renewal on demand', () => {
  let receiver: Receiver;
  let hub: TestHub;

  beforeEach(async () => {
    receiver = await startReceiver();
    hub = await startHub({ callbackUrl: receiver.callbackUrl });
    await hub.putCard('card-9', [
      { virtualCardId: 'active' },
      { virtualCardId: 'suspended', status: 'SUSPENDED' },
      { virtualCardId: 'new', status: 'INACTIVE' },
      { virtualCardId: 'coming', status: 'DEPLOYMENT_ONGOING' },
      { virtualCardId: 'deleted', status: 'DELETED' },
      { virtualCardId: 'erased', status: 'ERASED' },
    ]);
  });
  afterEach(async () => {
    await hub.close();
    await receiver.close();
  });

  const leftOut = ['new', 'coming', 'deleted', 'erased'];

  test('renews the active and the suspended tokens of a card, under one correlation id, and leaves their state', async () => {
    const { status, body } = await hub.renew('card-9');
    expect([status, body]).toEqual([
      202,
      {
        correlationId: expect.stringMatching(/^renewal-[0-9a-f-]{36}$/),
        issuerId: 'ISSUER1234',
        issuerCardRefId: 'card-9',
        renewing: ['active', 'suspended'],
        leftOut,
      },
    ]);
    await hub.idle();
    const { correlationId } = body;
    const called = receiver.received.map(({ headers, body: { action, source, virtualCardId } }) =>
      [headers['x-correlation-id'], virtualCardId, action, source].join(' '),
    );
    expect(called.toSorted()).toEqual([
      `${correlationId} active RENEW TSP`,
      `${correlationId} suspended RENEW TSP`,
    ]);
    expect(receiver.received.every(({ body: callback }) => callback.errorCode === undefined)).toBe(true);
    expect(await hub.token('card-9', 'active')).toMatchObject({ status: 'RESUMED' });
    expect(await hub.token('card-9', 'suspended')).toMatchObject({ suspenders: ['ISSUER'] });
  });

  test('has another correlation id each time, or the one that was wished for', async () => {
    const ids = [];
    for (const body of [undefined, {}, { correlationId: 'mine' }]) {
      ids.push((await hub.renew('card-9', body)).body.correlationId);
    }
    expect(new Set(ids).size).toBe(3);
    expect(ids[2]).toBe('mine');
  });

  test('is for the named tokens only, and for no unknown one', async () => {
    const some = await hub.renew('card-9', { virtualCardIds: ['active', 'new'] });
    expect(some.body).toMatchObject({ renewing: ['active'], leftOut: ['new'] });
    expect((await hub.renew('card-9', { virtualCardIds: ['active', 'nobody'] })).status).toBe(404);
    expect((await hub.renew('nobody')).status).toBe(404);
    expect((await hub.renew('card-9', { virtualCardIds: [] })).status).toBe(400);
    await hub.idle();
    expect(receiver.received).toHaveLength(1);
  });

  test('is an effect and a plan with no request and no answers', async () => {
    await hub.renew('card-9', { correlationId: 'mine', virtualCardIds: ['suspended'] });
    await hub.idle();
    expect(await hub.effects('?correlationId=mine')).toMatchObject([
      { virtualCardId: 'suspended', action: 'RENEW', source: 'TSP', from: 'SUSPENDED', to: 'SUSPENDED' },
    ]);
    expect(await hub.plans('?correlationId=mine')).toMatchObject([
      { action: 'RENEW', takenOn: true, answers: [], effect: 'applied', callbacks: ['RENEW'] },
    ]);
    expect(await hub.requests()).toEqual([]);
  });

  test('neither stops a request for its token nor waits for one', async () => {
    const slow = await startHub({
      callbackUrl: receiver.callbackUrl,
      settings: { effectDelayMs: { min: 150, max: 150 } },
    });
    try {
      const suspend = { issuerCardRefId: 'card-1', virtualCardId: 'card-1-apple', action: 'SUSPEND' };
      await slow.renew('card-1', { correlationId: 'before' });
      expect((await slow.update('c-1', suspend))?.status).toBe(200);
      await slow.renew('card-1', { correlationId: 'after' });
      await slow.idle();
      const effects = await slow.effects('?virtualCardId=card-1-apple');
      expect(effects.map(({ correlationId }) => correlationId)).toEqual(['before', 'c-1', 'after']);
      expect(await slow.token('card-1', 'card-1-apple')).toMatchObject({ status: 'SUSPENDED' });
    } finally {
      await slow.close();
    }
  });

  test('fails by callback when the token was deleted meanwhile', async () => {
    const slow = await startHub({
      callbackUrl: receiver.callbackUrl,
      settings: { effectDelayMs: { min: 150, max: 150 } },
    });
    try {
      await slow.renew('card-1', { virtualCardIds: ['card-1-apple'], correlationId: 'mine' });
      await slow.control('POST', '/tokens/card-1-apple/change', { action: 'DELETE', source: 'WALLET' });
      await slow.idle();
      expect(receiver.received.map(({ body }) => [body.action, body.errorCode])).toEqual([
        ['DELETE', undefined],
        ['RENEW', 160],
      ]);
      expect(await slow.effects('?correlationId=mine')).toEqual([]);
    } finally {
      await slow.close();
    }
  });
});

describe('a renewal of a misbehaving token', () => {
  const renewed = { effects: 1, callbacks: ['RENEW'] };
  const failed = (errorCode: number) => ({ effects: 0, callbacks: [`RENEW ${errorCode}`] });
  /** What differs from an ordinary renewal. */
  const differing: Partial<Record<Suffix, typeof renewed>> = {
    '-lost': { effects: 1, callbacks: [] },
    '-silent': { effects: 0, callbacks: [] },
    '-duplicate': { effects: 1, callbacks: ['RENEW', 'RENEW', 'RENEW'] },
    '-unreachable-221': failed(221),
    '-unreachable-221-done': { effects: 1, callbacks: ['RENEW 221'] },
    '-expired-322': failed(322),
    '-failed-911': failed(911),
    '-failed-231': failed(231),
    '-contradicts': { effects: 1, callbacks: ['RENEW', 'RENEW 231'] },
    '-unexpected': { effects: 1, callbacks: ['ACTIVATE', 'RENEW'] },
    '-stranger-turns': { effects: 1, callbacks: ['RENEW', 'SUSPEND', 'RESUME', 'SUSPEND'] },
    '-string-code': { effects: 1, callbacks: ['RENEW "0"'] },
  };
  const suffixes = Object.keys(misbehaviours) as Suffix[];
  let receiver: Receiver;
  let hub: TestHub;

  beforeAll(async () => {
    receiver = await startReceiver();
    hub = await startHub({ callbackUrl: receiver.callbackUrl });
    await hub.putCard(
      'card-9',
      suffixes.map((suffix) => ({ virtualCardId: `token${suffix}` })),
    );
    await hub.renew('card-9', { correlationId: 'wide' });
    await hub.idle();
  });
  afterAll(async () => {
    await hub.close();
    await receiver.close();
  });

  test.each(suffixes)('%s does to it what it does to an operation, except for answers', async (suffix) => {
    const virtualCardId = `token${suffix}`;
    const callbacks = receiver.received
      .filter(({ body }) => body.virtualCardId === virtualCardId)
      .map(({ body: { action, errorCode } }) =>
        errorCode === undefined ? action : `${String(action)} ${JSON.stringify(errorCode)}`,
      );
    const effects = (await hub.effects(`?virtualCardId=${virtualCardId}`)).length;
    expect({ effects, callbacks }).toEqual(differing[suffix] ?? renewed);
  });

  test('-unknown-fields adds them to its callback', () => {
    const callback = receiver.received.find(({ body }) => body.virtualCardId === 'token-unknown-fields');
    expect(callback?.body).toMatchObject({ action: 'RENEW', networkReference: expect.anything() });
  });

  test('a suffix that is about answers is not in its plan', async () => {
    const [plan] = await hub.plans('?virtualCardId=token-refused-119');
    expect(plan).toMatchObject({ oddities: [], words: 'As it should be.', effect: 'applied' });
    expect(await hub.plans('?virtualCardId=token-lost')).toMatchObject([{ oddities: ['-lost'] }]);
  });
});

describe('a renewal under a seed', () => {
  const seeding = { seed: 7, nastyShare: 0.6 };
  const tokens = Array.from({ length: 120 }, (_, index) => `token-${index}`);
  const planned = tokens.map((virtualCardId) => ({
    virtualCardId,
    ...planRenewal({ correlationId: 'wide', virtualCardId, seeding }),
  }));
  let receiver: Receiver;
  let hub: TestHub;

  beforeAll(async () => {
    receiver = await startReceiver();
    hub = await startHub({ callbackUrl: receiver.callbackUrl, seeding });
    await hub.putCard(
      'card-9',
      tokens.map((virtualCardId) => ({ virtualCardId })),
    );
    await hub.renew('card-9', { correlationId: 'wide' });
    await hub.idle();
  });
  afterAll(async () => {
    await hub.close();
    await receiver.close();
  });

  test('misbehaves as planned, token by token, in what is called back', () => {
    const sent = receiver.received.map(({ headers, body: { virtualCardId, action, errorCode } }) =>
      JSON.stringify([headers['x-correlation-id'], virtualCardId, action, errorCode]),
    );
    const expected = planned.flatMap(({ virtualCardId, callbacks }) =>
      callbacks.map(({ correlationId = 'wide', action = 'RENEW', errorCode, ...callback }) =>
        JSON.stringify([correlationId, callback.virtualCardId ?? virtualCardId, action, errorCode]),
      ),
    );
    expect(sent.toSorted()).toEqual(expected.toSorted());
  });

  test('is an effect where it was planned to succeed, and nowhere else', async () => {
    const effects = await hub.effects('?correlationId=wide');
    const applied = planned.filter(({ effect }) => effect === 'applied');
    expect(effects.map(({ virtualCardId }) => virtualCardId).toSorted()).toEqual(
      applied.map(({ virtualCardId }) => virtualCardId).toSorted(),
    );
  });

  test('is odd in every way that callbacks can be, and in no way that answers can be', () => {
    const drawn = tokens.flatMap(
      (virtualCardId) =>
        drawPlan(seeding, { correlationId: 'wide', virtualCardId, action: 'RENEW' }).oddities,
    );
    expect(drawn).toEqual(
      expect.arrayContaining(['callback-lost', 'repeated', 'delayed', 'reversed', 'spelled-differently']),
    );
    expect(drawn).toEqual(
      expect.arrayContaining(['unknown-fields', 'stranger-token', 'stranger-correlation', 'fails', 'pair']),
    );
    expect(drawn.filter((oddity) => /answer|turned-away|refused|accepted|2xx|body/.test(oddity))).toEqual([]);
  });
});
