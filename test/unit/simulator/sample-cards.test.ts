// The two cards of the sample data that tell a story of a whole card, told once.
import { type Receiver, type TestHub, startHub, startReceiver } from './support.js';

describe('the sample data', () => {
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

  const heard = () =>
    receiver.received
      .map(({ body: { virtualCardId, action, errorCode = '' } }) =>
        [virtualCardId, action, errorCode].join(' ').trim(),
      )
      .toSorted();

  test('has a card-7 of which a SUSPEND says it all: done, done with 221, nothing heard, no need, not possible', async () => {
    const suspend = { issuerCardRefId: 'card-7', action: 'SUSPEND' };
    expect((await hub.update('wide', suspend))?.status).toBe(200);
    await hub.control('POST', '/cards/card-7/tokens', { virtualCardId: 'card-7-sixth' });
    await hub.idle();
    expect(heard()).toEqual(['card-7-apple SUSPEND', 'card-7-watch-unreachable-221-done SUSPEND 221']);
    await hub.cardInfo('card-7');
    const [reading] = await hub.requests('?correlationId=a-reading');
    expect(reading?.listedIds?.map((id, index) => `${id} ${reading.listed?.[index]}`)).toEqual([
      'card-7-apple SUSPENDED',
      'card-7-watch-unreachable-221-done SUSPENDED',
      'card-7-ring-lost SUSPENDED',
      'card-7-google SUSPENDED',
      'card-7-samsung INACTIVE',
      'card-7-sixth RESUMED',
    ]);
  });

  test('has a card-8 of which a renewal within a year is told three times, fails, and is not told', async () => {
    const { body } = await hub.control('POST', '/clock', { advanceDays: 366 });
    expect(body).toMatchObject({ renewals: [{ issuerCardRefId: 'card-8', renewing: { length: 3 } }] });
    await hub.idle();
    const apple = 'card-8-apple-duplicate RENEW';
    expect(heard()).toEqual([apple, apple, apple, 'card-8-google-failed-231 RENEW 231']);
    const renewed = (await hub.effects()).map(({ virtualCardId }) => virtualCardId);
    expect(renewed.toSorted()).toEqual(['card-8-apple-duplicate', 'card-8-samsung-lost']);
  });
});
