import { brotliCompressSync, gzipSync } from 'node:zlib';

import { fetchAsDocumented as fetch } from '../../../support/document.js';
import { aFakeGateway, anOperation, ISSUER_ID, OPERATION_ID, untilAborted } from '../fake-gateway.js';
import { sendRaw } from '../raw.js';
import { closeServers, eventually, startApi, startCallbacks, type RunningTest } from '../support.js';

afterEach(closeServers);

const PATH = `/v1/issuers/${ISSUER_ID}/operations`;
const HEADERS = { 'content-type': 'application/json', 'idempotency-key': 'key-1' };
const BODY = { action: 'SUSPEND', issuerCardRefId: 'card-1', virtualCardId: 'token-1' };
const TEXT = JSON.stringify(BODY);
const MEGABYTES = Buffer.alloc(8 * 1024 * 1024, 0x20);

async function post(
  { url }: RunningTest,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
) {
  return fetch(url + PATH, { method: 'POST', headers: { ...HEADERS, ...headers }, body });
}

describe('a body that is refused starts nothing and is not shown', () => {
  it.each([
    ['broken off', TEXT.slice(0, 20), 400, 'malformed_json'],
    ['with more behind its end', `${TEXT}{}`, 400, 'malformed_json'],
    ['not UTF-8', Buffer.from(TEXT.replace('card-1', 'card-\u00e4'), 'latin1'), 400, 'malformed_json'],
    ['with a field named twice', `{"action":"RESUME",${TEXT.slice(1)}`, 400, 'malformed_json'],
    [
      'with a field named twice in two spellings',
      `{"\\u0061ction":"RESUME",${TEXT.slice(1)}`,
      400,
      'malformed_json',
    ],
    [
      'with a field named twice deep inside',
      `{"reason":{"code":1,"code":2},${TEXT.slice(1)}`,
      400,
      'malformed_json',
    ],
    ['a list', `[${TEXT}]`, 400, 'invalid_request'],
    ['8,000 lists deep', '['.repeat(8000) + ']'.repeat(8000), 400, 'invalid_request'],
    ['2,000 objects deep', `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`, 400, 'invalid_request'],
    [
      'with the field __proto__',
      `{"__proto__":{"virtualCardId":"token-2"},${TEXT.slice(1)}`,
      400,
      'invalid_request',
    ],
    ['with the field constructor', `{"constructor":{},${TEXT.slice(1)}`, 400, 'invalid_request'],
    ['of 8 MiB', MEGABYTES, 413, 'body_too_large'],
  ])('%s', async (_what, body, status, code) => {
    const api = await startApi();
    const response = await post(api, body);
    expect(response.status).toBe(status);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ type: `/docs/errors#${code}`, code, recoverable: false });
    expect(text).not.toMatch(/token-|card-1|position|token /);
    expect(api.gateway.calls.started).toEqual([]);
    expect(api.log.text()).not.toMatch(/token-|card-1|RESUME/);
  });

  it.each([
    ['gzip', gzipSync(MEGABYTES)],
    ['br', brotliCompressSync(MEGABYTES)],
  ])('small, and 8 MiB once it is decompressed (%s)', async (encoding, body) => {
    const api = await startApi();
    const response = await post(api, body, { 'content-encoding': encoding });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'body_too_large' });
  });

  it('in chunks, more than announced by nobody', async () => {
    const { server } = await startApi();
    const chunk = `2000\r\n${' '.repeat(0x2000)}\r\n`;
    const answer = await sendRaw(
      server.port,
      `POST ${PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Idempotency-Key: key-1\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}0\r\n\r\n`,
    );
    expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });

  it.each([
    ['in two ways', { 'content-encoding': 'gzip, br' }, 415],
    ['in a way that it is not', { 'content-encoding': 'gzip' }, 400],
  ])('compressed %s', async (_what, headers, status) => {
    const response = await post(await startApi(), TEXT, headers as Record<string, string>);
    expect(response.status).toBe(status);
  });
});

describe('a body is taken', () => {
  it.each([
    ['that begins with a byte order mark', `\ufeff${TEXT}`],
    ['that names the same field in two objects', `{"reason":{"text":"action"},${TEXT.slice(1)}`],
    ['whose values look like JSON', `{"reason":{"text":"\\"action\\":{\\\\"},${TEXT.slice(1)}`],
  ])('%s', async (_what, text) => {
    const api = await startApi();
    expect((await post(api, text)).status).toBe(202);
    expect(api.gateway.calls.started[0]).toMatchObject(BODY);
  });
});

describe('a query parameter that the request does not take', () => {
  it.each([
    ['POST', PATH, 'dryRun=true', 'dryRun'],
    ['GET', `${PATH}/${OPERATION_ID}`, 'wait=1&waitt=2', 'waitt'],
    ['POST', `${PATH}/${OPERATION_ID}/cancel`, 'force', 'force'],
    ['POST', `${PATH}/${OPERATION_ID}/read`, '4111111111111111=1', '(unknown)'],
    ['GET', `/v1/issuers/${ISSUER_ID}/cards/card-1/renewals`, '__proto__[a]=1', '(unknown)'],
  ])('is refused by its name: %s %s?%s', async (method, path, query, field) => {
    const { url, gateway } = await startApi();
    const response = await fetch(`${url}${path}?${query}`, { method });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ field, rule: 'is not a parameter of this request' }],
    });
    expect(Object.values(gateway.calls).flat()).toEqual([]);
  });

  it('is named among at most 20', async () => {
    const { url } = await startApi();
    const query = Array.from({ length: 30 }, (_, index) => `p${index}=1`).join('&');
    const response = await fetch(`${url}${PATH}/${OPERATION_ID}?${query}`);
    expect(((await response.json()) as { errors: unknown[] }).errors).toHaveLength(20);
  });

  it('is not minded where nothing depends on it', async () => {
    const { url } = await startApi();
    for (const path of ['/livez', '/readyz', '/docs/errors']) {
      expect((await fetch(`${url}${path}?now=1`)).status).toBe(200);
    }
  });
});

it('a client that goes while its start is waited for is no error', async () => {
  const gateway = aFakeGateway({ waitForOperation: untilAborted(anOperation()) });
  const { url, log } = await startApi({ gateway });
  const client = new AbortController();
  const answer = fetch(url + PATH, {
    method: 'POST',
    headers: { ...HEADERS, prefer: 'wait=60' },
    body: TEXT,
    signal: client.signal,
  });
  await eventually(() => gateway.calls.waited.length === 1);
  client.abort();
  await expect(answer).rejects.toThrow();
  await eventually(() => log.lines().length === 1);
  expect(log.lines()[0]).toMatchObject({ msg: 'request', level: 30, clientGone: true });
});

it('I7: a callback with odd names in it, or one named twice, is stored', async () => {
  const { url, gateway } = await startCallbacks();
  const headers = { 'x-correlation-id': 'op-1', 'x-issuer-id': ISSUER_ID };
  const body = '{"__proto__":{"action":"DELETE"},"virtualCardId":"first","virtualCardId":"token-1"}';
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200);
  const { receivedAt: _receivedAt, ...change } = gateway.calls.delivered[0]?.change ?? { receivedAt: '' };
  expect(change).toEqual({ correlationId: 'op-1', virtualCardId: 'token-1' });
});
