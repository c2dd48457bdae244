import { type Receiver, type TestHub, issuerId, startHub, startReceiver } from './support.js';

describe('the control endpoints', () => {
  let receiver: Receiver;
  let hub: TestHub;

  beforeEach(async () => {
    receiver = await startReceiver();
    hub = await startHub({ callbackUrl: receiver.callbackUrl, settings: { logEntries: 3 } });
  });
  afterEach(async () => {
    await hub.close();
    await receiver.close();
  });

  const apple = { issuerCardRefId: 'card-1', virtualCardId: 'card-1-apple' };

  test('show a card with its tokens and who suspended them', async () => {
    expect(await hub.control('GET', '/cards/card-1')).toEqual({
      status: 200,
      body: {
        issuerCardRefId: 'card-1',
        tokens: [
          { virtualCardId: 'card-1-apple', walletProviderId: 'APPLE_PAY', status: 'RESUMED', suspenders: [] },
          {
            virtualCardId: 'card-1-google',
            walletProviderId: 'ANDROID_PAY',
            status: 'RESUMED',
            suspenders: [],
          },
          {
            virtualCardId: 'card-1-samsung',
            walletProviderId: 'SPAYHCE',
            status: 'SUSPENDED',
            suspenders: ['TOKEN_REQUESTOR'],
          },
        ],
      },
    });
    expect((await hub.control('GET', '/cards/nobody')).status).toBe(404);
    expect((await hub.control('GET', '/cards/card-1?issuerId=SOMEBODY_1')).status).toBe(404);
  });

  test('add a card, which the hub then knows', async () => {
    const tokens = [{ virtualCardId: 'mine', walletProviderId: 'SPAYHCE', status: 'SUSPENDED' }];
    expect(await hub.putCard('my card/1', tokens).catch(() => undefined)).toMatchObject({ status: 404 });
    expect(await hub.putCard('__proto__', tokens)).toMatchObject({
      status: 200,
      body: { tokens: [{ ...tokens[0], suspenders: ['ISSUER'] }] },
    });
    const request = { issuerCardRefId: '__proto__', virtualCardId: 'mine', action: 'RESUME' };
    expect((await hub.update('c-1', request))?.status).toBe(200);
  });

  test.each([
    { fault: 'an unknown field', tokens: [{ virtualCardId: 'a', colour: 'red' }] },
    { fault: 'an unknown status', tokens: [{ virtualCardId: 'a', status: 'ACTIVE' }] },
    { fault: 'a suspender without a suspension', tokens: [{ virtualCardId: 'a', suspenders: ['ISSUER'] }] },
    {
      fault: 'a suspension without a suspender',
      tokens: [{ virtualCardId: 'a', status: 'SUSPENDED', suspenders: [] }],
    },
    { fault: 'the same name twice', tokens: [{ virtualCardId: 'a' }, { virtualCardId: 'a' }] },
  ])('refuse a card with $fault', async ({ tokens }) => {
    expect((await hub.putCard('card-99', tokens)).status).toBe(400);
  });

  test('refuse a body that is no JSON', async () => {
    const response = await fetch(`${hub.url}/_simulator/outage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect(response.status).toBe(400);
    expect((await hub.control('POST', '/outage')).status).toBe(400);
  });

  test('list requests, effects and callbacks, filtered, the last ones only', async () => {
    await hub.update('c-1', { ...apple, action: 'SUSPEND' });
    await hub.idle();
    await hub.update('c-2', { ...apple, action: 'SUSPEND' });
    expect(await hub.requests('?virtualCardId=card-1-apple')).toEqual([
      {
        at: expect.any(String),
        method: 'POST',
        operation: 'updateCardState',
        correlationId: 'c-1',
        issuerId,
        ...apple,
        action: 'SUSPEND',
        status: 200,
        ended: 'answered',
      },
      expect.objectContaining({ correlationId: 'c-2', status: 400, responseCode: 432 }),
    ]);
    expect(await hub.effects('?correlationId=c-1')).toHaveLength(1);
    expect(await hub.effects('?correlationId=c-2')).toEqual([]);
    expect(await hub.callbacks('?issuerCardRefId=card-1')).toMatchObject([
      { correlationId: 'c-1', status: 200 },
    ]);
    expect(await hub.callbacks('?issuerCardRefId=card-2')).toEqual([]);
    for (const correlationId of ['c-3', 'c-4'])
      await hub.update(correlationId, { ...apple, action: 'SUSPEND' });
    const kept = (await hub.requests()).map(({ correlationId }) => correlationId);
    expect(kept).toEqual(['c-2', 'c-3', 'c-4']);
  });

  test('list which token a reading has shown in which status', async () => {
    await hub.cardInfo('card-1');
    expect(await hub.requests('?issuerCardRefId=card-1')).toMatchObject([
      {
        operation: 'getCardInfo',
        listed: ['RESUMED', 'RESUMED', 'SUSPENDED'],
        listedIds: ['card-1-apple', 'card-1-google', 'card-1-samsung'],
      },
    ]);
  });

  test('list page by page, by numbers that stay, and say how much is forgotten', async () => {
    for (const correlationId of ['c-0', 'c-1', 'c-2', 'c-3', 'c-4']) {
      await hub.update(correlationId, { ...apple, action: 'RESUME' });
    }
    const page = async (query: string) => {
      const { body } = await hub.control<{ items: { correlationId: string }[] }>('GET', `/requests${query}`);
      return { ...body, items: body.items.map(({ correlationId }) => correlationId) };
    };
    expect(await page('')).toEqual({ items: ['c-2', 'c-3', 'c-4'], next: 5, total: 5, forgotten: 2 });
    expect(await page('?limit=2')).toMatchObject({ items: ['c-2', 'c-3'], next: 4 });
    expect(await page('?from=4&limit=2')).toMatchObject({ items: ['c-4'], next: 5 });
    expect(await page('?from=5')).toMatchObject({ items: [], next: 5 });
    expect(await page('?correlationId=c-4&limit=1')).toMatchObject({ items: ['c-4'], next: 5 });
    const plans = await hub.control('GET', '/plans?limit=1');
    expect(plans.body).toMatchObject({ items: [{ correlationId: 'c-2' }], next: 3, total: 5, forgotten: 2 });
    expect((await hub.control('GET', '/requests?limit=0')).status).toBe(400);
  });

  test.each([
    { source: 'WALLET', suspenders: ['TOKEN_REQUESTOR'] },
    { source: 'TSP', suspenders: ['ISSUER'] },
  ])(
    'change a token from outside by $source, with a correlation id nobody has seen',
    async ({ source, suspenders }) => {
      const change = { action: 'SUSPEND', source };
      const { status, body } = await hub.control<{ correlationId: string }>(
        'POST',
        '/tokens/card-1-apple/change',
        change,
      );
      expect([status, body]).toEqual([
        202,
        { correlationId: expect.any(String), changed: true, status: 'SUSPENDED' },
      ]);
      await hub.idle();
      expect(await hub.token('card-1', 'card-1-apple')).toMatchObject({ suspenders });
      expect(receiver.received).toMatchObject([
        { headers: { 'x-correlation-id': body.correlationId }, body: { ...apple, ...change } },
      ]);
      expect(await hub.effects()).toMatchObject([{ correlationId: body.correlationId, ...change }]);
    },
  );

  test.each([
    { change: { action: 'DELETE', source: 'WALLET', errorCode: 911, correlationId: 'mine' } },
    { change: { action: 'RENEW', source: 'TSP', correlationId: 'mine' } },
    { change: { action: 'ACTIVATE', source: 'WALLET', correlationId: 'mine' } },
  ])('call back without an effect for $change.action where nothing can change', async ({ change }) => {
    const { body } = await hub.control('POST', '/tokens/card-1-apple/change', change);
    expect(body).toEqual({ correlationId: 'mine', changed: false, status: 'RESUMED' });
    await hub.idle();
    const { correlationId, ...expected } = change;
    expect(receiver.received).toMatchObject([
      { headers: { 'x-correlation-id': correlationId }, body: expected },
    ]);
    expect(await hub.effects()).toEqual([]);
  });

  test('know no token from outside that is not there', async () => {
    const change = { action: 'DELETE', source: 'WALLET' };
    expect((await hub.control('POST', '/tokens/nobody/change', change)).status).toBe(404);
    expect((await hub.control('POST', '/tokens/card-1-apple/change', { action: 'DELETE' })).status).toBe(400);
  });

  test('stop the hub endpoints with 503, until they are told otherwise', async () => {
    await hub.control('POST', '/outage', { mode: '503' });
    const answer = await hub.update('c-1', { ...apple, action: 'SUSPEND' });
    expect([answer?.status, answer?.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await hub.control('GET', '/health')).body).toMatchObject({ outage: '503' });
    await hub.control('DELETE', '/outage');
    expect((await hub.cardInfo('card-1'))?.status).toBe(200);
    expect(await hub.requests('?correlationId=c-1')).toMatchObject([{ status: 503 }]);
  });

  test('stop the hub endpoints by closed connections, for some seconds', async () => {
    await hub.control('POST', '/outage', { mode: 'refuse', seconds: 0.1 });
    expect(await hub.cardInfo('card-1')).toBeUndefined();
    expect((await hub.requests())[0]).toMatchObject({ ended: 'destroyed', status: null });
    const until = Date.now() + 100;
    let answer = await hub.cardInfo('card-1');
    while (answer === undefined && Date.now() < until + 1_000) answer = await hub.cardInfo('card-1');
    expect(answer?.status).toBe(200);
  });

  test('forget everything on reset', async () => {
    await hub.update('c-1', { ...apple, action: 'SUSPEND' });
    await hub.putCard('card-99', []);
    await hub.control('POST', '/outage', { mode: '503' });
    await hub.control('POST', '/reset');
    expect((await hub.control('GET', '/health')).body).toEqual({
      status: 'ok',
      cards: 10,
      pendingOperations: 0,
      pendingCallbacks: 0,
      outage: null,
    });
    expect(await hub.token('card-1', 'card-1-apple')).toMatchObject({ status: 'RESUMED' });
    expect([await hub.requests(), await hub.effects()]).toEqual([[], []]);
    expect((await hub.control('GET', '/cards/card-99')).status).toBe(404);
  });
});
