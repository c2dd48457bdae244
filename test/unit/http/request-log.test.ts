import { GatewayUnavailableError } from '../../../src/application/gateway.js';
import { aFakeGateway, ISSUER_ID, OPERATION_ID } from './fake-gateway.js';
import { closeServers, eventually, startApi, startCallbacks } from './support.js';

afterEach(closeServers);

const SECRET = 'very-private-words';
const OPERATIONS = `/v1/issuers/${ISSUER_ID}/operations`;

describe('the log', () => {
  it('has one line per request of the API: route, status, duration, issuer and operation', async () => {
    const { url, log } = await startApi();
    await fetch(`${url}${OPERATIONS}/${OPERATION_ID}?wait=0`);
    await eventually(() => log.lines().length === 1);
    expect(log.lines()[0]).toEqual({
      level: 30,
      time: expect.any(String),
      part: 'api',
      method: 'GET',
      route: '/v1/issuers/:issuerId/operations/:operationId',
      status: 200,
      durationMs: expect.any(Number),
      issuerId: ISSUER_ID,
      operationId: OPERATION_ID,
      correlationId: OPERATION_ID,
      msg: 'request',
    });
  });

  it('has one line per callback: route, status, issuer and correlation id', async () => {
    const { url, log } = await startCallbacks();
    await fetch(url, {
      method: 'POST',
      headers: { 'x-correlation-id': 'op-1', 'x-issuer-id': ISSUER_ID },
      body: '{"virtualCardId":"token-1"}',
    });
    await eventually(() => log.lines().length === 1);
    expect(log.lines()[0]).toMatchObject({
      route: '/issuer/igwapi/v2.0/notifyVirtualCardChange',
      status: 200,
      issuerId: ISSUER_ID,
      correlationId: 'op-1',
    });
  });

  it('never holds a body, a header or an address, whatever becomes of the request', async () => {
    const gateway = aFakeGateway({
      startOperation: () => Promise.reject(new GatewayUnavailableError('away')),
    });
    const { url, log } = await startApi({ gateway });
    const headers = { 'content-type': 'application/json', 'idempotency-key': SECRET, authorization: SECRET };
    const body = {
      action: 'SUSPEND',
      issuerCardRefId: 'card-1',
      virtualCardId: 'token-1',
      requestedBy: SECRET,
    };
    for (const text of [JSON.stringify(body), `{"${SECRET}`, JSON.stringify({ ...body, [SECRET]: SECRET })]) {
      await fetch(url + OPERATIONS, { method: 'POST', headers, body: text });
    }
    await fetch(`${url}/${SECRET}?${SECRET}`);
    await fetch(`${url}${OPERATIONS}/${OPERATION_ID}?wait=${SECRET}&${SECRET}=${SECRET}`);
    await fetch(`${url}/v1/issuers/${SECRET}/operations/${SECRET}`);
    await eventually(() => log.lines().filter(({ msg }) => msg !== 'Temporal is not available').length === 6);
    expect(log.text()).not.toContain(SECRET);
    expect(log.text()).toContain('temporal_unavailable');
  });

  it('never holds a body of a callback, whatever becomes of it', async () => {
    const gateway = aFakeGateway({ deliver: () => Promise.reject(new GatewayUnavailableError('away')) });
    const { url, log } = await startCallbacks({ gateway });
    const headers = { 'x-correlation-id': 'op-1', 'x-issuer-id': ISSUER_ID, cookie: SECRET };
    for (const body of [`{"virtualCardId":"${SECRET}"}`, `{"${SECRET}"`, `["${SECRET}"]`]) {
      await fetch(url, { method: 'POST', headers, body });
    }
    await fetch(url, { method: 'POST', headers: { ...headers, 'x-correlation-id': 'x'.repeat(100) } });
    await eventually(() => log.lines().filter(({ msg }) => String(msg).startsWith('request')).length === 4);
    expect(log.text()).not.toContain(SECRET);
    expect(log.text()).not.toContain('x'.repeat(65));
  });

  it('says of health at the debug level only, good or bad: it is asked all the time', async () => {
    const { url, log } = await startApi({ readiness: () => ({ worker: false }) });
    await fetch(`${url}/livez`);
    await fetch(`${url}/readyz`);
    await eventually(() => log.lines().length === 2);
    expect(log.lines().map(({ level, route }) => [level, route])).toEqual([
      [20, '/livez'],
      [20, '/readyz'],
    ]);
  });
});
