import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import {
  type Receiver,
  type TestHub,
  aFolder,
  answerWith,
  eventually,
  startHub,
  startReceiver,
} from './support.js';

describe('a restart of the simulator', () => {
  const suspend = { issuerCardRefId: 'card-1', virtualCardId: 'card-1-apple', action: 'SUSPEND' };
  let folder: ReturnType<typeof aFolder>;
  let receiver: Receiver;
  let hubs: TestHub[];

  beforeEach(async () => {
    folder = aFolder();
    receiver = await startReceiver();
    hubs = [];
  });
  afterEach(async () => {
    await Promise.all(hubs.map((hub) => hub.close()));
    await receiver.close();
    folder.remove();
  });

  async function start(given: Partial<Parameters<typeof startHub>[0]> = {}): Promise<TestHub> {
    const hub = await startHub({
      callbackUrl: receiver.callbackUrl,
      stateFile: folder.path('deep/down/state.json'),
      ...given,
    });
    hubs.push(hub);
    return hub;
  }

  async function stop(hub: TestHub): Promise<void> {
    hubs = hubs.filter((other) => other !== hub);
    await hub.close();
  }

  test('keeps the tokens and the effects', async () => {
    const first = await start();
    await first.update('c-1', suspend);
    await first.idle();
    await stop(first);
    const second = await start();
    expect(await second.token('card-1', 'card-1-apple')).toMatchObject({ status: 'SUSPENDED' });
    expect(await second.effects()).toMatchObject([
      { correlationId: 'c-1', from: 'RESUMED', to: 'SUSPENDED', suspenders: ['ISSUER'] },
    ]);
    expect(await second.requests()).toEqual([]);
  });

  test('delivers a callback that nobody has answered yet, and repeats no effect', async () => {
    await receiver.close();
    const first = await start();
    await first.update('c-1', suspend);
    await eventually(async () => expect(await first.callbacks()).not.toEqual([]));
    await stop(first);
    receiver = await startReceiver(receiver.port);
    const second = await start();
    await second.idle();
    expect(receiver.received).toMatchObject([{ body: { action: 'SUSPEND', virtualCardId: 'card-1-apple' } }]);
    expect(await second.effects()).toHaveLength(1);
  });

  test('keeps an effect that was due later', async () => {
    const first = await start({ settings: { effectDelayMs: { min: 200, max: 200 } } });
    await first.update('c-1', suspend);
    await stop(first);
    expect(receiver.received).toEqual([]);
    const second = await start();
    await second.idle();
    expect(await second.effects()).toHaveLength(1);
    expect(receiver.received).toHaveLength(1);
  });

  test('finds, after a kill behind the answer, what was accepted', async () => {
    const killed = await start({ settings: { effectDelayMs: { min: 60_000, max: 60_000 } } });
    await killed.update('c-1', suspend);
    copyFileSync(folder.path('deep/down/state.json'), folder.path('copy.json'));
    const afterKill = await start({ stateFile: folder.path('copy.json') });
    expect((await afterKill.control('GET', '/health')).body).toMatchObject({ pendingOperations: 1 });
    await afterKill.close();
  });

  test('finds, after a kill behind a callback, its effect', async () => {
    receiver.answers.push((response) => {
      copyFileSync(folder.path('deep/down/state.json'), folder.path('copy.json'));
      answerWith(200)(response);
    });
    const killed = await start();
    await killed.update('c-1', suspend);
    await killed.idle();
    const afterKill = await start({ stateFile: folder.path('copy.json') });
    expect(await afterKill.token('card-1', 'card-1-apple')).toMatchObject({ status: 'SUSPENDED' });
    await afterKill.idle();
    // Answered, but the kill came before the hub had noted it: a duplicate, never a loss.
    expect(receiver.received).toHaveLength(2);
    expect(await afterKill.effects()).toHaveLength(1);
  });

  test('keeps how often an operation has asked, and whether it was taken on', async () => {
    const flaky = { issuerCardRefId: 'card-2', virtualCardId: 'card-2-flaky-503', action: 'SUSPEND' };
    const first = await start();
    expect((await first.update('c-1', flaky))?.status).toBe(503);
    await stop(first);
    const second = await start();
    expect((await second.update('c-1', flaky))?.status).toBe(503);
    await stop(second);
    const third = await start();
    expect((await third.update('c-1', flaky))?.status).toBe(200);
    await third.idle();
    await stop(third);
    const fourth = await start();
    const { body } = await fourth.control('GET', '/plans?correlationId=c-1');
    expect(body).toMatchObject({ items: [{ attempts: 3, takenOn: true }] });
  });

  test('keeps the same of a whole card, and of renewals', async () => {
    const wide = { issuerCardRefId: 'card-flaky-503', action: 'SUSPEND' };
    const first = await start({ settings: { effectDelayMs: { min: 200, max: 200 } } });
    await first.putCard('card-flaky-503', [{ virtualCardId: 'one' }, { virtualCardId: 'two' }]);
    expect((await first.update('wide', wide))?.status).toBe(503);
    await first.renew('card-flaky-503', { correlationId: 'renewal' });
    await stop(first);
    const second = await start();
    await second.idle();
    expect(await second.effects('?correlationId=renewal')).toHaveLength(2);
    expect((await second.update('wide', wide))?.status).toBe(503);
    expect((await second.update('wide', wide))?.status).toBe(200);
    await second.idle();
    await second.update('c-2', { ...wide, action: 'RESUME' });
    await stop(second);
    const third = await start();
    await third.update('wide', wide);
    await third.idle();
    expect(await third.effects('?correlationId=wide')).toHaveLength(2);
    expect(await third.plans('?correlationId=wide')).toMatchObject([
      { attempts: 4, takenOn: true },
      { virtualCardId: 'one' },
      { virtualCardId: 'two' },
    ]);
    expect(await third.plans('?correlationId=renewal')).toMatchObject([
      { virtualCardId: 'one', action: 'RENEW' },
      { virtualCardId: 'two', action: 'RENEW' },
    ]);
  });

  test('passes over half a change at the end of the file, which was told to nobody', async () => {
    const first = await start();
    await first.update('c-1', suspend);
    await first.idle();
    await stop(first);
    appendFileSync(folder.path('deep/down/state.json'), '["effects","",{"at":"2026-0');
    const second = await start();
    expect(await second.effects()).toHaveLength(1);
    await second.update('c-2', { ...suspend, action: 'RESUME' });
    await second.idle();
    await stop(second);
    expect(await (await start()).effects()).toHaveLength(2);
  });

  test('takes a file of one line, as an earlier release wrote it', async () => {
    const first = await start();
    await first.update('c-1', suspend);
    await first.idle();
    await stop(first);
    const second = await start(); // Its first write is a snapshot.
    await second.putCard('card-9', []);
    await stop(second);
    const [snapshot = ''] = readFileSync(folder.path('deep/down/state.json'), 'utf8').split('\n');
    const {
      asked: _asked,
      readings: _readings,
      forgotten: _forgotten,
      ...old
    } = JSON.parse(snapshot) as Record<string, unknown>;
    writeFileSync(folder.path('old.json'), JSON.stringify(old));
    const third = await start({ stateFile: folder.path('old.json') });
    expect(await third.effects()).toHaveLength(1);
    expect(await third.token('card-1', 'card-1-apple')).toMatchObject({ status: 'SUSPENDED' });
  });

  test('is refused for a file that is not a state, which stays as it was', async () => {
    const file = folder.path('other.json');
    const snapshot = JSON.stringify({ version: 1, cards: [], operations: [], deliveries: [], effects: [] });
    for (const text of ['{"version":2}', '[', 'null', '{"version":1}\n', `${snapshot}\n[\n`]) {
      writeFileSync(file, text);
      await expect(startHub({ callbackUrl: receiver.callbackUrl, stateFile: file })).rejects.toThrow(
        'The state file of the simulator cannot be read',
      );
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
  });

  test('gives sample cards to an issuer that is new, and leaves the others alone', async () => {
    const first = await start();
    await first.update('c-1', suspend);
    await first.idle();
    await stop(first);
    const second = await start({ issuerIds: ['ISSUER1234', 'ISSUER5678'] });
    expect(await second.token('card-1', 'card-1-apple')).toMatchObject({ status: 'SUSPENDED' });
    const { body } = await second.control('GET', '/cards/card-1?issuerId=ISSUER5678');
    expect(body).toMatchObject({ tokens: [{ virtualCardId: 'card-1-apple', status: 'RESUMED' }, {}, {}] });
  });
});
