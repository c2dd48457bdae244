import { GatewayUnavailableError, type OperationList } from '../../../../src/application/gateway.js';
import { aFakeGateway, aListedOperation, ISSUER_ID, OPERATION_ID } from '../fake-gateway.js';
import { aConfig, CARD_NUMBER, closeServers, startApi } from '../support.js';

afterEach(closeServers);

const PATH = `/v1/issuers/${ISSUER_ID}/operations`;
const OTHER = 'OTHER12345';

describe('GET …/operations', () => {
  it('answers with the page and the cursor of the next one, which leads to where it ended', async () => {
    const next = { at: Date.UTC(2026, 0, 1), operationId: OPERATION_ID };
    const page: OperationList = { items: [aListedOperation()], next };
    const { url, gateway } = await startApi({
      gateway: aFakeGateway({ listOperations: async ({ after }) => (after ? { items: [] } : page) }),
    });
    const first = await fetch(`${url}${PATH}?card=card-1&limit=1`);
    expect(first.status).toBe(200);
    const body = (await first.json()) as { items: unknown[]; nextCursor: string };
    expect(body).toEqual({ items: page.items, nextCursor: expect.stringMatching(/^[\w-]+$/) as string });
    const second = await fetch(`${url}${PATH}?card=card-1&cursor=${body.nextCursor}`);
    expect(await second.json()).toEqual({ items: [] });
    const filter = { issuerCardRefId: 'card-1' };
    expect(gateway.calls.listed).toEqual([
      { issuerId: ISSUER_ID, filter, limit: 1 },
      { issuerId: ISSUER_ID, filter, after: next, limit: 20 },
    ]);
  });

  it('says when it could not look through everything that came late', async () => {
    const { url } = await startApi({
      gateway: aFakeGateway({ listOperations: async () => ({ items: [], partial: true }) }),
    });
    expect(await (await fetch(`${url}${PATH}`)).json()).toEqual({ items: [], partial: true });
  });

  it.each(['a/b', 'a\'b"c\\d', '100%', '%41', 'ä€𝄞', 'x" OR LcmIssuer != "', 'a&limit=0', 'a+b'])(
    'takes a reference as it was encoded, for each issuer its own: %s',
    async (card) => {
      const config = aConfig({ LCM_ISSUER_IDS: `${ISSUER_ID},${OTHER}` });
      const { url, gateway } = await startApi({ config });
      for (const issuerId of [ISSUER_ID, OTHER]) {
        const query = new URLSearchParams({ card, virtualCard: card });
        const response = await fetch(`${url}/v1/issuers/${issuerId}/operations?${query.toString()}`);
        expect(response.status).toBe(200);
        expect(gateway.calls.listed.at(-1)).toEqual({
          issuerId,
          filter: { issuerCardRefId: card, virtualCardId: card },
          limit: 20,
        });
      }
    },
  );

  it('refuses what breaks a rule, by the names of the parameters and never by their values', async () => {
    const { url, gateway, log } = await startApi();
    const response = await fetch(`${url}${PATH}?card=${CARD_NUMBER}&status=a&status=b&colour=blue`);
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      code: 'invalid_request',
      recoverable: false,
      errors: [{ field: 'status', rule: 'may be given only once' }],
    });
    for (const query of [`card=${CARD_NUMBER}`, 'colour=blue', 'limit=0', 'card=a%0Ab', 'cursor=x']) {
      const refused = await fetch(`${url}${PATH}?${query}`);
      expect(refused.status).toBe(400);
      const name = query.slice(0, query.indexOf('='));
      expect(await refused.json()).toMatchObject({ errors: [{ field: name }] });
    }
    expect(gateway.calls.listed).toEqual([]);
    for (const said of [text, log.text()]) expect(said).not.toContain(CARD_NUMBER);
  });

  it('answers 404 for an issuer that is not ours, whatever is asked', async () => {
    const { url, gateway } = await startApi();
    const response = await fetch(`${url}/v1/issuers/${OTHER}/operations?limit=0`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'issuer_not_found' });
    expect(gateway.calls.listed).toEqual([]);
  });

  it('answers HEAD as GET, without the body', async () => {
    const { url } = await startApi();
    const response = await fetch(url + PATH, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('answers 503 when Temporal is not available', async () => {
    const listOperations = async () => Promise.reject(new GatewayUnavailableError('away'));
    const { url } = await startApi({ gateway: aFakeGateway({ listOperations }) });
    const response = await fetch(url + PATH);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({ code: 'temporal_unavailable', recoverable: true });
  });
});
