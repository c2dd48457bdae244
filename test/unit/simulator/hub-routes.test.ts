import { type Receiver, type TestHub, eventually, issuerId, startHub, startReceiver } from './support.js';

describe('the hub', () => {
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

  const apple = { issuerCardRefId: 'card-1', virtualCardId: 'card-1-apple' };

  test('accepts with an empty 200, then applies the action, then calls back', async () => {
    const answer = await hub.update('c-1', { ...apple, action: 'SUSPEND' });
    expect(answer).toMatchObject({ status: 200, text: '' });
    await eventually(() => expect(receiver.received).toHaveLength(1));
    expect(await hub.token('card-1', 'card-1-apple')).toMatchObject({ suspenders: ['ISSUER'] });
    expect(receiver.received).toEqual([
      {
        path: '/issuer/igwapi/v2.0/notifyVirtualCardChange',
        headers: expect.objectContaining({ 'x-correlation-id': 'c-1', 'x-issuer-id': issuerId }),
        body: {
          issuerCardRefId: 'card-1',
          virtualCardId: 'card-1-apple',
          walletProviderId: 'APPLE_PAY',
          isPrimary: true,
          action: 'SUSPEND',
          source: 'ISSUER',
          tokenStorageId: 'storage-of-card-1-apple',
        },
      },
    ]);
  });

  test.each(['SUSPEND', 'DELETE'])(
    'refuses a repeated %s with 321 while it runs, then by the state',
    async (action) => {
      const slowHub = await startHub({
        callbackUrl: receiver.callbackUrl,
        settings: { effectDelayMs: { min: 150, max: 150 } },
      });
      try {
        const request = { ...apple, action };
        expect((await slowHub.update('c-1', request))?.status).toBe(200);
        expect((await slowHub.update('c-1', request))?.body).toMatchObject({ responseCode: 321 });
        expect((await slowHub.update('c-2', request))?.body).toMatchObject({ responseCode: 321 });
        await slowHub.idle();
        const code = action === 'DELETE' ? 160 : 432;
        expect((await slowHub.update('c-1', request))?.body).toMatchObject({ responseCode: code });
        expect(await slowHub.effects()).toHaveLength(1);
      } finally {
        await slowHub.close();
      }
    },
  );

  test('fails by callback when somebody else has deleted the token meanwhile', async () => {
    const slowHub = await startHub({
      callbackUrl: receiver.callbackUrl,
      settings: { effectDelayMs: { min: 150, max: 150 } },
    });
    try {
      await slowHub.update('c-1', { ...apple, action: 'SUSPEND' });
      await slowHub.control('POST', '/tokens/card-1-apple/change', { action: 'DELETE', source: 'WALLET' });
      await slowHub.idle();
      expect(receiver.received.map(({ body }) => body)).toMatchObject([
        { action: 'DELETE', source: 'WALLET' },
        { action: 'SUSPEND', source: 'ISSUER', errorCode: 160 },
      ]);
    } finally {
      await slowHub.close();
    }
  });

  test('does not lift the suspension of the wallet for the issuer', async () => {
    const samsung = { issuerCardRefId: 'card-1', virtualCardId: 'card-1-samsung' };
    expect((await hub.update('c-1', { ...samsung, action: 'RESUME' }))?.body).toMatchObject({
      responseCode: 432,
    });
    await hub.update('c-2', { ...samsung, action: 'SUSPEND' });
    await hub.idle();
    await hub.update('c-3', { ...samsung, action: 'RESUME' });
    await hub.idle();
    expect(await hub.token('card-1', 'card-1-samsung')).toMatchObject({
      status: 'SUSPENDED',
      suspenders: ['TOKEN_REQUESTOR'],
    });
    expect(receiver.received.map(({ body }) => body.action)).toEqual(['SUSPEND', 'RESUME']);
  });

  test('calls back once per updated token of a card, all with the correlation id of the request', async () => {
    await hub.putCard('card-9', [
      { virtualCardId: 'good' },
      { virtualCardId: 'suspended-by-us', status: 'SUSPENDED' },
      { virtualCardId: 'suspended-by-the-wallet', status: 'SUSPENDED', suspenders: ['TOKEN_REQUESTOR'] },
      { virtualCardId: 'new', status: 'INACTIVE' },
      { virtualCardId: 'the-lost', status: 'RESUMED' },
      { virtualCardId: 'the-refused-119', status: 'RESUMED' },
      { virtualCardId: 'the-flaky-503', status: 'RESUMED' },
    ]);
    const answer = await hub.update('wide', { issuerCardRefId: 'card-9', action: 'SUSPEND' });
    expect(answer).toMatchObject({ status: 200, text: '' });
    await hub.idle();
    const called = receiver.received.map(({ headers, body }) =>
      [headers['x-correlation-id'], body.virtualCardId].join(' '),
    );
    expect(called.sort()).toEqual(['wide good', 'wide suspended-by-the-wallet', 'wide the-flaky-503']);
    const changed = (await hub.effects('?correlationId=wide')).map(({ virtualCardId }) => virtualCardId);
    expect(changed.sort()).toEqual(['good', 'suspended-by-the-wallet', 'the-flaky-503', 'the-lost']);
  });

  test('refuses an action for a whole card when no token allows it', async () => {
    const resume = await hub.update('wide', { issuerCardRefId: 'card-1', action: 'RESUME' });
    expect(resume?.body).toMatchObject({ responseCode: 432 });
    const again = await hub.update('wide', { issuerCardRefId: 'card-4', action: 'DELETE' });
    expect(again?.body).toMatchObject({ responseCode: 160 });
  });

  test('lists the tokens of a card with their status, without the erased', async () => {
    await hub.putCard('card-9', [
      { virtualCardId: 'kept', walletProviderId: 'SPAYHCE', status: 'DELETED' },
      { virtualCardId: 'gone', status: 'ERASED' },
    ]);
    expect(await hub.cardInfo('card-9')).toMatchObject({ status: 200 });
    expect((await hub.cardInfo('card-9'))?.body).toEqual({
      issuerCardRefId: 'card-9',
      virtualCardList: [
        {
          virtualCardId: 'kept',
          issuerCardRefId: 'card-9',
          walletProviderId: 'SPAYHCE',
          deviceInformation: expect.any(Object),
          status: 'DELETED',
        },
      ],
    });
  });

  const right = { 'x-correlation-id': 'c-1', 'x-issuer-id': issuerId };
  const suspend = { ...apple, action: 'SUSPEND' };
  test.each([
    { fault: 'no correlation id', headers: { 'x-issuer-id': issuerId }, body: suspend, code: 111 },
    { fault: 'no issuer id', headers: { 'x-correlation-id': 'c-1' }, body: suspend, code: 111 },
    {
      fault: 'an empty correlation id',
      headers: { ...right, 'x-correlation-id': '' },
      body: suspend,
      code: 112,
    },
    {
      fault: 'a long correlation id',
      headers: { ...right, 'x-correlation-id': 'c'.repeat(65) },
      body: suspend,
      code: 112,
    },
    {
      fault: 'a short issuer id',
      headers: { ...right, 'x-issuer-id': 'ISSUER123' },
      body: suspend,
      code: 112,
    },
    {
      fault: 'an unknown issuer',
      headers: { ...right, 'x-issuer-id': 'SOMEBODY_1' },
      body: suspend,
      code: 113,
    },
    { fault: 'an unknown card', headers: right, body: { ...suspend, issuerCardRefId: 'nobody' }, code: 116 },
    { fault: 'an unknown token', headers: right, body: { ...suspend, virtualCardId: 'nobody' }, code: 119 },
    {
      fault: 'a token of another card',
      headers: right,
      body: { ...suspend, issuerCardRefId: 'card-3' },
      code: 119,
    },
    { fault: 'no card', headers: right, body: { action: 'SUSPEND' }, code: 111 },
    { fault: 'no action', headers: right, body: apple, code: 111 },
    { fault: 'an unknown action', headers: right, body: { ...apple, action: 'ACTIVATE' }, code: 112 },
    {
      fault: 'a long card reference',
      headers: right,
      body: { ...suspend, issuerCardRefId: 'r'.repeat(49) },
      code: 112,
    },
    { fault: 'an empty token', headers: right, body: { ...suspend, virtualCardId: '' }, code: 112 },
    { fault: 'a reason that is no integer', headers: right, body: { ...suspend, reason: 'lost' }, code: 112 },
    { fault: 'a body that is a list', headers: right, body: [], code: 112 },
    { fault: 'a body that is no JSON', headers: right, body: '{"action":', code: 112 },
  ])('answers $fault with 400 and $code', async ({ headers, body, code }) => {
    const response = await fetch(`${hub.url}/updateCardState`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(headers as Record<string, string>) },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ responseCode: code, errorMessage: expect.any(String) });
  });

  test('answers a body that is too large with 413, and goes on', async () => {
    const answer = await hub.update('c-1', { ...suspend, action: 'x'.repeat(70_000) });
    expect(answer).toMatchObject({ status: 413, body: { responseCode: 112 } });
    expect((await hub.update('c-1', suspend))?.status).toBe(200);
  });

  test('answers what it does not know with 404 in JSON', async () => {
    for (const path of ['/updateCard', '/_simulator/nothing', '/']) {
      const response = await fetch(`${hub.url}${path}`, { method: 'POST' });
      expect([response.status, await response.json()]).toEqual([404, { error: 'No such route' }]);
    }
    expect((await fetch(`${hub.url}/%E0%A4%A`)).status).toBeLessThan(500);
  });

  test('ignores request fields that it does not know', async () => {
    const request = { ...suspend, reason: 31, requestedBy: 'somebody' };
    expect((await hub.update('c-1', request))?.status).toBe(200);
  });
});
