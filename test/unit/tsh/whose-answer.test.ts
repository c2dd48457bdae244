// What answers is not always the hub, and what a body is called is not always what it is (design 5.1, decision 17).
import { once } from 'node:events';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

import { createHubClient, toAttemptResult, type HubClient } from '../../../src/tsh/hub-client.js';
import { createTokenReader } from '../../../src/tsh/token-reader.js';
import { createTraffic } from '../../../src/tsh/traffic.js';
import { aSocketHub } from './socket-hub.js';

interface Given {
  readonly status?: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

let given: Given = {};
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    const { status = 200, headers = {}, body = '' } = given;
    response.writeHead(status, headers).end(body);
  });
});
let client: HubClient;
const told: object[] = [];

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  client = createHubClient({
    baseUrl: `http://127.0.0.1:${port}`,
    timeoutMs: 10_000,
    onForeignAnswer: (answer) => told.push(answer),
  });
});
afterAll(async () => {
  await client.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const CARD = { issuerId: 'ISSUER0001', correlationId: 'op-1', issuerCardRefId: 'card-1' };
const SUSPEND = { ...CARD, virtualCardId: 'token-1', action: 'SUSPEND' } as const;
const PAGE = '<!doctype html><html><body>Access denied</body></html>';
const HTML = { 'content-type': 'text/html' };
const LIST = JSON.stringify({
  issuerCardRefId: 'card-1',
  virtualCardList: [{ virtualCardId: 'token-1', status: 'SUSPENDED' }],
});
const coded = (responseCode: unknown): string => JSON.stringify({ responseCode, errorMessage: 'no' });

const update = async (answer: Given) => {
  given = answer;
  return client.updateCardState(SUSPEND);
};
const read = async (answer: Given) => {
  given = answer;
  return client.getCardInfo(CARD);
};

const notTheHubs = (httpStatus: number) => ({ kind: 'unanswered', cause: 'NOT_THE_HUB', httpStatus });
const accepted = { kind: 'answered', answer: { kind: 'accepted' } };
const again = (more: object) => ({ kind: 'answered', answer: { kind: 'again', ...more } });
const refused = (httpStatus: number, errorCode: number | string) => ({
  kind: 'answered',
  answer: { kind: 'refused', httpStatus, errorCode },
});

const IN_FRONT: [string, Given][] = [
  ["a firewall's page under 200", { status: 200, headers: HTML, body: PAGE }],
  ['the same page called JSON', { status: 200, headers: { 'content-type': 'application/json' }, body: PAGE }],
  ['a plain word under 200', { status: 200, headers: { 'content-type': 'text/plain' }, body: 'OK' }],
  ['JSON under 200 that is no object', { status: 200, body: '"ok"' }],
  ['a list under 200', { status: 200, body: '[]' }],
  ['half an object under 200', { status: 200, body: '{"responseCode":0' }],
  ['an object that names its code in no way a code is', { status: 200, body: coded(true) }],
  ['a code beyond all numbers', { status: 200, body: '{"responseCode":1e999}' }],
  ['a redirection', { status: 302, headers: { location: 'https://login.example/' } }],
  ['a redirection with a code', { status: 307, headers: { location: '/x' }, body: coded(321) }],
  ['304', { status: 304 }],
  ["a proxy's page of 400", { status: 400, headers: HTML, body: '<h1>No required SSL certificate</h1>' }],
  ['400 without a body', { status: 400 }],
  ['400 with a success for a code', { status: 400, body: coded(200) }],
  ['401 without a body', { status: 401 }],
  ["a firewall's page of 403", { status: 403, headers: HTML, body: PAGE }],
  ["a gateway's own JSON of 404", { status: 404, body: '{"message":"no Route matched with those values"}' }],
  ['404 in a plain text', { status: 404, body: '404 page not found' }],
  ["a proxy's page of 413", { status: 413, headers: HTML, body: PAGE }],
  ["a proxy's page of 408", { status: 408, headers: HTML, body: PAGE }],
  ["a proxy's page of 429", { status: 429, headers: { ...HTML, 'retry-after': '30' }, body: PAGE }],
  ["a gateway's own JSON of 429", { status: 429, body: '{"message":"API rate limit exceeded"}' }],
  ['502 with a page', { status: 502, headers: HTML, body: PAGE }],
  ['503 in a plain text', { status: 503, body: 'upstream connect error' }],
  ["a gateway's own JSON of 503", { status: 503, body: '{"message":"Service Unavailable"}' }],
  ['504 with a page', { status: 504, headers: HTML, body: PAGE }],
  ['a status that nobody has defined', { status: 600 }],
];

describe('I4: what cannot be the hub’s is no answer', () => {
  test.each(IN_FRONT)('to a request: %s', async (_what, answer) => {
    const outcome = await update(answer);
    expect(outcome).toEqual(notTheHubs(answer.status ?? 200));
    expect(toAttemptResult(outcome)).toBe('failed');
  });

  test.each(IN_FRONT)('to a reading: %s', async (_what, answer) => {
    const reading = await read(answer);
    expect(reading).toEqual({ kind: 'failed', cause: 'NOT_THE_HUB', httpStatus: answer.status });
    expect(toAttemptResult(reading)).toBe('failed');
  });

  test.each(IN_FRONT)('to who asks for the tokens of a card: %s', async (_what, answer) => {
    given = answer;
    const reader = createTokenReader({ hub: client, traffic: createTraffic() });
    expect(await reader.listTokens(CARD)).toEqual({ kind: 'unavailable', cause: 'NOT_THE_HUB' });
  });

  test('to a reading: an object that has nothing of a list', async () => {
    expect(await read({ body: '{"message":"please wait"}' })).toMatchObject({ cause: 'NOT_THE_HUB' });
  });
});

test('it is told of, with its status and nothing of what it said', async () => {
  told.length = 0;
  await update({ headers: HTML, body: PAGE });
  await read({ status: 403, headers: HTML, body: PAGE });
  await update({});
  expect(told).toEqual([
    { path: '/updateCardState', httpStatus: 200 },
    { path: '/getCardInfo', httpStatus: 403 },
  ]);
});

describe('what can be the hub’s is its answer, whatever it is called', () => {
  test.each<[string, Given, object]>([
    ['200 without a body', {}, accepted],
    ['200 without a body that is called a page', { headers: HTML }, accepted],
    ['200 with blanks', { body: ' \r\n' }, accepted],
    ['204', { status: 204 }, accepted],
    ['202 with an empty object', { status: 202, body: '{}' }, accepted],
    ['200 with null', { body: 'null' }, accepted],
    [
      '200 with an object that is called a text',
      { headers: { 'content-type': 'text/plain' }, body: '{}' },
      accepted,
    ],
    ['200 with a success code', { body: coded(0) }, accepted],
    ['200 with an error code', { body: coded(111) }, refused(200, 111)],
    [
      '400 with a code that is called a page',
      { status: 400, headers: HTML, body: coded(432) },
      refused(400, 432),
    ],
    ['404 with a code as a text', { status: 404, body: coded('119 ') }, refused(404, 119)],
    ['400 with 321', { status: 400, body: coded(321) }, again({ effect: 'possible', errorCode: 321 })],
    ['500 without a body', { status: 500 }, again({ effect: 'possible' })],
    ['503 with a code', { status: 503, body: coded(921) }, again({ effect: 'possible', errorCode: 921 })],
    ['429 without a body', { status: 429 }, again({ effect: 'possible' })],
    ['429 with a code', { status: 429, body: coded(911) }, again({ effect: 'none', errorCode: 911 })],
  ])('%s', async (_what, answer, outcome) => {
    expect(await update(answer)).toMatchObject(outcome);
  });

  test.each<[number, 'answered' | 'failed']>([
    [400, 'answered'],
    [500, 'failed'],
  ])('a reading that it refuses with %i says so', async (status, result) => {
    const reading = await read({ status, body: coded(119) });
    expect(reading).toEqual({ kind: 'failed', cause: 'HTTP_STATUS', httpStatus: status, errorCode: 119 });
    expect(toAttemptResult(reading)).toBe(result);
  });
});

const twice = (text: string): Buffer => gzipSync(gzipSync(text));
const LABELS: [string, OutgoingHttpHeaders, (text: string) => Buffer][] = [
  ['gzipped', { 'content-encoding': 'gzip' }, gzipSync],
  ['gzipped, by its old name', { 'content-encoding': 'X-GZIP' }, gzipSync],
  ['gzipped, and not called so', {}, gzipSync],
  ['gzipped, and called identity', { 'content-encoding': 'identity' }, gzipSync],
  ['gzipped, and called something else', { 'content-encoding': 'br' }, gzipSync],
  ['called gzipped, and plain', { 'content-encoding': 'gzip' }, (text) => Buffer.from(text)],
  ['called br, and plain', { 'content-encoding': 'br' }, (text) => Buffer.from(text)],
  ['in a coding that is none, and plain', { 'content-encoding': 'utf-8' }, (text) => Buffer.from(text)],
  ['called identity', { 'content-encoding': 'identity' }, (text) => Buffer.from(text)],
  ['deflated', { 'content-encoding': 'deflate' }, deflateSync],
  ['deflated without a frame', { 'content-encoding': 'deflate' }, deflateRawSync],
  ['brotli', { 'content-encoding': 'br' }, brotliCompressSync],
  ['gzipped twice', { 'content-encoding': 'gzip, gzip' }, twice],
  ['gzipped twice, and called so once', { 'content-encoding': 'gzip' }, twice],
  ['brotli in gzip', { 'content-encoding': 'br, gzip' }, (text) => gzipSync(brotliCompressSync(text))],
  ['called UTF-16', { 'content-type': 'application/json; charset=utf-16' }, (text) => Buffer.from(text)],
  [
    'in a charset that is none',
    { 'content-type': 'application/json; charset=klingon' },
    (text) => Buffer.from(text),
  ],
  ['with a byte order mark', {}, (text) => Buffer.from(`\ufeff${text}`)],
];

describe('I4: labels that contradict the bytes change no answer', () => {
  test.each(LABELS)('%s', async (_what, headers, pack) => {
    const packed = (status: number, text: string): Given => ({ status, headers, body: pack(text) });
    expect(await update(packed(200, '{}'))).toMatchObject(accepted);
    expect(await update(packed(200, coded(119)))).toMatchObject(refused(200, 119));
    expect(await update(packed(400, coded(321)))).toMatchObject(again({ errorCode: 321 }));
    expect(await update(packed(400, coded(432)))).toMatchObject(refused(400, 432));
    expect(await update(packed(403, PAGE))).toEqual(notTheHubs(403));
    expect(await read(packed(200, LIST))).toMatchObject({
      kind: 'listed',
      tokens: [{ virtualCardId: 'token-1', status: 'SUSPENDED' }],
    });
  });

  test('an empty body is empty, gzipped or called so', async () => {
    const headers = { 'content-encoding': 'gzip' };
    expect(await update({ headers })).toMatchObject(accepted);
    expect(await update({ headers, body: gzipSync('') })).toMatchObject(accepted);
  });

  const cut = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length - 6);
  const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024, ' '), { level: 9 });
  test.each<[string, Given]>([
    ['cut', { headers: { 'content-encoding': 'gzip' }, body: cut(gzipSync(coded(0))) }],
    ['damaged', { headers: { 'content-encoding': 'gzip' }, body: gzipSync(coded(0)).fill(7, 12, 16) }],
    ['that unpacks to more than is read', { headers: { 'content-encoding': 'gzip' }, body: bomb }],
    ['that unpacks to a page', { headers: { 'content-encoding': 'gzip' }, body: gzipSync(PAGE) }],
    ['packed again and again', { body: gzipSync(gzipSync(gzipSync(gzipSync(gzipSync(gzipSync('{}')))))) }],
    [
      'in a coding that nobody knows',
      { headers: { 'content-encoding': 'zip9' }, body: Buffer.from([80, 75, 3, 4]) },
    ],
    ['in UTF-16', { body: Buffer.from(`\ufeff${coded(0)}`, 'utf16le') }],
    ['larger than is read', { body: `{"filler":"${'x'.repeat(8 * 1024 * 1024)}"}` }],
    ['nested without an end', { body: '['.repeat(200_000) }],
  ])('a body that cannot be read is none, under any status: one %s', async (_what, answer) => {
    for (const status of [200, 400, 429, 503]) {
      expect(await update({ ...answer, status })).toEqual(notTheHubs(status));
      expect(await read({ ...answer, status })).toMatchObject({ kind: 'failed', cause: 'NOT_THE_HUB' });
    }
  });
});

describe('one odd byte', () => {
  const odd = (text: string): Buffer => Buffer.from(text, 'latin1');

  test('in what nobody needs spoils nothing', async () => {
    const message = odd('{"responseCode":321,"errorMessage":"d\xe9j\xe0 en cours"}');
    expect(await update({ status: 400, body: message })).toMatchObject(again({ errorCode: 321 }));
    const list = odd(
      '{"virtualCardList":[{"virtualCardId":"token-1","status":"SUSPENDED","deviceInformation":{"deviceName":"J\xe9r\xf4me"}}]}',
    );
    expect(await read({ body: list })).toMatchObject({
      kind: 'listed',
      tokens: [{ virtualCardId: 'token-1', status: 'SUSPENDED' }],
    });
  });

  test('I4: in a reference spoils the whole list: another reference would say that this token is gone', async () => {
    const list = odd('{"virtualCardList":[{"virtualCardId":"t\xff1","status":"RESUMED"}]}');
    expect(await read({ body: list })).toMatchObject({ kind: 'failed', cause: 'NOT_WELL_FORMED' });
  });

  test.each([200, 400])('I4: in the code of an answer of %i leaves no answer', async (status) => {
    expect(await update({ status, body: odd('{"responseCode":"32\xff"}') })).toEqual(notTheHubs(status));
  });
});

test('a request says what is accepted, and its labels agree with its bytes', async () => {
  const hub = await aSocketHub({
    onRequest: (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
  });
  const asking = createHubClient({ baseUrl: hub.url, timeoutMs: 5_000 });
  try {
    await asking.updateCardState({ ...SUSPEND, issuerCardRefId: 'carte-\u00e9\u{1f4b3}' });
    const [head = '', body = ''] = Buffer.from(hub.received(), 'latin1').toString('latin1').split('\r\n\r\n');
    const sent = Buffer.from(body, 'latin1');
    expect(head.toLowerCase().split('\r\n')).toEqual(
      expect.arrayContaining([
        'accept: application/json',
        'accept-encoding: identity',
        'content-type: application/json',
        `content-length: ${sent.length}`,
      ]),
    );
    expect(JSON.parse(sent.toString('utf8'))).toMatchObject({ issuerCardRefId: 'carte-\u00e9\u{1f4b3}' });
  } finally {
    await asking.close();
    await hub.close();
  }
});
