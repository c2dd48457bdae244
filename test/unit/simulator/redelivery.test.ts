import { type Server, createServer } from 'node:http';
import {
  parseRetryAfterMs,
  redeliveryDelayMs,
  resultOf,
} from '../../../src/simulator/callbacks/redelivery.js';
import { defaultSettings } from '../../../src/simulator/settings.js';
import { type Receiver, type TestHub, answerWith, eventually, startHub, startReceiver } from './support.js';

describe('the pause before a callback is sent again', () => {
  test('doubles from 200 ms to 30 s', () => {
    const pauses = [1, 2, 3, 8, 9, 50].map((attempts) =>
      redeliveryDelayMs(attempts, undefined, defaultSettings),
    );
    expect(pauses).toEqual([200, 400, 800, 25_600, 30_000, 30_000]);
  });

  test('is as long as the receiver asks for, and never shorter than its own', () => {
    expect(redeliveryDelayMs(1, 60_000, defaultSettings)).toBe(60_000);
    expect(redeliveryDelayMs(4, 1_000, defaultSettings)).toBe(1_600);
  });

  test.each([
    ['2', 2_000],
    ['Thu, 01 Jan 1970 00:00:11 GMT', 10_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads Retry-After: %s as %s', (header, expected) => {
    expect(parseRetryAfterMs(header, 1_000)).toBe(expected);
  });

  test('lasts at least an hour in all', () => {
    expect(defaultSettings.redeliverForMs).toBeGreaterThanOrEqual(3_600_000);
  });
});

test.each([
  [200, 'delivered'],
  [204, 'delivered'],
  [302, 'refused'],
  [400, 'refused'],
  [404, 'refused'],
  [429, 'again later'],
  [500, 'again later'],
  [503, 'again later'],
  [null, 'again later'],
])('a callback answered with %s is %s', (status, expected) => {
  expect(resultOf(status)).toBe(expected);
});

describe('the delivery of a callback', () => {
  let receiver: Receiver;
  let hub: TestHub;

  beforeEach(async () => {
    receiver = await startReceiver();
    hub = await startHub({
      callbackUrl: receiver.callbackUrl,
      // A busy machine has to answer within the first, and to get through all attempts within the second.
      settings: { callbackTimeoutMs: 500, redeliverForMs: 30_000 },
    });
  });
  afterEach(async () => {
    await hub.close();
    await receiver.close();
  });

  const suspend = { issuerCardRefId: 'card-1', virtualCardId: 'card-1-apple', action: 'SUSPEND' };

  test('is repeated after 500, 429, a lost connection and silence, until it is answered', async () => {
    receiver.answers.push(
      answerWith(500),
      answerWith(429),
      (response) => response.destroy(),
      () => undefined,
    );
    await hub.update('c-1', suspend);
    await hub.idle();
    const callbacks = await hub.callbacks('?correlationId=c-1');
    expect(callbacks.map(({ attempt, status, result }) => [attempt, status, result])).toEqual([
      [1, 500, 'again later'],
      [2, 429, 'again later'],
      [3, null, 'again later'],
      [4, null, 'again later'],
      [5, 200, 'delivered'],
    ]);
    expect(new Set(receiver.received.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await hub.effects()).toHaveLength(1);
  });

  test('waits as long as Retry-After says', async () => {
    receiver.answers.push(answerWith(503, { 'retry-after': '1' }));
    await hub.update('c-1', suspend);
    await hub.idle();
    const [first, second] = await hub.callbacks();
    expect(Date.parse(second?.at ?? '') - Date.parse(first?.at ?? '')).toBeGreaterThanOrEqual(950);
  });

  test('ends with a 400', async () => {
    receiver.answers.push(answerWith(400));
    await hub.update('c-1', suspend);
    await hub.idle();
    expect(await hub.callbacks()).toMatchObject([{ status: 400, result: 'refused' }]);
  });

  test('keeps the order of the callbacks of one operation', async () => {
    receiver.answers.push(answerWith(503));
    await hub.update('c-1', { ...suspend, issuerCardRefId: 'card-2', virtualCardId: 'card-2-unexpected' });
    await hub.idle();
    expect(receiver.received.map(({ body }) => body.action)).toEqual(['ACTIVATE', 'ACTIVATE', 'SUSPEND']);
  });

  test('gives up in the end', async () => {
    const nobody = createServer();
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
    const deadUrl = urlOf(nobody);
    await new Promise((resolve) => nobody.close(resolve));
    const lonely = await startHub({ callbackUrl: deadUrl, settings: { redeliverForMs: 2_000 } });
    try {
      await lonely.update('c-1', suspend);
      await lonely.idle();
      const callbacks = await lonely.callbacks();
      expect(callbacks.length).toBeGreaterThan(2);
      expect(callbacks.at(-1)).toMatchObject({ status: null, result: 'given up' });
      expect(callbacks.at(-2)).toMatchObject({ error: expect.stringContaining('ECONNREFUSED') });
    } finally {
      await lonely.close();
    }
  });

  test('reaches a receiver that starts late', async () => {
    await receiver.close();
    await hub.update('c-1', suspend);
    await eventually(async () => expect((await hub.callbacks()).length).toBeGreaterThan(1));
    receiver = await startReceiver(receiver.port);
    await hub.idle();
    expect(receiver.received).toHaveLength(1);
  });
});

function urlOf(server: Server): string {
  const address = server.address();
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}/` : '';
}
