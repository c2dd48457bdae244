import { GatewayUnavailableError } from '../../../../src/application/gateway.js';
import { aConfirmedOperation, aFakeGateway, ISSUER_ID, OPERATION_ID, RETRY_ID } from '../fake-gateway.js';
import { aConfig, CARD_NUMBER, closeServers, startApi } from '../support.js';

afterEach(closeServers);

const PATH = `/v1/issuers/${ISSUER_ID}/operations/${OPERATION_ID}`;
const REF = { issuerId: ISSUER_ID, operationId: OPERATION_ID };

async function unavailable(): Promise<never> {
  throw new GatewayUnavailableError('away');
}

async function post(url: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

describe('POST …/operations/{operationId}/resolve', () => {
  const DECISION = { status: 'CONFIRMED', note: "seen in the hub's portal", by: 'jo' };

  it.each([
    ['with a name', DECISION],
    ['without one', { status: 'CONFIRMED', note: 'seen' }],
    ['of a card, done in part', { ...DECISION, status: 'PARTIALLY_CONFIRMED' }],
    ['of 500 characters', { ...DECISION, note: 'n'.repeat(500), by: 'b'.repeat(500) }],
  ])('takes a decision %s, and answers with the operation', async (_which, decision) => {
    const { url, gateway } = await startApi();
    const response = await post(`${url}${PATH}/resolve`, decision);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(aConfirmedOperation());
    expect(gateway.calls.resolved).toEqual([{ ref: REF, decision }]);
  });

  it.each([
    [{ note: 'n' }, 'status', 'one of CONFIRMED, FAILED, REJECTED, UNKNOWN, CANCELLED, PARTIALLY_CONFIRMED'],
    [{ ...DECISION, status: 'SUPERSEDED' }, 'status', /^one of CONFIRMED/],
    [{ ...DECISION, status: 'OVERDUE' }, 'status', /^one of CONFIRMED/],
    [{ status: 'FAILED' }, 'note', 'a string of 1 to 500 characters'],
    [{ ...DECISION, note: '' }, 'note', 'a string of 1 to 500 characters'],
    [{ ...DECISION, note: 'n'.repeat(501) }, 'note', 'a string of 1 to 500 characters'],
    [{ ...DECISION, note: ' \t' }, 'note', 'must not be blank'],
    [{ ...DECISION, note: `card ${CARD_NUMBER}` }, 'note', 'must not hold a card number'],
    [{ ...DECISION, by: null }, 'by', 'a string of 1 to 500 characters'],
    [{ ...DECISION, by: ' ' }, 'by', 'must not be blank'],
    [{ ...DECISION, by: '4111 1111 1111 1111' }, 'by', 'must not hold a card number'],
    [{ ...DECISION, evidence: 'CALLBACK' }, 'evidence', 'is not a field of this request'],
    ['CONFIRMED', 'body', 'must be a JSON object'],
  ])('refuses %j and names %s, without a call and without the value', async (body, field, rule) => {
    const { url, gateway } = await startApi();
    const response = await post(`${url}${PATH}/resolve`, body);
    expect(response.status).toBe(400);
    const answer = await response.text();
    expect(JSON.parse(answer)).toMatchObject({
      code: 'invalid_request',
      errors: [{ field, rule: typeof rule === 'string' ? rule : expect.stringMatching(rule) }],
    });
    expect(answer).not.toMatch(/4111|portal|SUPERSEDED|OVERDUE/);
    expect(gateway.calls.resolved).toEqual([]);
  });

  it('refuses a request without a body', async () => {
    const { url, gateway } = await startApi();
    const response = await fetch(`${url}${PATH}/resolve`, { method: 'POST' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ field: 'body' }] });
    expect(gateway.calls.resolved).toEqual([]);
  });

  it('answers 400 when one token is said to be done in part', async () => {
    const gateway = aFakeGateway({ resolveOperation: async () => ({ kind: 'not-decidable' }) });
    const { url } = await startApi({ gateway });
    const response = await post(`${url}${PATH}/resolve`, { ...DECISION, status: 'PARTIALLY_CONFIRMED' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [
        { field: 'status', rule: 'of one token one of CONFIRMED, FAILED, REJECTED, UNKNOWN, CANCELLED' },
      ],
    });
  });

  it('answers 404 when there is none', async () => {
    const resolveOperation = async () => ({ kind: 'not-found' }) as const;
    const { url } = await startApi({ gateway: aFakeGateway({ resolveOperation }) });
    const response = await post(`${url}${PATH}/resolve`, DECISION);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'operation_not_found' });
  });

  it('answers 503 when it is not known whether it was applied', async () => {
    const { url } = await startApi({ gateway: aFakeGateway({ resolveOperation: unavailable }) });
    const response = await post(`${url}${PATH}/resolve`, DECISION);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'temporal_unavailable', recoverable: true });
  });
});

describe('POST …/operations/{operationId}/retry', () => {
  it.each([undefined, {}, { by: 'jo' }, { by: 'jo', note: 'the hub was down' }])(
    'answers with the new operation and where it is, body %j',
    async (body) => {
      const { url, gateway } = await startApi();
      const path = `${url}${PATH}/retry`;
      const response = await (body === undefined ? fetch(path, { method: 'POST' }) : post(path, body));
      expect(response.status).toBe(200);
      expect(response.headers.get('location')).toBe(`/v1/issuers/${ISSUER_ID}/operations/${RETRY_ID}`);
      expect(await response.json()).toMatchObject({ operationId: RETRY_ID, retryOf: OPERATION_ID });
      expect(gateway.calls.retried).toEqual([{ ref: REF, request: { ...body, cardResume: 'allow' } }]);
    },
  );

  it('passes on that a whole card is not resumed at once here, and answers 403 to one that would', async () => {
    const gateway = aFakeGateway({ retryOperation: async () => ({ kind: 'card-resume-refused' }) });
    const { url } = await startApi({ gateway, config: aConfig({ LCM_CARD_RESUME: 'refuse' }) });
    const response = await post(`${url}${PATH}/retry`, {});
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'card_resume_refused' });
    expect(gateway.calls.retried).toEqual([{ ref: REF, request: { cardResume: 'refuse' } }]);
  });

  it.each([
    ['not-retryable', 409, 'operation_not_retryable'],
    ['not-found', 404, 'operation_not_found'],
  ] as const)('answers %s with %i', async (kind, status, code) => {
    const { url } = await startApi({ gateway: aFakeGateway({ retryOperation: async () => ({ kind }) }) });
    const response = await fetch(`${url}${PATH}/retry`, { method: 'POST' });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  it('answers 503 when it is not known whether it was started, or whether it may be', async () => {
    const { url } = await startApi({ gateway: aFakeGateway({ retryOperation: unavailable }) });
    const response = await fetch(`${url}${PATH}/retry`, { method: 'POST' });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
  });
});

describe.each(['cancel', 'read'] as const)('who asks for a %s, and why', (name) => {
  it.each([{}, { by: 'jo' }, { by: 'jo', note: 'the caller waits' }])('goes along: %j', async (remark) => {
    const { url, gateway } = await startApi();
    expect((await post(`${url}${PATH}/${name}`, remark)).status).toBe(200);
    expect(gateway.calls.remarks).toEqual([remark]);
  });
});

describe.each(['cancel', 'read', 'retry'] as const)('who asks for a %s, and why', (name) => {
  it.each([
    [{ force: true }, 'force', 'is not a field of this request'],
    [{ by: '' }, 'by', 'a string of 1 to 500 characters'],
    [{ by: ' ' }, 'by', 'must not be blank'],
    [{ by: 7 }, 'by', 'a string of 1 to 500 characters'],
    [{ note: 'n'.repeat(501) }, 'note', 'a string of 1 to 500 characters'],
    [{ note: CARD_NUMBER }, 'note', 'must not hold a card number'],
    [[], 'body', 'must be a JSON object'],
    [null, 'body', 'must be a JSON object'],
  ])('is refused as %j, and %s is named', async (body, field, rule) => {
    const { url, gateway } = await startApi();
    const response = await post(`${url}${PATH}/${name}`, body);
    expect(response.status).toBe(400);
    const answer = await response.text();
    expect(JSON.parse(answer)).toMatchObject({ code: 'invalid_request', errors: [{ field, rule }] });
    expect(answer).not.toContain(CARD_NUMBER);
    expect([...gateway.calls.retried, ...gateway.calls.cancelled, ...gateway.calls.read]).toEqual([]);
  });
});
