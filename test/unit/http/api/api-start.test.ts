import { gzipSync } from 'node:zlib';

import { GatewayUnavailableError } from '../../../../src/application/gateway.js';
import { fetchAsDocumented as fetch } from '../../../support/document.js';
import { aConfirmedOperation, aFakeGateway, anOperation, ISSUER_ID, OPERATION_ID } from '../fake-gateway.js';
import { aConfig, CARD_NUMBER, closeServers, startApi } from '../support.js';

afterEach(closeServers);

const BODY = { action: 'SUSPEND', issuerCardRefId: 'card-1', virtualCardId: 'token-1' };

interface Post {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly issuerId?: string;
}

async function post(url: string, { body = BODY, headers = {}, issuerId = ISSUER_ID }: Post = {}) {
  return fetch(`${url}/v1/issuers/${issuerId}/operations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'key-1', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

describe('POST /v1/issuers/{issuerId}/operations', () => {
  it('answers 202 with the operation and its address when it has been started', async () => {
    const { url, gateway } = await startApi();
    const response = await post(url);
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/v1/issuers/${ISSUER_ID}/operations/${OPERATION_ID}`);
    expect(await response.json()).toEqual(anOperation());
    expect(gateway.calls.started).toEqual([
      {
        issuerId: ISSUER_ID,
        caller: '',
        idempotencyKey: 'key-1',
        body: BODY,
        ...BODY,
        softDeadlineSeconds: 900,
        hardDeadlineSeconds: 259_200,
      },
    ]);
  });

  it('answers 200 when the same request was accepted before and its operation is final', async () => {
    const gateway = aFakeGateway({
      startOperation: async () => ({ kind: 'found', operation: aConfirmedOperation() }),
    });
    const { url } = await startApi({ gateway });
    const response = await post(url, { headers: { prefer: 'wait=5' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('preference-applied')).toBe('wait=5');
    expect(gateway.calls.waited).toEqual([]);
  });

  it('hands on every field as it was sent, and the deadlines that were chosen', async () => {
    const { url, gateway } = await startApi();
    const body = {
      ...BODY,
      reason: { code: 32, text: 'stolen' },
      requestedBy: 'fraud-engine',
      softDeadlineSeconds: 300_000,
    };
    await post(url, { body });
    expect(gateway.calls.started[0]).toMatchObject({
      body,
      reason: { code: 32, text: 'stolen' },
      requestedBy: 'fraud-engine',
      softDeadlineSeconds: 300_000,
      hardDeadlineSeconds: 600_000,
    });
  });

  it('takes a quoted key for the same as a bare one', async () => {
    const { url, gateway } = await startApi();
    await post(url, { headers: { 'idempotency-key': '"key-1"' } });
    expect(gateway.calls.started[0]?.idempotencyKey).toBe('key-1');
  });

  it('waits as preferred, at most 60 s, and says so', async () => {
    const { url, gateway } = await startApi();
    const response = await post(url, { headers: { prefer: 'respond-async, wait=600' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('preference-applied')).toBe('wait=60');
    expect(gateway.calls.waited[0]).toMatchObject({
      ref: { issuerId: ISSUER_ID, operationId: OPERATION_ID },
      waitMs: 60_000,
    });
  });

  it('I2: tells that the operation was started even when waiting for it fails', async () => {
    const gateway = aFakeGateway({
      waitForOperation: async () => {
        throw new GatewayUnavailableError('away');
      },
    });
    const { url } = await startApi({ gateway });
    const response = await post(url, { headers: { prefer: 'wait=5' } });
    expect(response.status).toBe(202);
    expect(response.headers.has('preference-applied')).toBe(false);
  });

  it.each([
    ['no key', { headers: { 'idempotency-key': '' } }, 400, 'idempotency_key_missing'],
    ['a key with a space', { headers: { 'idempotency-key': 'a b' } }, 400, 'idempotency_key_malformed'],
    [
      'a key that is too long',
      { headers: { 'idempotency-key': 'k'.repeat(256) } },
      400,
      'idempotency_key_malformed',
    ],
    ['an issuer that is not ours', { issuerId: 'ISSUER9999' }, 404, 'issuer_not_found'],
    ['text that is not JSON', { body: '{"action": "SUSP' }, 400, 'malformed_json'],
    ['a JSON text', { body: '"SUSPEND"' }, 400, 'invalid_request'],
    ['another content type', { headers: { 'content-type': 'text/plain' } }, 415, 'unsupported_media_type'],
    [
      'another charset',
      { headers: { 'content-type': 'application/json; charset=utf-16' } },
      415,
      'unsupported_media_type',
    ],
    ['an unknown compression', { headers: { 'content-encoding': 'lzma' } }, 415, 'unsupported_media_type'],
    ['a body over 16 KiB', { body: { ...BODY, requestedBy: 'x'.repeat(17_000) } }, 413, 'body_too_large'],
    ['an unknown field', { body: { ...BODY, walletProviderId: 'APPLE_PAY' } }, 400, 'invalid_request'],
    [
      'a soft deadline after the hard one',
      { body: { ...BODY, softDeadlineSeconds: 61, hardDeadlineSeconds: 60 } },
      400,
      'invalid_request',
    ],
    [
      'a soft deadline that alone is longer than 30 days',
      { body: { ...BODY, softDeadlineSeconds: 2_592_001 } },
      400,
      'invalid_request',
    ],
  ] as const)('refuses %s, and starts nothing', async (_what, request: Post, status, code) => {
    const { url, gateway } = await startApi();
    const response = await post(url, request);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({
      type: `/docs/errors#${code}`,
      status,
      code,
      recoverable: false,
    });
    expect(gateway.calls.started).toEqual([]);
  });

  it('without a virtualCardId is for all tokens of the card, and none reaches the gateway', async () => {
    const { virtualCardId: _none, ...operation } = anOperation({ scope: 'CARD' });
    const gateway = aFakeGateway({ startOperation: async () => ({ kind: 'started', operation }) });
    const { url } = await startApi({ gateway });
    const body = { action: 'DELETE', issuerCardRefId: 'card-1' };
    const response = await post(url, { body });
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/v1/issuers/${ISSUER_ID}/operations/${OPERATION_ID}`);
    expect(await response.json()).toEqual(operation);
    expect(gateway.calls.started).toEqual([
      {
        issuerId: ISSUER_ID,
        caller: '',
        idempotencyKey: 'key-1',
        body,
        ...body,
        softDeadlineSeconds: 900,
        hardDeadlineSeconds: 259_200,
      },
    ]);
  });

  it.each([
    ['a RESUME of all tokens of a card is accepted unless it was forbidden', 'allow', 'RESUME', {}, 202],
    ['LCM_CARD_RESUME=refuse forbids it', 'refuse', 'RESUME', {}, 403],
    ['and forbids no other action', 'refuse', 'SUSPEND', {}, 202],
    ['nor a RESUME of one token', 'refuse', 'RESUME', { virtualCardId: 'token-1' }, 202],
  ])('%s', async (_what, cardResume, action, token, status) => {
    const { url, gateway } = await startApi({ config: aConfig({ LCM_CARD_RESUME: cardResume }) });
    const response = await post(url, { body: { action, issuerCardRefId: 'card-1', ...token } });
    expect(response.status).toBe(status);
    expect(gateway.calls.started).toHaveLength(status === 202 ? 1 : 0);
    if (status !== 403) return;
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({
      type: '/docs/errors#card_resume_refused',
      code: 'card_resume_refused',
      status,
      recoverable: false,
    });
  });

  it('takes virtualCardId null for a mistake, never for all tokens of the card', async () => {
    const { url } = await startApi();
    const response = await post(url, { body: { ...BODY, virtualCardId: null } });
    expect(await response.json()).toMatchObject({
      status: 400,
      errors: [{ field: 'virtualCardId', rule: 'a string of 1 to 64 characters' }],
    });
  });

  it('I6: names the field of a card number and the rule, and shows the number nowhere', async () => {
    const { url, gateway, log } = await startApi();
    const body = {
      ...BODY,
      issuerCardRefId: CARD_NUMBER,
      reason: { text: `card ${CARD_NUMBER}` },
      [CARD_NUMBER]: 1,
    };
    const response = await post(url, { body });
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      code: 'invalid_request',
      errors: [
        { field: 'issuerCardRefId', rule: 'must not look like a card number' },
        { field: 'reason.text', rule: 'must not hold a card number' },
        { field: '(unknown)', rule: 'is not a field of this request' },
      ],
    });
    expect(text + log.text()).not.toContain(CARD_NUMBER);
    expect(gateway.calls.started).toEqual([]);
  });

  it('takes a numeric reference when LCM_NUMERIC_REFERENCES allows it', async () => {
    const { url, gateway } = await startApi({ config: aConfig({ LCM_NUMERIC_REFERENCES: 'allow' }) });
    const response = await post(url, { body: { ...BODY, virtualCardId: CARD_NUMBER } });
    expect(response.status).toBe(202);
    expect(gateway.calls.started).toHaveLength(1);
  });

  it('answers 422 when the key belongs to another request', async () => {
    const { url } = await startApi({
      gateway: aFakeGateway({ startOperation: async () => ({ kind: 'key-reused' }) }),
    });
    const response = await post(url);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'idempotency_key_reused', recoverable: false });
  });

  it.each([
    ['Temporal is not available', new GatewayUnavailableError('no connection to 10.1.2.3')],
    ['the gateway fails in a way that nobody foresaw', new TypeError('cannot read properties of undefined')],
  ])('answers 503, to be repeated, when %s', async (_what, error) => {
    const { url } = await startApi({
      gateway: aFakeGateway({
        startOperation: async () => {
          throw error;
        },
      }),
    });
    const response = await post(url);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'temporal_unavailable', recoverable: true });
    expect(text).not.toContain(error.message);
  });

  it.each([
    ['did not answer', new GatewayUnavailableError('away'), /did not take the call in time/],
    ['refused', new GatewayUnavailableError('no mapping', { refused: true }), /refused the call.*\/readyz/],
  ])('says what is true of a Temporal that %s', async (_what, error, detail) => {
    const startOperation = async () => Promise.reject(error);
    const { url } = await startApi({ gateway: aFakeGateway({ startOperation }) });
    expect(await (await post(url)).json()).toMatchObject({
      status: 503,
      code: 'temporal_unavailable',
      recoverable: true,
      detail: expect.stringMatching(detail),
    });
  });

  it('reads a compressed body', async () => {
    const { url, gateway } = await startApi();
    const response = await fetch(`${url}/v1/issuers/${ISSUER_ID}/operations`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'idempotency-key': 'key-1',
      },
      body: gzipSync(JSON.stringify(BODY)),
    });
    expect(response.status).toBe(202);
    expect(gateway.calls.started).toHaveLength(1);
  });
});
