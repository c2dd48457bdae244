import { setTimeout as sleep } from 'node:timers/promises';

import type { Dispatcher } from 'undici';

import { exchange } from '../../../src/tsh/exchange.js';
import { createHubClient, type HubClient, type UpdateCardStateRequest } from '../../../src/tsh/hub-client.js';
import { answer, aRefusedPort, aSocketHub, type SocketHub } from './socket-hub.js';

const SUSPEND: UpdateCardStateRequest = {
  issuerId: 'ISSUER0001',
  correlationId: 'op-first',
  issuerCardRefId: 'card-1',
  virtualCardId: 'token-1',
  action: 'SUSPEND',
};

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const closable of open.splice(0).reverse()) await closable.close();
});

async function aHub(behaviour: Parameters<typeof aSocketHub>[0]): Promise<SocketHub> {
  const hub = await aSocketHub(behaviour);
  open.push(hub);
  return hub;
}

function aClient(baseUrl: string, timeoutMs = 2_000): HubClient {
  const client = createHubClient({ baseUrl, timeoutMs });
  open.push(client);
  return client;
}

function timesReceived(hub: SocketHub, correlationId: string): number {
  return hub.received().split(correlationId).length - 1;
}

/** Invariant I2: only what provably did not leave may be repeated as if it had not been tried. */
describe('nothing has left', () => {
  test('when the port refuses', async () => {
    const client = aClient(`http://127.0.0.1:${await aRefusedPort()}`);
    expect(await client.updateCardState(SUSPEND)).toEqual({ kind: 'nothing-left', cause: 'ECONNREFUSED' });
    // And again: a pool that has failed once stays usable.
    expect(await client.updateCardState(SUSPEND)).toEqual({ kind: 'nothing-left', cause: 'ECONNREFUSED' });
  });

  test('when the name is unknown', async () => {
    const outcome = await aClient('http://nonexistent.invalid', 5_000).updateCardState(SUSPEND);
    expect(outcome).toEqual({
      kind: 'nothing-left',
      cause: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN|CONNECT_TIMEOUT)$/),
    });
  });

  test('when the TLS handshake gets no answer in half of the time', async () => {
    const hub = await aHub({});
    const outcome = await aClient(hub.url.replace('http:', 'https:'), 600).updateCardState(SUSPEND);
    expect(outcome).toEqual({ kind: 'nothing-left', cause: 'CONNECT_TIMEOUT' });
    expect(hub.connections()).toBe(1);
  });

  test('when the connection is reset during the TLS handshake', async () => {
    const hub = await aHub({ onConnection: (socket) => socket.once('data', () => socket.resetAndDestroy()) });
    const outcome = await aClient(hub.url.replace('http:', 'https:')).updateCardState(SUSPEND);
    expect(outcome).toEqual({ kind: 'nothing-left', cause: 'ECONNRESET' });
  });

  test('when the caller gave up before', async () => {
    const hub = await aHub({ onRequest: (socket) => answer(socket) });
    const outcome = await aClient(hub.url).updateCardState(SUSPEND, { signal: AbortSignal.abort() });
    expect(outcome).toEqual({ kind: 'nothing-left', cause: 'ABORTED' });
    expect(hub.connections()).toBe(0);
  });

  test('when the caller gives up while connecting, and the request is not sent afterwards either', async () => {
    const hub = await aHub({ onRequest: (socket) => answer(socket) });
    const client = aClient(hub.url);
    const giveUp = new AbortController();
    const outcome = client.updateCardState(SUSPEND, { signal: giveUp.signal });
    giveUp.abort(); // The connection has been asked for in the line before; it cannot be there yet.
    expect(await outcome).toEqual({ kind: 'nothing-left', cause: 'ABORTED' });
    await sleep(100);
    expect(hub.connections()).toBe(1);
    expect(hub.received()).toBe('');
  });

  test('when all connections are taken; what waited for one is not sent afterwards', async () => {
    const hub = await aHub({});
    const client = aClient(hub.url, 1_000);
    const ids = Array.from({ length: 150 }, (_, index) => `op-${index}.`);
    const outcomes = await Promise.all(
      ids.map(async (correlationId) => client.updateCardState({ ...SUSPEND, correlationId })),
    );
    await sleep(200);
    const kinds = ids.map((id) => (timesReceived(hub, id) === 0 ? 'nothing-left' : 'unanswered'));
    expect(outcomes.map(({ kind }) => kind)).toEqual(kinds);
    expect(kinds.filter((kind) => kind === 'nothing-left')).toHaveLength(150 - 128);
  });

  test('when the client is closed', async () => {
    const hub = await aHub({ onRequest: (socket) => answer(socket) });
    const client = aClient(hub.url);
    await client.close();
    expect(await client.updateCardState(SUSPEND)).toEqual({ kind: 'nothing-left', cause: 'CLOSED' });
  });
});

describe('the request may have left', () => {
  test('when the hub accepts the connection and closes it at once', async () => {
    const hub = await aHub({ onConnection: (socket) => socket.end() });
    expect(await aClient(hub.url).updateCardState(SUSPEND)).toMatchObject({ kind: 'unanswered' });
  });

  test.each([
    ['closes', 'UND_ERR_SOCKET', 'end'],
    ['resets', 'ECONNRESET', 'resetAndDestroy'],
  ] as const)(
    'when the hub reads it and %s the connection; it is not sent again',
    async (_what, cause, end) => {
      const hub = await aHub({ onRequest: (socket) => void socket[end]() });
      expect(await aClient(hub.url).updateCardState(SUSPEND)).toEqual({ kind: 'unanswered', cause });
      await sleep(100);
      expect(timesReceived(hub, 'op-first')).toBe(1);
      expect(hub.connections()).toBe(1);
    },
  );

  test('when the hub never answers; the connection is given up with the request', async () => {
    const hub = await aHub({});
    const outcome = await aClient(hub.url, 300).updateCardState(SUSPEND);
    expect(outcome).toEqual({ kind: 'unanswered', cause: 'TIMEOUT' });
    await sleep(50);
    expect(hub.closedConnections()).toBe(1);
    expect(timesReceived(hub, 'op-first')).toBe(1);
  });

  test('when the caller gives up after it was sent', async () => {
    const giveUp = new AbortController();
    const hub = await aHub({ onRequest: () => giveUp.abort() });
    const outcome = await aClient(hub.url).updateCardState(SUSPEND, { signal: giveUp.signal });
    expect(outcome).toEqual({ kind: 'unanswered', cause: 'ABORTED' });
  });

  test.each([
    ['its head breaks off', 'HTTP/1.1 200 OK\r\ncontent-'],
    ['its body breaks off', 'HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{"responseCo'],
    ['it is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ])('when an answer begins, but %s', async (_what, text) => {
    const hub = await aHub({ onRequest: (socket) => socket.end(text) });
    expect(await aClient(hub.url).updateCardState(SUSPEND)).toMatchObject({ kind: 'unanswered' });
  });

  test('when the answer does not end before the deadline', async () => {
    const hub = await aHub({
      onRequest: (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'),
    });
    const outcome = await aClient(hub.url, 300).updateCardState(SUSPEND);
    expect(outcome).toEqual({ kind: 'unanswered', cause: 'TIMEOUT' });
  });

  test.each(['end', 'resetAndDestroy'] as const)(
    'when a connection in use before ends under it (%s); it is not sent again',
    async (end) => {
      const hub = await aHub({
        onRequest: (socket, before) => (before === 0 ? answer(socket) : void socket[end]()),
      });
      const client = aClient(hub.url);
      expect(await client.updateCardState(SUSPEND)).toMatchObject({ kind: 'answered' });
      await sleep(20); // Until the connection is idle.
      const second = await client.updateCardState({ ...SUSPEND, correlationId: 'op-second' });
      expect(second).toMatchObject({ kind: 'unanswered' });
      await sleep(100);
      expect(timesReceived(hub, 'op-second')).toBe(1);
      expect(hub.connections()).toBe(1);
    },
  );
});

test('whenever an idle connection is closed, a request is received at most once, and never if nothing left', async () => {
  let idle: Parameters<typeof answer>[0] | undefined;
  const hub = await aHub({
    onRequest(socket) {
      answer(socket);
      idle = socket;
    },
  });
  const client = aClient(hub.url);
  const kinds = new Set<string>();
  for (let round = 0; round < 60; round += 1) {
    await client.updateCardState({ ...SUSPEND, correlationId: `op-warm-${round}` });
    await sleep(5); // Until the connection is idle.
    const correlationId = `op-race-${round}.`;
    const close = (): void => void (round % 2 === 0 ? idle?.destroy() : idle?.resetAndDestroy());
    // Before the request, in the same instant, and after it has gone out.
    if (round % 3 === 0) close();
    const sent = client.updateCardState({ ...SUSPEND, correlationId });
    if (round % 3 === 1) close();
    if (round % 3 === 2) setImmediate(close);
    const { kind } = await sent;
    kinds.add(kind);
    await sleep(5);
    const times = timesReceived(hub, correlationId);
    expect({ round, kind, times }).toEqual({ round, kind, times: kind === 'answered' ? 1 : times });
    expect(times).toBeLessThanOrEqual(kind === 'nothing-left' ? 0 : 1);
  }
  // A reset that is noticed before the request is written fails it too: then nothing has left.
  expect([...kinds]).toEqual(expect.arrayContaining(['answered', 'unanswered']));
});

test('a request that the HTTP library wants to send a second time is stopped', async () => {
  const abort = jest.fn();
  const dispatcher: Pick<Dispatcher, 'dispatch'> = {
    dispatch(_options, handler) {
      const controller = { abort, aborted: false, paused: false, reason: null, pause() {}, resume() {} };
      handler.onRequestStart?.(controller, {});
      expect(abort).not.toHaveBeenCalled();
      handler.onRequestStart?.(controller, {});
      handler.onResponseError?.(controller, Object.assign(new Error('stopped'), { code: 'UND_ERR_SOCKET' }));
      return true;
    },
  };
  const outcome = await exchange(dispatcher, { path: '/', headers: {}, body: '{}' }, { timeoutMs: 1_000 });
  expect(abort).toHaveBeenCalledTimes(1);
  expect(outcome).toEqual({ kind: 'unanswered', cause: 'UND_ERR_SOCKET' });
});
