import { brotliCompressSync, createBrotliCompress, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

import { createCallbackCounts } from '../../../../src/http/callbacks/callbacks.js';
import { GatewayUnavailableError } from '../../../../src/application/gateway.js';
import { fetchAsDocumented as fetch } from '../../../support/document.js';
import { aFakeGateway, ISSUER_ID } from '../fake-gateway.js';
import { sendRaw } from '../raw.js';
import { CARD_NUMBER, closeServers, eventually, NOW, startCallbacks } from '../support.js';

afterEach(closeServers);

const BODY = { virtualCardId: 'token-1', issuerCardRefId: 'card-1', action: 'SUSPEND' };
const HEADERS = {
  'content-type': 'application/json',
  'x-correlation-id': 'op-1',
  'x-issuer-id': ISSUER_ID,
};

async function send(url: string, body: unknown = BODY, headers: Readonly<Record<string, string>> = {}) {
  return fetch(url, {
    method: 'POST',
    headers: { ...HEADERS, ...headers },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
}

describe('a callback', () => {
  it('is answered 200 {} once it is stored', async () => {
    const { url, gateway } = await startCallbacks();
    const response = await send(url);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({});
    expect(gateway.calls.delivered).toEqual([
      {
        issuerId: ISSUER_ID,
        change: { correlationId: 'op-1', ...BODY, receivedAt: new Date(NOW).toISOString() },
      },
    ]);
  });

  it('I1: is not answered before it is stored', async () => {
    let store = () => undefined as void;
    const gateway = aFakeGateway({ deliver: () => new Promise((resolve) => (store = resolve)) });
    const { url } = await startCallbacks({ gateway });
    let isAnswered = false;
    const answer = send(url).finally(() => (isAnswered = true));
    await eventually(() => gateway.calls.delivered.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAnswered).toBe(false);
    store();
    expect((await answer).status).toBe(200);
  });

  it.each([
    ['Temporal is not available', new GatewayUnavailableError('away')],
    ['the gateway fails in a way that nobody foresaw', new TypeError('bug')],
  ])('I1: is answered 503, never 2xx, when %s', async (_what, error) => {
    const { url } = await startCallbacks({ gateway: aFakeGateway({ deliver: () => Promise.reject(error) }) });
    const response = await send(url);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toEqual({ responseCode: 921, errorMessage: 'not stored: send it again' });
  });

  it('I1: is answered 503 in time when storing it hangs', async () => {
    const gateway = aFakeGateway({ deliver: () => new Promise(() => undefined) });
    const { url } = await startCallbacks({ gateway, deliverTimeoutMs: 30 });
    expect((await send(url)).status).toBe(503);
  });

  it('is given up after 2 s unless told otherwise', async () => {
    const gateway = aFakeGateway({ deliver: () => new Promise(() => undefined) });
    const { url } = await startCallbacks({ gateway });
    const startedAt = Date.now();
    expect((await send(url)).status).toBe(503);
    expect(Date.now() - startedAt).toBeLessThan(2500);
  });

  it('I7: of an issuer that is not ours is answered 503, so that the hub keeps it', async () => {
    const { url, gateway } = await startCallbacks();
    const response = await send(url, BODY, { 'x-issuer-id': 'ISSUER9999' });
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(gateway.calls.delivered).toEqual([]);
  });

  it('I7: is stored whatever its token, action, fields or correlation id', async () => {
    const { url, gateway } = await startCallbacks();
    const body = { virtualCardId: 'never seen', action: 'TELEPORT', newField: { deep: [1] } };
    expect((await send(url, body, { 'x-correlation-id': 'never/seen .' })).status).toBe(200);
    expect(gateway.calls.delivered[0]?.change).toMatchObject({
      virtualCardId: 'never seen',
      action: 'TELEPORT',
    });
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'nonsense',
    'application/json; charset=utf-16',
  ])('I7: is read as JSON whatever it calls itself (%s)', async (contentType) => {
    const { url } = await startCallbacks();
    expect((await send(url, BODY, { 'content-type': contentType })).status).toBe(200);
  });

  const JSON_BYTES = Buffer.from(JSON.stringify(BODY));
  it.each([
    ['in gzip', 'gzip', gzipSync(JSON_BYTES)],
    ['in gzip, by its old name', 'X-GZip', gzipSync(JSON_BYTES)],
    ['in deflate', 'deflate', deflateSync(JSON_BYTES)],
    ['in deflate without its header', 'deflate', deflateRawSync(JSON_BYTES)],
    ['in br', 'br', brotliCompressSync(JSON_BYTES)],
    ['twice', 'deflate, gzip', gzipSync(deflateSync(JSON_BYTES))],
    ['twice, labelled once', 'gzip', gzipSync(gzipSync(JSON_BYTES))],
    ['without a label', undefined, gzipSync(JSON_BYTES)],
    ['in gzip, labelled as br', 'br', gzipSync(JSON_BYTES)],
    ['not at all, although labelled so', 'gzip', JSON_BYTES],
    ['not at all, although labelled so twice', 'gzip, br', JSON_BYTES],
    ['not at all, with a label that is no coding', 'utf-8', JSON_BYTES],
    ['not at all, and says so', 'identity', JSON_BYTES],
  ])('I7: may be compressed %s: the bytes decide', async (_what, encoding, bytes) => {
    const { url, gateway } = await startCallbacks();
    const headers = encoding === undefined ? {} : { 'content-encoding': encoding };
    expect((await send(url, bytes, headers)).status).toBe(200);
    expect(gateway.calls.delivered[0]?.change).toMatchObject(BODY);
  });

  it('I7: may be compressed in br that begins with what looks like white space and a brace', async () => {
    const { url, gateway } = await startCallbacks();
    const stream = createBrotliCompress();
    stream.write(Buffer.concat([JSON_BYTES, Buffer.alloc(247 - JSON_BYTES.length, ' ')]));
    await new Promise<void>((flushed) => stream.flush(flushed));
    stream.end();
    const bytes = Buffer.concat(await stream.toArray());
    expect([...bytes.subarray(0, 2)]).toEqual([0x0b, 0x7b]);
    expect((await send(url, bytes, { 'content-encoding': 'br' })).status).toBe(200);
    expect(gateway.calls.delivered[0]?.change).toMatchObject(BODY);
  });

  it.each([
    ['in an unknown way', Buffer.from('?'), 'lzma'],
    ['badly', Buffer.from('this is not gzip'), 'gzip'],
    ['and broken off', gzipSync(JSON.stringify(BODY)).subarray(0, 20), 'gzip'],
  ])('compressed %s is answered 503: another copy may be readable', async (_what, bytes, encoding) => {
    const { url, gateway } = await startCallbacks();
    expect((await send(url, bytes, { 'content-encoding': encoding })).status).toBe(503);
    expect(gateway.calls.delivered).toEqual([]);
  });

  it.each([
    ['as sent', JSON.stringify({ ...BODY, padding: 'x'.repeat(64 * 1024) }), {}],
    [
      'once inflated',
      gzipSync(JSON.stringify({ ...BODY, padding: 'x'.repeat(64 * 1024) })),
      { 'content-encoding': 'gzip' },
    ],
    [
      'once inflated twice',
      gzipSync(gzipSync(JSON.stringify({ ...BODY, padding: 'x'.repeat(64 * 1024) }))),
      { 'content-encoding': 'gzip, gzip' },
    ],
  ])('over 64 KiB %s is answered 413', async (_what, body, headers) => {
    const { url, gateway } = await startCallbacks();
    const response = await send(url, body, headers as Record<string, string>);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ responseCode: 112 });
    expect(gateway.calls.delivered).toEqual([]);
  });

  it.each([
    ['without a correlation id', BODY, { 'x-correlation-id': '' }, 111],
    ['without an issuer id', BODY, { 'x-issuer-id': '' }, 111],
    ['with a correlation id of 65 characters', BODY, { 'x-correlation-id': 'x'.repeat(65) }, 112],
    ['with an issuer id of 9 characters', BODY, { 'x-issuer-id': 'ISSUER123' }, 112],
    ['without a body', '', {}, 111],
    ['that is not JSON', '{"virtualCardId": "tok', {}, 112],
    ['without a token', { action: 'SUSPEND' }, {}, 111],
    ['with a reference over 255 characters', { virtualCardId: 'x'.repeat(256) }, {}, 112],
  ])('%s is answered 400: the same bytes can never be valid', async (_what, body, headers, responseCode) => {
    const { url, gateway } = await startCallbacks();
    const response = await send(url, body, headers as Record<string, string>);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ responseCode, errorMessage: expect.any(String) });
    expect(gateway.calls.delivered).toEqual([]);
  });
});

describe('I6: what looks like a card number', () => {
  it('reaches neither the gateway, nor the answer, nor the log', async () => {
    const { url, gateway, log } = await startCallbacks();
    const body = {
      virtualCardId: CARD_NUMBER,
      issuerCardRefId: CARD_NUMBER,
      action: CARD_NUMBER,
      errorCode: CARD_NUMBER,
      tokenInfo: CARD_NUMBER,
      [CARD_NUMBER]: 1,
    };
    const response = await send(url, body);
    expect(response.status).toBe(200);
    const seen = JSON.stringify(gateway.calls) + (await response.text()) + log.text();
    expect(seen).not.toContain(CARD_NUMBER);
    expect(gateway.calls.delivered[0]?.change.cardDataSeen).toBe(true);
  });

  it('in a refused callback is not logged either', async () => {
    const { url, log } = await startCallbacks();
    await send(url, `{"virtualCardId": ${CARD_NUMBER}, oops`);
    await send(url, BODY, { 'x-issuer-id': CARD_NUMBER });
    await eventually(() => log.lines().length === 2);
    expect(log.text()).not.toContain(CARD_NUMBER);
  });
});

it('a correlation id of 13 digits that happens to pass the check is kept and logged as it is', async () => {
  const { url, gateway, log } = await startCallbacks();
  await send(url, BODY, { 'x-correlation-id': '4222222222222' });
  expect(gateway.calls.delivered[0]?.change).toMatchObject({ correlationId: '4222222222222' });
  expect(gateway.calls.delivered[0]?.change).not.toHaveProperty('cardDataSeen');
  await eventually(() => log.lines().length === 1);
  expect(log.lines()[0]).toMatchObject({ correlationId: '4222222222222' });
});

describe('a repeat', () => {
  it('I1: is delivered again, however soon it comes: another process may have stored another word in between', async () => {
    const { url, gateway } = await startCallbacks();
    for (const action of ['SUSPEND', 'RESUME', 'SUSPEND']) {
      expect((await send(url, { ...BODY, action })).status).toBe(200);
    }
    await send(url);
    const delivered = gateway.calls.delivered.map(({ change }) => change.action);
    expect(delivered).toEqual(['SUSPEND', 'RESUME', 'SUSPEND', 'SUSPEND']);
  });

  it('I1: of what was not stored is delivered again', async () => {
    let isAway = true;
    const gateway = aFakeGateway({
      deliver: async () => {
        if (isAway) throw new GatewayUnavailableError('away');
      },
    });
    const { url } = await startCallbacks({ gateway });
    expect((await send(url)).status).toBe(503);
    isAway = false;
    expect((await send(url)).status).toBe(200);
    expect(gateway.calls.delivered).toHaveLength(2);
  });
});

describe('the callback port', () => {
  it('counts field names that nobody knows, without their values', async () => {
    const counts = createCallbackCounts();
    const { url } = await startCallbacks({ counts });
    await send(url, { ...BODY, newField: 'a', [CARD_NUMBER]: 1, source: 7 });
    await send(url, { ...BODY, newField: 'b' });
    expect(counts.unknownFields.read()).toEqual({ newField: 2, '(other)': 1 });
    expect(counts.mistypedFields.read()).toEqual({ source: 1 });
  });

  it.each([
    '/issuer/igwapi/v2.0//notifyVirtualCardChange',
    '//issuer///igwapi/v2.0/notifyVirtualCardChange//',
    '/issuer/igwapi/v2.0/notifyVirtualCardChange/?via=gateway',
    '/issuer/igwapi/v2%2E0/notifyVirtualCard%43hange',
    '/Issuer/IgwApi/v2.0/notifyvirtualcardchange',
    'http://callbacks.example:8443/issuer/igwapi/v2.0//notifyVirtualCardChange',
  ])('I7: takes %s for its path, whatever a box in front has made of it', async (target) => {
    const { server, gateway } = await startCallbacks();
    const body = JSON.stringify(BODY);
    const head = [
      `POST ${target} HTTP/1.1`,
      'host: x',
      'connection: close',
      'x-correlation-id: op-1',
      `x-issuer-id: ${ISSUER_ID}`,
      `content-length: ${body.length}`,
    ];
    const answer = await sendRaw(server.port, `${head.join('\r\n')}\r\n\r\n${body}`);
    expect(answer.status).toBe(200);
    expect(gateway.calls.delivered).toHaveLength(1);
  });

  it('I7: answers 503 to another path, and warns with the one that is configured, once a minute', async () => {
    let now = NOW;
    const { url, log } = await startCallbacks({ clock: () => now });
    const sendElsewhere = () => globalThis.fetch(url.replace('v2.0', 'v9'), { method: 'POST', body: '{}' });
    const warnings = () => log.lines().filter((line) => line['expectedPath'] !== undefined);
    const responses = [await sendElsewhere(), await sendElsewhere()];
    expect(responses.map(({ status }) => status)).toEqual([503, 503]);
    expect(Number(responses[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await responses[0]?.json()).toEqual({
      responseCode: 921,
      errorMessage: 'no such path: send it again',
    });
    expect(warnings()).toEqual([
      expect.objectContaining({ expectedPath: '/issuer/igwapi/v2.0/notifyVirtualCardChange', requests: 1 }),
    ]);
    now += 60_000;
    await sendElsewhere();
    expect(warnings().map(({ requests }) => requests)).toEqual([1, 2]);
  });

  it('I7: answers 503 to another method that may carry a callback', async () => {
    const { url } = await startCallbacks();
    const response = await globalThis.fetch(url, { method: 'PUT', body: '{}' });
    expect(response.status).toBe(503);
  });

  it('answers a plain no to whoever only looks, a balancer for example, and does not warn', async () => {
    const { url, log } = await startCallbacks();
    const response = await fetch(url);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(await response.json()).toMatchObject({ responseCode: 121 });
    expect((await globalThis.fetch(new URL('/', url))).status).toBe(404);
    await eventually(() => log.lines().length === 2);
    expect(log.lines().map(({ level }) => level)).toEqual([30, 30]);
  });

  it('answers 503, never 2xx, when our own code fails', async () => {
    const clock = () => {
      throw new Error('bug');
    };
    const { url } = await startCallbacks({ clock });
    expect((await send(url)).status).toBe(503);
  });
});
