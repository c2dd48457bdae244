import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { TokenReader } from '../../../src/application/token-reader.js';
import { createHubClient } from '../../../src/tsh/hub-client.js';
import { createTokenReader } from '../../../src/tsh/token-reader.js';
import { createTraffic, type Traffic } from '../../../src/tsh/traffic.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map(async (close) => close()));
});

const CARD = { issuerId: 'ISSUER0001', issuerCardRefId: 'card-1' };

/** A hub that is a real HTTP server, and a reader that asks it. */
async function withHub(
  respond: RequestListener,
  traffic: Traffic = createTraffic(),
): Promise<{ reader: TokenReader; seen: { headers: Record<string, unknown>; body: string }[] }> {
  const seen: { headers: Record<string, unknown>; body: string }[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      seen.push({ headers: request.headers, body });
      respond(request, response);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const hub = createHubClient({ baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 300 });
  closers.push(async () => {
    await hub.close();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return { reader: createTokenReader({ hub, traffic }), seen };
}

const answering =
  (status: number, body: string): RequestListener =>
  (_request, response) =>
    void response.writeHead(status).end(body);

describe('a look at the tokens of a card', () => {
  it('brings the tokens with what people know their devices by, and nothing that identifies a device', async () => {
    const device = {
      deviceName: "Anna's phone",
      manufacturer: 'Maker',
      brand: 'Brand',
      model: 'Model 4',
      serialNumber: 'SN-1',
      tokenStorageId: 'storage-1',
      language: 'de',
    };
    const body = {
      virtualCardList: [
        {
          virtualCardId: 'token-1',
          walletProviderId: 'APPLE_PAY',
          status: 'RESUMED',
          deviceInformation: device,
        },
        { virtualCardId: 'token-2', status: 'FROZEN', deviceInformation: { deviceName: ' ', model: 4 } },
        {
          virtualCardId: 'token-3',
          status: 'DELETED',
          deviceInformation: { deviceName: '4111111111111111' },
        },
      ],
    };
    const { reader, seen } = await withHub(answering(200, JSON.stringify(body)));
    expect(await reader.listTokens(CARD)).toEqual({
      kind: 'listed',
      tokens: [
        {
          virtualCardId: 'token-1',
          walletProviderId: 'APPLE_PAY',
          status: 'RESUMED',
          device: { name: "Anna's phone", manufacturer: 'Maker', brand: 'Brand', model: 'Model 4' },
        },
        { virtualCardId: 'token-2', status: 'FROZEN' },
        { virtualCardId: 'token-3', status: 'DELETED' },
      ],
    });
    expect(seen).toMatchObject([
      { headers: { 'x-issuer-id': 'ISSUER0001' }, body: '{"issuerCardRefId":"card-1"}' },
    ]);
  });

  it('asks under a correlation id of its own each time, so that no callback can belong to it', async () => {
    const { reader, seen } = await withHub(answering(200, '{}'));
    await reader.listTokens(CARD);
    await reader.listTokens(CARD);
    const ids = seen.map(({ headers }) => String(headers['x-correlation-id']));
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).not.toMatch(/^op-/);
  });

  it.each<[string, number, string, object]>([
    ['the card is unknown', 400, '{"responseCode":116}', { kind: 'unknown-card' }],
    ['the card is unknown, under 200', 200, '{"responseCode":"116"}', { kind: 'unknown-card' }],
    ['the virtual card is unknown', 400, '{"responseCode":119}', { kind: 'unknown-card' }],
    ['an empty list', 200, '{"virtualCardList":[]}', { kind: 'listed', tokens: [] }],
    [
      'the issuer is unknown',
      400,
      '{"responseCode":113}',
      { kind: 'refused', httpStatus: 400, errorCode: 113 },
    ],
    ['a refusal without a code', 403, 'no', { kind: 'unavailable', cause: 'NOT_THE_HUB' }],
    [
      'a failure that proves nothing',
      400,
      '{"responseCode":911}',
      { kind: 'unavailable', cause: 'HTTP_STATUS' },
    ],
    ['too many requests', 429, '{"responseCode":116}', { kind: 'unavailable', cause: 'HTTP_STATUS' }],
    ['a server error', 500, '{"responseCode":116}', { kind: 'unavailable', cause: 'HTTP_STATUS' }],
    ['a redirection', 302, '', { kind: 'unavailable', cause: 'NOT_THE_HUB' }],
    ['no JSON', 200, '<html>', { kind: 'unavailable', cause: 'NOT_THE_HUB' }],
    ['no body', 200, '', { kind: 'unavailable', cause: 'NOT_WELL_FORMED' }],
    ['no list', 200, '{"virtualCardList":7}', { kind: 'unavailable', cause: 'NOT_WELL_FORMED' }],
    [
      'a token in two states',
      200,
      '{"virtualCardList":[{"virtualCardId":"a","status":"RESUMED"},{"virtualCardId":"a","status":"DELETED"}]}',
      { kind: 'unavailable', cause: 'CONTRADICTORY' },
    ],
  ])('takes an answer for what it says: %s', async (_what, status, body, expected) => {
    const { reader } = await withHub(answering(status, body));
    expect(await reader.listTokens(CARD)).toEqual(expected);
  });

  it('ends when the time of one exchange is over', async () => {
    const { reader } = await withHub(() => undefined);
    expect(await reader.listTokens(CARD)).toMatchObject({ kind: 'unavailable' });
  });

  it('ends with whoever asked, and tells the circuit nothing then', async () => {
    const results: string[] = [];
    const traffic: Traffic = { tryEnter: () => ({ ok: true, done: (result) => results.push(result) }) };
    const ending = new AbortController();
    const { reader } = await withHub(() => ending.abort(), traffic);
    expect(await reader.listTokens(CARD, ending.signal)).toMatchObject({ kind: 'unavailable' });
    expect(results[0]).toBe('abandoned');
  });

  it.each([
    ['rate', 'RATE_USED_UP'],
    ['circuit', 'CIRCUIT_OPEN'],
  ] as const)(
    'asks nobody while the %s does not allow it, and says when to come again',
    async (reason, cause) => {
      const traffic: Traffic = { tryEnter: () => ({ ok: false, retryInMs: 1_500, reason }) };
      const { reader, seen } = await withHub(answering(200, '{}'), traffic);
      expect(await reader.listTokens(CARD)).toEqual({ kind: 'unavailable', cause, retryInMs: 1_500 });
      expect(seen).toEqual([]);
    },
  );

  it('shares the circuit with all that goes to the hub: ten failures in a row stop it', async () => {
    const { reader, seen } = await withHub(answering(500, ''));
    for (let attempt = 1; attempt <= 10; attempt += 1) await reader.listTokens(CARD);
    expect(await reader.listTokens(CARD)).toMatchObject({ kind: 'unavailable', cause: 'CIRCUIT_OPEN' });
    expect(seen).toHaveLength(10);
  });
});
