import { GatewayUnavailableError, type Gateway } from '../../../../src/application/gateway.js';
import { fetchAsDocumented as fetch } from '../../../support/document.js';
import {
  aConfirmedOperation,
  aFakeGateway,
  anOperation,
  ISSUER_ID,
  OPERATION_ID,
  untilAborted,
} from '../fake-gateway.js';
import { closeServers, eventually, startApi } from '../support.js';

afterEach(closeServers);

const PATH = `/v1/issuers/${ISSUER_ID}/operations/${OPERATION_ID}`;
const REF = { issuerId: ISSUER_ID, operationId: OPERATION_ID };

async function unavailable(): Promise<never> {
  throw new GatewayUnavailableError('away');
}

describe('GET …/operations/{operationId}', () => {
  it('answers with the operation as it stands', async () => {
    const { url, gateway } = await startApi();
    const response = await fetch(url + PATH);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(anOperation());
    expect(gateway.calls.described).toEqual([REF]);
    expect(gateway.calls.waited).toEqual([]);
  });

  it('waits for the end, at most 60 s', async () => {
    const { url, gateway } = await startApi();
    const response = await fetch(`${url}${PATH}?wait=61`);
    expect(await response.json()).toEqual(aConfirmedOperation());
    expect(gateway.calls.waited[0]).toMatchObject({ ref: REF, waitMs: 60_000 });
  });

  it.each(['-1', '1.5', 'soon', ''])('refuses wait=%s', async (wait) => {
    const { url, gateway } = await startApi();
    const response = await fetch(`${url}${PATH}?wait=${wait}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ field: 'wait' }] });
    expect(gateway.calls.described).toEqual([]);
  });

  it('answers 404 when there is none', async () => {
    const { url } = await startApi({ gateway: aFakeGateway({ describeOperation: async () => undefined }) });
    const response = await fetch(url + PATH);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'operation_not_found' });
  });

  it.each([
    'op-short',
    'OP-0123456789abcdefghjkmnpqrs',
    'op-0123456789abcdefghjkmnpqri',
    'op-0123456789abcdefghjkmnpqrs0',
  ])('answers 404 without a call for %s, which cannot be an id of ours', async (operationId) => {
    const { url, gateway } = await startApi();
    for (const path of ['', '/cancel', '/read', '/resolve', '/retry']) {
      const method = path === '' ? 'GET' : 'POST';
      const response = await fetch(`${url}/v1/issuers/${ISSUER_ID}/operations/${operationId}${path}`, {
        method,
      });
      expect(response.status).toBe(404);
    }
    expect([...gateway.calls.described, ...gateway.calls.cancelled, ...gateway.calls.read]).toEqual([]);
  });

  it.each(['', '?wait=1'])('answers 503 when Temporal is not available (%s)', async (query) => {
    const gateway = aFakeGateway({ describeOperation: unavailable, waitForOperation: unavailable });
    const { url } = await startApi({ gateway });
    const response = await fetch(url + PATH + query);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
  });
});

describe('a wait', () => {
  it('ends when the client has gone', async () => {
    const gateway = aFakeGateway({ waitForOperation: untilAborted(anOperation()) });
    const { url, log } = await startApi({ gateway });
    const client = new AbortController();
    const answer = fetch(`${url}${PATH}?wait=60`, { signal: client.signal });
    await eventually(() => gateway.calls.waited.length === 1);
    client.abort();
    await expect(answer).rejects.toThrow();
    await eventually(() => gateway.calls.waited[0]?.signal?.aborted === true);
    await eventually(() => log.lines().some((line) => line['clientGone'] === true));
  });

  it('is answered at once when as many as allowed are waiting, and possible again after one has ended', async () => {
    const gateway = aFakeGateway({ waitForOperation: untilAborted(anOperation()) });
    const { url } = await startApi({ gateway, maxConcurrentWaits: 1 });
    const client = new AbortController();
    const first = fetch(`${url}${PATH}?wait=60`, { signal: client.signal });
    await eventually(() => gateway.calls.waited.length === 1);

    const second = await fetch(`${url}${PATH}?wait=60`);
    expect(second.status).toBe(200);
    expect(gateway.calls.waited).toHaveLength(1);
    expect(gateway.calls.described).toHaveLength(1);

    client.abort();
    await expect(first).rejects.toThrow();
    await eventually(() => gateway.calls.waited[0]?.signal?.aborted === true);
    const third = fetch(`${url}${PATH}?wait=60`).catch(() => undefined);
    await eventually(() => gateway.calls.waited.length === 2);
    await closeServers();
    await third;
  });

  it('is answered when the service is about to stop', async () => {
    const closing = new AbortController();
    const gateway = aFakeGateway({ waitForOperation: untilAborted(anOperation()) });
    const { url } = await startApi({ gateway, closing: closing.signal });
    const answer = fetch(`${url}${PATH}?wait=60`);
    await eventually(() => gateway.calls.waited.length === 1);
    closing.abort();
    expect((await answer).status).toBe(200);
    expect((await fetch(`${url}${PATH}?wait=60`)).status).toBe(200);
    expect(gateway.calls.waited).toHaveLength(1);
  });
});

it('cancelling answers 409 when the operation has ended', async () => {
  const cancelOperation = async () => ({ kind: 'already-final' }) as const;
  const { url } = await startApi({ gateway: aFakeGateway({ cancelOperation }) });
  const response = await fetch(`${url}${PATH}/cancel`, { method: 'POST' });
  expect(response.status).toBe(409);
  expect(await response.json()).toMatchObject({ code: 'operation_already_final' });
});

describe.each([
  ['cancel', 'cancelOperation', 'cancelled'],
  ['read', 'readOperation', 'read'],
] as const)('POST …/operations/{operationId}/%s', (path, method, calls) => {
  const gatewayThat = (answer: Gateway['readOperation']) => aFakeGateway({ [method]: answer });

  it.each([undefined, '{}'])('answers with the operation, body %s', async (body) => {
    const { url, gateway } = await startApi();
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(`${url}${PATH}/${path}`, { method: 'POST', headers, body: body ?? null });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(anOperation());
    expect(gateway.calls[calls]).toEqual([REF]);
  });

  it('refuses a body with fields that it does not know', async () => {
    const { url, gateway } = await startApi();
    const response = await fetch(`${url}${PATH}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"force":true}',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ field: 'force' }] });
    expect(gateway.calls[calls]).toEqual([]);
  });

  it('answers 404 when there is none', async () => {
    const { url } = await startApi({ gateway: gatewayThat(async () => ({ kind: 'not-found' })) });
    expect((await fetch(`${url}${PATH}/${path}`, { method: 'POST' })).status).toBe(404);
  });

  it('answers 503 when it is not known whether it was applied', async () => {
    const { url } = await startApi({ gateway: gatewayThat(unavailable) });
    const response = await fetch(`${url}${PATH}/${path}`, { method: 'POST' });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ recoverable: true });
  });
});

describe('health', () => {
  it('says that the process lives', async () => {
    const { url } = await startApi();
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('is ready when every role serves', async () => {
    const { url } = await startApi({ readiness: () => ({ temporal: true, worker: true }) });
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ready: true });
  });

  it('is not ready when one role does not serve, and names it', async () => {
    const { url } = await startApi({ readiness: async () => ({ temporal: true, worker: false }) });
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ ready: false, notReady: ['worker'] });
  });

  it.each([
    ['is not ready', false, 503],
    ['is ready', true, 200],
  ])('gives the details that it has when it %s', async (_what, temporal, status) => {
    const details = {
      temporal: ['the namespace "default" lacks the search attributes LcmIssuer: run "npm run setup"'],
      clock: { offsetMs: -45_000 },
    };
    const { url } = await startApi({ readiness: () => ({ temporal }), details: () => details });
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ ready: temporal, details });
  });

  it('is not ready when readiness cannot be asked', async () => {
    const { url } = await startApi({ readiness: () => Promise.reject(new Error('bug')) });
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });
});

describe('everything else', () => {
  it.each(['/nowhere', '/v1', '/v1/issuers', '/v1/issuers/%E0%A4%A/operations', `${PATH}/forget`])(
    'answers 404 with a problem for %s',
    async (path) => {
      const { url } = await startApi();
      const response = await fetch(url + path, { method: 'POST' });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'path_not_found' });
    },
  );

  it.each([
    ['POST', '/', 'GET, HEAD'],
    ['DELETE', PATH, 'GET, HEAD'],
    ['GET', `${PATH}/cancel`, 'POST'],
    ['PUT', `/v1/issuers/${ISSUER_ID}/operations`, 'GET, HEAD, POST'],
    ['OPTIONS', `/v1/issuers/${ISSUER_ID}/operations`, 'GET, HEAD, POST'],
    ['POST', '/livez', 'GET, HEAD'],
  ])('answers 405 to %s %s and names what is allowed', async (method, path, allowed) => {
    const { url } = await startApi();
    const response = await fetch(url + path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allowed);
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed' });
  });

  it('answers 500 with a problem, without the words of the error, when our own code fails', async () => {
    const config = {
      get issuerIds(): never {
        throw new Error('secret words');
      },
    };
    const { url, log } = await startApi({ config: config as never });
    const response = await fetch(url + PATH);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ code: 'internal_error' });
    expect(text).not.toContain('secret words');
    expect(log.text()).toContain('secret words');
  });

  it('says nothing about the software that answers', async () => {
    const { url } = await startApi();
    const response = await fetch(`${url}/nowhere`);
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(await response.text()).not.toMatch(/express|node_modules|Cannot GET/i);
  });
});
