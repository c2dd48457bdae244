import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { createHubClient, toAttemptResult, type HubClient } from '../../../src/tsh/hub-client.js';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Respond = (response: ServerResponse, request: Seen) => void;

let respond: Respond;
const seen: Seen[] = [];
let connections = 0;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url, headers } = request;
    const entry = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
    seen.push(entry);
    respond(response, entry);
  });
}).on('connection', () => (connections += 1));

let origin: string;
let client: HubClient;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

beforeEach(() => {
  seen.length = 0;
  connections = 0;
  client = createHubClient({ baseUrl: `${origin}/gtep/igwapi/v2.0/`, timeoutMs: 3_000 });
});

afterEach(() => client.close());

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const card = { issuerId: 'ISSUER0001', correlationId: 'op-1', issuerCardRefId: 'card-1' };
const suspendToken = { ...card, virtualCardId: 'token-1', action: 'SUSPEND' } as const;

describe('a request', () => {
  test('goes to the method under the base path, with both headers (contract 1.1, A-01)', async () => {
    respond = (response) => void response.end();
    await client.updateCardState(suspendToken);
    await client.getCardInfo(card);
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /gtep/igwapi/v2.0/updateCardState',
      'POST /gtep/igwapi/v2.0/getCardInfo',
    ]);
    for (const { headers } of seen) {
      expect(headers).toMatchObject({
        'x-issuer-id': 'ISSUER0001',
        'x-correlation-id': 'op-1',
        'content-type': 'application/json',
      });
      expect(headers).not.toHaveProperty('authorization');
    }
  });

  test.each([
    ['one token', suspendToken, { issuerCardRefId: 'card-1', virtualCardId: 'token-1', action: 'SUSPEND' }],
    [
      'all tokens of a card, without a token (A-02)',
      { ...card, action: 'DELETE' as const },
      { issuerCardRefId: 'card-1', action: 'DELETE' },
    ],
    [
      'a reason as a number (A-21)',
      { ...suspendToken, action: 'RESUME' as const, reasonCode: 31 },
      { issuerCardRefId: 'card-1', virtualCardId: 'token-1', action: 'RESUME', reason: 31 },
    ],
  ])('names %s', async (_what, request, body) => {
    respond = (response) => void response.end();
    await client.updateCardState(request);
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(body);
  });

  test.each([
    ['issuerId', { ...suspendToken, issuerId: 'SHORT' }],
    ['issuerId', { ...suspendToken, issuerId: 'ISSUER\r\n01' }],
    ['correlationId', { ...suspendToken, correlationId: '' }],
    ['correlationId', { ...suspendToken, correlationId: 'x'.repeat(65) }],
    ['correlationId', { ...suspendToken, correlationId: 'op-1\nx-evil: 1' }],
  ])('with a bad %s is a bug: it throws, names the field, and sends nothing', async (field, request) => {
    await expect(client.updateCardState(request)).rejects.toThrow(new RegExp(`^${field} `));
    expect(seen).toEqual([]);
  });

  test('uses a connection again, and a new one after a hundred requests, so that DNS is asked again', async () => {
    respond = (response) => void response.end();
    for (let sent = 0; sent < 105; sent += 1) {
      await client.updateCardState(suspendToken);
      await sleep(5); // Until the connection is idle.
    }
    expect(connections).toBe(2);
  });
});

test('the hub is reached without the proxy of the environment', async () => {
  const names = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'NODE_USE_ENV_PROXY'];
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : 'http://127.0.0.1:9';
  const direct = createHubClient({ baseUrl: origin, timeoutMs: 3_000 });
  respond = (response) => void response.end();
  try {
    expect(await direct.updateCardState(suspendToken)).toMatchObject({ kind: 'answered' });
  } finally {
    await direct.close();
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

describe('an answer', () => {
  test('that is empty, or an object, with 2xx is accepted (A-04)', async () => {
    for (const body of ['', '{}', '{"done":true}', '{"responseCode":0}']) {
      respond = (response) => void response.end(body);
      const outcome = await client.updateCardState(suspendToken);
      expect(outcome).toEqual({ kind: 'answered', httpStatus: 200, answer: { kind: 'accepted' } });
    }
  });

  test('whose Retry-After is a date is measured by the clock of the hub, which may differ from ours', async () => {
    respond = (response) =>
      void response
        .writeHead(503, {
          date: 'Sun, 01 Mar 2026 12:00:00 GMT',
          'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT',
        })
        .end();
    expect(await client.updateCardState(suspendToken)).toMatchObject({
      answer: { kind: 'again', effect: 'possible', retryAfterMs: 30_000 },
    });
  });

  test('is read for its code and its Retry-After', async () => {
    respond = (response) => {
      response.writeHead(400, { 'retry-after': '30' }).end('{"responseCode":"321","errorMessage":"running"}');
    };
    expect(await client.updateCardState(suspendToken)).toEqual({
      kind: 'answered',
      httpStatus: 400,
      answer: { kind: 'again', effect: 'possible', errorCode: 321, retryAfterMs: 30_000 },
    });
  });

  test('that redirects is not followed', async () => {
    respond = (response) => void response.writeHead(307, { location: `${origin}/elsewhere` }).end();
    expect(await client.updateCardState(suspendToken)).toMatchObject({ kind: 'unanswered', httpStatus: 307 });
    expect(seen).toHaveLength(1);
  });

  test.each([500, 503])('of %i is not asked for twice', async (status) => {
    respond = (response) => void response.writeHead(status, { 'retry-after': '0' }).end();
    expect(await client.updateCardState(suspendToken)).toMatchObject({ answer: { kind: 'again' } });
    expect(seen).toHaveLength(1);
  });

  test('may be preceded by an interim one', async () => {
    respond = (response) => {
      response.writeProcessing();
      response.writeHead(400).end('{"responseCode":432}');
    };
    const answer = { kind: 'refused', errorCode: 432, httpStatus: 400 };
    expect(await client.updateCardState(suspendToken)).toMatchObject({ answer });
  });
});

describe('a reading', () => {
  test('lists the tokens of a card', async () => {
    const tokens = [{ virtualCardId: 'token-1', walletProviderId: 'APPLE_PAY', status: 'RESUMED' }];
    respond = (response) => void response.end(JSON.stringify({ ...card, virtualCardList: tokens }));
    expect(await client.getCardInfo(card)).toEqual({ kind: 'listed', tokens, httpStatus: 200 });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ issuerCardRefId: 'card-1' });
  });

  test('keeps to its own deadline', async () => {
    respond = () => undefined;
    expect(await client.getCardInfo(card, { timeoutMs: 100 })).toEqual({ kind: 'failed', cause: 'TIMEOUT' });
  });
});

test('closing lets what is in flight end', async () => {
  respond = (response) => void setTimeout(() => response.end(), 100);
  const sent = client.updateCardState(suspendToken);
  await sleep(30);
  await client.close();
  expect(await sent).toMatchObject({ kind: 'answered' });
});

test.each(['ftp://hub.example', 'https://me:secret@hub.example', 'https://hub.example/?x=1', 'hub'])(
  'a base URL like %p is refused at the start',
  (baseUrl) => {
    expect(() => createHubClient({ baseUrl, timeoutMs: 1_000 })).toThrow(TypeError);
  },
);

test.each([
  [{ kind: 'answered', answer: { kind: 'accepted' }, httpStatus: 200 }, 'answered'],
  [{ kind: 'answered', answer: { kind: 'again', effect: 'none' }, httpStatus: 429 }, 'answered'],
  [{ kind: 'answered', answer: { kind: 'again', effect: 'possible' }, httpStatus: 503 }, 'failed'],
  [{ kind: 'nothing-left', cause: 'ECONNREFUSED' }, 'failed'],
  [{ kind: 'unanswered', cause: 'TIMEOUT' }, 'failed'],
  [{ kind: 'unanswered', cause: 'NOT_THE_HUB', httpStatus: 200 }, 'failed'],
  [{ kind: 'unanswered', cause: 'ABORTED' }, 'abandoned'],
  [{ kind: 'nothing-left', cause: 'CLOSED' }, 'abandoned'],
  [{ kind: 'listed', tokens: [], httpStatus: 200 }, 'answered'],
  [{ kind: 'failed', cause: 'HTTP_STATUS', httpStatus: 400 }, 'answered'],
  [{ kind: 'failed', cause: 'HTTP_STATUS', httpStatus: 500 }, 'failed'],
  [{ kind: 'failed', cause: 'NOT_THE_HUB', httpStatus: 200 }, 'failed'],
  [{ kind: 'failed', cause: 'ECONNRESET' }, 'failed'],
] as const)('the circuit takes %j as %s', (outcome, result) => {
  expect(toAttemptResult(outcome)).toBe(result);
});
