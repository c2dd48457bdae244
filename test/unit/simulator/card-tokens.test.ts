// One token more, or one less, while an operation for the whole card is under way.
import { type Receiver, type TestHub, startHub, startReceiver } from './support.js';

describe('a token of a card', () => {
  let receiver: Receiver;
  let hub: TestHub;

  beforeEach(async () => {
    receiver = await startReceiver();
    hub = await startHub({
      callbackUrl: receiver.callbackUrl,
      settings: { effectDelayMs: { min: 150, max: 150 } },
    });
    await hub.putCard('card-9', [{ virtualCardId: 'one' }, { virtualCardId: 'two' }]);
  });
  afterEach(async () => {
    await hub.close();
    await receiver.close();
  });

  const suspend = { issuerCardRefId: 'card-9', action: 'SUSPEND' };
  const calledBack = () => receiver.received.map(({ body }) => String(body.virtualCardId)).toSorted();

  test('can be added while an operation is under way, which goes on without it', async () => {
    await hub.update('wide', suspend);
    const added = await hub.control('POST', '/cards/card-9/tokens', {
      virtualCardId: 'three',
      walletProviderId: 'SPAYHCE',
    });
    expect(added).toEqual({
      status: 201,
      body: {
        issuerCardRefId: 'card-9',
        tokens: [
          expect.objectContaining({ virtualCardId: 'one' }),
          expect.objectContaining({ virtualCardId: 'two' }),
          { virtualCardId: 'three', walletProviderId: 'SPAYHCE', status: 'RESUMED', suspenders: [] },
        ],
      },
    });
    expect((await hub.control('GET', '/health')).body).toMatchObject({ pendingOperations: 2 });
    await hub.idle();
    expect(calledBack()).toEqual(['one', 'two']);
    expect(await hub.token('card-9', 'three')).toMatchObject({ status: 'RESUMED' });
  });

  test('can vanish while an operation is under way, and nothing is heard of it', async () => {
    await hub.update('wide', suspend);
    const left = await hub.control('DELETE', '/cards/card-9/tokens/one');
    expect(left).toMatchObject({ status: 200, body: { tokens: [{ virtualCardId: 'two' }] } });
    await hub.idle();
    expect(calledBack()).toEqual(['two']);
    expect((await hub.cardInfo('card-9'))?.body).toMatchObject({
      virtualCardList: [{ virtualCardId: 'two' }],
    });
    expect((await hub.update('c-1', { ...suspend, virtualCardId: 'one' }))?.body).toMatchObject({
      responseCode: 119,
    });
  });

  test.each([
    { fault: 'no such card', method: 'POST', path: '/cards/nobody/tokens', status: 404 },
    { fault: 'a name that is taken', method: 'POST', path: '/cards/card-9/tokens', status: 409 },
    { fault: 'no such card', method: 'DELETE', path: '/cards/nobody/tokens/one', status: 404 },
    { fault: 'no such token', method: 'DELETE', path: '/cards/card-9/tokens/nobody', status: 404 },
  ])('is refused with $status for $fault by $method', async ({ method, path, status }) => {
    const body = method === 'POST' ? { virtualCardId: 'one' } : undefined;
    expect((await hub.control(method, path, body)).status).toBe(status);
  });

  test('is refused when the same body would be refused in a card', async () => {
    for (const body of [
      {},
      { virtualCardId: 'a', colour: 'red' },
      { virtualCardId: 'a', status: 'ACTIVE' },
    ]) {
      expect((await hub.control('POST', '/cards/card-9/tokens', body)).status).toBe(400);
    }
  });
});
