// The hub's own clock: turned forward, or left alone, it makes the TSP renew what is due.
import { type CardRenewal } from '../../../src/simulator/callbacks/renewals.js';
import { type Receiver, type TestHub, aFolder, eventually, startHub, startReceiver } from './support.js';

const dayMs = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * dayMs).toISOString();

interface ClockView {
  now: string;
  advancedSeconds: number;
  renewals: CardRenewal[];
}

describe("the hub's clock", () => {
  let receiver: Receiver;
  let hubs: TestHub[];
  let folder: ReturnType<typeof aFolder>;

  beforeEach(async () => {
    folder = aFolder();
    hubs = [];
    receiver = await startReceiver();
  });
  afterEach(async () => {
    await Promise.all(hubs.map((hub) => hub.close()));
    await receiver.close();
    folder.remove();
  });

  async function start(given: Partial<Parameters<typeof startHub>[0]> = {}): Promise<TestHub> {
    const hub = await startHub({
      callbackUrl: receiver.callbackUrl,
      stateFile: folder.path('state.json'),
      ...given,
    });
    hubs.push(hub);
    return hub;
  }

  const turn = (hub: TestHub, body: object) => hub.control<ClockView>('POST', '/clock', body);
  const daysTo = (instant: string | undefined): number => (Date.parse(instant ?? '') - Date.now()) / dayMs;

  test('goes with real time until it is turned, by seconds or by days', async () => {
    const hub = await start();
    const untouched = await hub.control<ClockView>('GET', '/clock');
    expect(untouched).toEqual({ status: 200, body: { now: expect.any(String), advancedSeconds: 0 } });
    expect(Math.abs(daysTo(untouched.body.now))).toBeLessThan(0.01);
    expect((await turn(hub, { advanceDays: 2 })).status).toBe(202);
    const { body } = await turn(hub, { advanceSeconds: 43_200 });
    expect(body).toMatchObject({ advancedSeconds: 216_000, renewals: [] });
    expect(daysTo(body.now)).toBeCloseTo(2.5, 2);
  });

  test.each([
    {},
    { advanceDays: 0 },
    { advanceDays: -1 },
    { advanceDays: 1, advanceSeconds: 1 },
    { to: 'x' },
  ])('is not turned by %j', async (body) => {
    const hub = await start();
    expect((await turn(hub, body)).status).toBe(400);
    expect((await hub.control('GET', '/clock')).body).toMatchObject({ advancedSeconds: 0 });
  });

  test('renews what has become due, one renewal for each card, and moves its next one on', async () => {
    const hub = await start();
    await hub.putCard('card-a', [
      { virtualCardId: 'a-1', renewsAt: inDays(10) },
      { virtualCardId: 'a-2', renewsAt: inDays(20), status: 'SUSPENDED' },
      { virtualCardId: 'a-later', renewsAt: inDays(40) },
      { virtualCardId: 'a-never' },
      { virtualCardId: 'a-deleted', renewsAt: inDays(10), status: 'DELETED' },
    ]);
    await hub.putCard('card-b', [{ virtualCardId: 'b-failed-231', renewsAt: inDays(30) }]);
    const { body } = await turn(hub, { advanceDays: 31 });
    expect(body.renewals).toMatchObject([
      { issuerCardRefId: 'card-a', renewing: ['a-1', 'a-2'], leftOut: [] },
      { issuerCardRefId: 'card-b', renewing: ['b-failed-231'], leftOut: [] },
    ]);
    expect(body.renewals[0]?.correlationId).not.toBe(body.renewals[1]?.correlationId);
    await hub.idle();
    const { correlationId } = body.renewals[0] as CardRenewal;
    const effects = await hub.effects(`?correlationId=${correlationId}`);
    expect(effects.map(({ virtualCardId }) => virtualCardId).toSorted()).toEqual(['a-1', 'a-2']);
    expect(receiver.received).toHaveLength(3);
    for (const [card, token] of [
      ['card-a', 'a-1'],
      ['card-b', 'b-failed-231'],
    ] as const) {
      expect(daysTo((await hub.token(card, token))?.renewsAt)).toBeCloseTo(31 + 3 * 365, 1);
    }
    expect(daysTo((await hub.token('card-a', 'a-later'))?.renewsAt)).toBeCloseTo(40, 1);
    expect((await turn(hub, { advanceSeconds: 1 })).body.renewals).toEqual([]);
  });

  test('survives a restart, and is back at real time after a reset', async () => {
    const first = await start();
    await turn(first, { advanceDays: 100 });
    await first.putCard('card-a', [{ virtualCardId: 'a', renewsAt: inDays(101) }]);
    hubs = [];
    await first.close();
    const second = await start();
    expect((await second.control('GET', '/clock')).body).toMatchObject({ advancedSeconds: 8_640_000 });
    expect((await turn(second, { advanceDays: 2 })).body.renewals).toMatchObject([{ renewing: ['a'] }]);
    await second.control('POST', '/reset');
    expect((await second.control('GET', '/clock')).body).toMatchObject({ advancedSeconds: 0 });
  });

  test('renews by itself what becomes due in real time, once', async () => {
    const hub = await start({ settings: { renewalCheckMs: 10 } });
    await hub.putCard('card-a', [{ virtualCardId: 'a', renewsAt: new Date(Date.now() + 50).toISOString() }]);
    await eventually(() => expect(receiver.received).toMatchObject([{ body: { action: 'RENEW' } }]));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(receiver.received).toHaveLength(1);
  });

  test('has a renewal on demand move the next one on', async () => {
    const hub = await start();
    await hub.putCard('card-a', [{ virtualCardId: 'a', renewsAt: inDays(1) }, { virtualCardId: 'a-never' }]);
    await hub.renew('card-a');
    expect((await turn(hub, { advanceDays: 2 })).body.renewals).toEqual([]);
    expect((await hub.token('card-a', 'a-never'))?.renewsAt).toBeUndefined();
  });

  test('takes an instant with an offset, and nothing that is no instant', async () => {
    const hub = await start();
    await hub.putCard('card-a', [{ virtualCardId: 'a', renewsAt: '2040-01-01T01:00:00+01:00' }]);
    expect(await hub.token('card-a', 'a')).toMatchObject({ renewsAt: '2040-01-01T00:00:00.000Z' });
    expect((await hub.putCard('card-b', [{ virtualCardId: 'b', renewsAt: 'soon' }])).status).toBe(400);
  });
});
