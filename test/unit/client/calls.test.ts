// What the client does with one call, whatever the network and the service do.
import {
  createLcmClient,
  isLcmError,
  ProblemError,
  type LcmClient,
  type LcmClientOptions,
  type LcmError,
  type StartOptions,
} from '../../../packages/client/src/index.js';
import { startScriptedServer, type Script, type ScriptedServer } from './scripted-server.js';

const OPERATION = { operationId: 'op-1', status: 'CONFIRMED', final: true };
const UNAVAILABLE = {
  status: 503,
  body: { code: 'temporal_unavailable', status: 503, title: 'x', detail: 'Repeat it.', recoverable: true },
};
const REQUEST = { action: 'SUSPEND', issuerCardRefId: 'card-1', virtualCardId: 'token-1' } as const;

const servers: ScriptedServer[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function aClient(
  script: readonly Script[],
  options: Partial<LcmClientOptions> = {},
): Promise<{ client: LcmClient; server: ScriptedServer }> {
  const server = await startScriptedServer(...script);
  servers.push(server);
  const client = createLcmClient({
    baseUrl: server.url,
    issuerId: 'ISSUER1234',
    backOff: { firstMs: 1, longestMs: 5 },
    ...options,
  });
  return { client, server };
}

async function errorOf(call: Promise<unknown>): Promise<LcmError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isLcmError(error)) throw new Error('an LcmError was expected', { cause: error });
  return error;
}

describe('a call that is not answered for good', () => {
  it.each<[string, Script]>([
    ['a refused connection', 'hang-up'],
    ['a problem that says that it may be repeated', UNAVAILABLE],
    ['a proxy with nobody behind it', { status: 502, body: '<html>' }],
    ['a proxy that has had enough', { status: 429, body: '' }],
  ])('is repeated word for word after %s, with the same idempotency key', async (_what, trouble) => {
    const { client, server } = await aClient([trouble, trouble, { status: 202, body: OPERATION }]);
    const operation = await client.startOperation(REQUEST, { idempotencyKey: 'key-1' });
    expect(operation).toEqual(OPERATION);
    expect(server.requests).toHaveLength(3);
    expect(new Set(server.requests.map(({ headers }) => headers['idempotency-key']))).toEqual(
      new Set(['"key-1"']),
    );
    expect(new Set(server.requests.map(({ body }) => body))).toEqual(new Set([JSON.stringify(REQUEST)]));
  });

  it('is given up after so many attempts, as not known', async () => {
    const { client, server } = await aClient([UNAVAILABLE], { attempts: 3 });
    const error = await errorOf(client.cancelOperation('op-1'));
    expect(error).toMatchObject({ kind: 'unavailable', attempts: 3 });
    expect(error.cause).toMatchObject({ kind: 'problem', code: 'temporal_unavailable' });
    expect(server.requests).toHaveLength(3);
  });

  it('is repeated no sooner than the service asks for', async () => {
    const { client } = await aClient([
      { ...UNAVAILABLE, headers: { 'retry-after': '1' } },
      { status: 200, body: OPERATION },
    ]);
    const askedAt = Date.now();
    await client.getOperation('op-1');
    expect(Date.now() - askedAt).toBeGreaterThanOrEqual(990);
  });

  it('is repeated when an attempt takes too long, but a wait that was asked for is no delay', async () => {
    const slow = await aClient(['silence', { status: 200, body: OPERATION }], { timeoutMs: 50 });
    expect(await slow.client.getOperation('op-1')).toEqual(OPERATION);
    const waiting = await aClient(['silence'], { timeoutMs: 50, attempts: 1 });
    const askedAt = Date.now();
    await errorOf(waiting.client.getOperation('op-1', { waitSeconds: 1 }));
    expect(Date.now() - askedAt).toBeGreaterThanOrEqual(1_000);
  });
});

describe('a call that is answered', () => {
  it('throws a problem with its code and fields, and does not repeat it', async () => {
    const fields = [{ field: 'action', rule: 'one of SUSPEND, RESUME, DELETE' }];
    const body = { code: 'invalid_request', detail: 'No.', recoverable: false, errors: fields };
    const { client, server } = await aClient([{ status: 400, body }]);
    const error = await errorOf(client.startOperation(REQUEST, { idempotencyKey: 'key-1' }));
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ kind: 'problem', code: 'invalid_request', status: 400, fields });
    expect(server.requests).toHaveLength(1);
  });

  it.each<[string, Script]>([
    ['a code of tomorrow', { status: 418, body: { code: 'teapot', detail: 'x', recoverable: false } }],
    ['a page of somebody else', { status: 200, body: '<html>' }],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
    ['a proxy that wants a password', { status: 401, body: '' }],
  ])('throws for %s, and does not repeat it', async (_what, answer) => {
    const { client, server } = await aClient([answer]);
    expect(await errorOf(client.getOperation('op-1'))).toMatchObject({ kind: 'unexpected-answer' });
    expect(server.requests).toHaveLength(1);
  });

  it('carries no value of the request in the words of an error', async () => {
    const { client } = await aClient([{ status: 404, body: {} }]);
    const error = await errorOf(client.listTokens('card-secret'));
    expect(`${error.message} ${error.stack}`).not.toContain('card-secret');
  });
});

describe('a signal', () => {
  it.each<[string, Script]>([
    ['while it waits for an answer', 'silence'],
    ['between two attempts', UNAVAILABLE],
  ])('ends a call %s', async (_when, script) => {
    const { client } = await aClient([script], { backOff: { firstMs: 60_000, longestMs: 60_000 } });
    const error = await errorOf(client.getOperation('op-1', { signal: AbortSignal.timeout(100) }));
    expect(error).toMatchObject({ kind: 'aborted', cause: { name: 'TimeoutError' } });
  });

  it('that came before keeps the call from being made', async () => {
    const { client, server } = await aClient([{ status: 200, body: OPERATION }]);
    const call = client.getOperation('op-1', { signal: AbortSignal.abort() });
    expect(await errorOf(call)).toMatchObject({ kind: 'aborted' });
    expect(server.requests).toHaveLength(0);
  });
});

describe('what is sent', () => {
  it('has every reference encoded, whatever is in it', async () => {
    const { client, server } = await aClient([{ status: 200, body: { items: [] } }]);
    const card = `a/b?c#d%2F"e' ü\n`;
    await client.listTokens(card);
    const path = server.requests[0]?.path ?? '';
    expect(decodeURIComponent(path.split('/')[5] ?? '')).toBe(card);
    expect(path.split('/')).toHaveLength(7);
  });

  it('goes under the path of the base address, with the headers of the client', async () => {
    const server = await startScriptedServer({ status: 200, body: { items: [] } });
    servers.push(server);
    const client = createLcmClient({
      baseUrl: `${server.url}/lcm/`,
      issuerId: 'ISSUER1234',
      headers: () => ({ 'x-team': 'wallets' }),
    });
    await client.listOperations({ card: 'card-1', limit: 5 });
    expect(server.requests[0]).toMatchObject({
      path: '/lcm/v1/issuers/ISSUER1234/operations?card=card-1&limit=5',
      headers: { 'x-team': 'wallets' },
    });
  });

  it('is nothing when the call itself is wrong', async () => {
    const { client, server } = await aClient([{ status: 200, body: {} }]);
    expect(() => createLcmClient({ baseUrl: 'ftp://x', issuerId: 'ISSUER1234' })).toThrow(TypeError);
    for (const idempotencyKey of ['', 'ü', 'a b', 'x'.repeat(256)]) {
      await expect(client.startOperation(REQUEST, { idempotencyKey })).rejects.toThrow(TypeError);
    }
    await expect(client.getTimeline('..')).rejects.toThrow(TypeError);
    expect(server.requests).toHaveLength(0);
  });

  it.each<[string, unknown]>([
    ['no options', undefined],
    ['no key', {}],
    ['no text', { idempotencyKey: 4711 }],
  ])('is nothing without a compiler and with %s: the key is named', async (_what, options) => {
    const { client, server } = await aClient([{ status: 200, body: {} }]);
    const call = client.startOperation(REQUEST, options as StartOptions);
    await expect(call).rejects.toThrow(new TypeError('idempotencyKey: 1 to 255 visible ASCII characters'));
    expect(server.requests).toHaveLength(0);
  });

  it.each<unknown>([NaN, Infinity, -1, '5', null])(
    'is nothing when a time is no number of at least 0: %p',
    async (time) => {
      const { client, server } = await aClient([{ status: 200, body: OPERATION }]);
      const waitSeconds = time as number;
      const timeoutMs = time as number;
      const ofWait = new TypeError('waitSeconds: a number, at least 0 and finite');
      await expect(client.startOperation(REQUEST, { idempotencyKey: 'key-1', waitSeconds })).rejects.toThrow(
        ofWait,
      );
      await expect(client.getOperation('op-1', { waitSeconds })).rejects.toThrow(ofWait);
      await expect(client.waitForOperation('op-1', { timeoutMs })).rejects.toThrow(
        new TypeError('timeoutMs: a number, at least 0 and finite'),
      );
      expect(server.requests).toHaveLength(0);
    },
  );
});

describe('a cancellation of what has ended', () => {
  const over = { status: 409, body: { code: 'operation_already_final', detail: 'x', recoverable: false } };

  it('is answered when an attempt of ours may have ended it', async () => {
    const cancelled = { ...OPERATION, requests: [{ kind: 'cancel', at: '2026-01-01T00:00:00.000Z' }] };
    const { client, server } = await aClient(['hang-up', over, { status: 200, body: cancelled }]);
    expect(await client.cancelOperation('op-1')).toEqual(cancelled);
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'GET']);
  });

  it('is a problem when nobody had asked for one', async () => {
    const { client } = await aClient([over, { status: 200, body: OPERATION }]);
    const error = await errorOf(client.cancelOperation('op-1'));
    expect(error).toMatchObject({ kind: 'problem', code: 'operation_already_final' });
  });
});

it('walks through all pages of a list', async () => {
  const first = { items: [{ operationId: 'op-1' }, { operationId: 'op-2' }], nextCursor: 'next' };
  const { client, server } = await aClient([
    { status: 200, body: first },
    { status: 200, body: { items: [{ operationId: 'op-3' }] } },
  ]);
  const found: string[] = [];
  for await (const { operationId } of client.operations({ card: 'card-1' })) found.push(operationId);
  expect(found).toEqual(['op-1', 'op-2', 'op-3']);
  expect(server.requests[1]?.path).toContain('card=card-1&cursor=next');
});
