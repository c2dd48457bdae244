import type { RenewalsView } from '../../../../src/domain/unsolicited/to-view.js';
import { GatewayUnavailableError } from '../../../../src/application/gateway.js';
import { fetchAsDocumented as fetch } from '../../../support/document.js';
import { aFakeGateway, ISSUER_ID } from '../fake-gateway.js';
import { aConfig, CARD_NUMBER, closeServers, startApi } from '../support.js';

afterEach(closeServers);

const pathOf = (card: string, issuerId = ISSUER_ID): string =>
  `/v1/issuers/${issuerId}/cards/${card}/renewals`;

describe('GET …/cards/{issuerCardRefId}/renewals', () => {
  it('answers with the renewals of the card', async () => {
    const at = '2026-01-01T00:00:00.000Z';
    const renewals: RenewalsView = {
      issuerCardRefId: 'card-1',
      tokens: [
        {
          virtualCardId: 'token-1',
          expected: true,
          renewals: [
            { correlationId: 'r-1', result: 'FAILED', errorCode: 231, firstAt: at, lastAt: at, repeats: 2 },
          ],
        },
        { virtualCardId: 'token-2', expected: true, renewals: [] },
      ],
      open: true,
      attention: 'RENEWAL_FAILED',
    };
    const { url, gateway } = await startApi({
      gateway: aFakeGateway({ describeRenewals: async () => renewals }),
    });
    const response = await fetch(url + pathOf('card-1'));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(renewals);
    expect(gateway.calls.renewals).toEqual([{ issuerId: ISSUER_ID, issuerCardRefId: 'card-1' }]);
  });

  it('answers 200 without tokens for a card that nobody has heard of', async () => {
    const { url } = await startApi();
    const response = await fetch(url + pathOf('card-9'));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ issuerCardRefId: 'card-9', tokens: [], open: false });
  });

  it.each(['a/b', 'a b', 'ä"\\', 'x'.repeat(48), 'sha256:0123456789abcdef', '%41'])(
    'decodes the card from the path: %s',
    async (card) => {
      const { url, gateway } = await startApi();
      const response = await fetch(url + pathOf(encodeURIComponent(card)));
      expect(response.status).toBe(200);
      expect(gateway.calls.renewals).toEqual([{ issuerId: ISSUER_ID, issuerCardRefId: card }]);
    },
  );

  it.each([
    ['is too long', 'x'.repeat(49)],
    ['has a space at its end', 'card-1 '],
    ['has a control character', 'card\n1'],
    ['looks like a card number', CARD_NUMBER],
    ['looks like a card number in groups', '4111 1111 1111 1111'],
  ])('refuses a card that %s, by its field and never by its value', async (_what, card) => {
    const { url, gateway, log } = await startApi();
    const response = await fetch(url + pathOf(encodeURIComponent(card)));
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      code: 'invalid_request',
      recoverable: false,
      errors: [{ field: 'issuerCardRefId', rule: expect.any(String) as string }],
    });
    expect(gateway.calls.renewals).toEqual([]);
    for (const said of [text, log.text()]) expect(said).not.toContain(card);
  });

  it('I6: takes one that looks like a card number where that is allowed', async () => {
    const config = aConfig({ LCM_NUMERIC_REFERENCES: 'allow' });
    const { url, gateway, log } = await startApi({ config });
    expect((await fetch(url + pathOf(CARD_NUMBER))).status).toBe(200);
    expect(gateway.calls.renewals).toHaveLength(1);
    expect(log.text()).not.toContain(CARD_NUMBER);
  });

  it('answers 404 for an issuer that is not ours, whatever the card is', async () => {
    const { url, gateway } = await startApi();
    for (const card of ['card-1', 'x'.repeat(49)]) {
      const response = await fetch(url + pathOf(card, 'OTHER12345'));
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'issuer_not_found' });
    }
    expect(gateway.calls.renewals).toEqual([]);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('answers 405 to %s', async (method) => {
    const { url, gateway } = await startApi();
    const response = await fetch(url + pathOf('card-1'), { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed' });
    expect(gateway.calls.renewals).toEqual([]);
  });

  it('answers 404 for a path whose percent signs cannot be decoded, and for one without a card', async () => {
    const { url } = await startApi();
    for (const card of ['%E0%A4%A', '']) {
      const response = await fetch(url + pathOf(card));
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'path_not_found' });
    }
  });

  it('answers 503 when Temporal is not available', async () => {
    const describeRenewals = async () => Promise.reject(new GatewayUnavailableError('away'));
    const { url } = await startApi({ gateway: aFakeGateway({ describeRenewals }) });
    const response = await fetch(url + pathOf('card-1'));
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({ code: 'temporal_unavailable', recoverable: true });
  });
});
