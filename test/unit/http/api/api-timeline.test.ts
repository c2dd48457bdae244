import type { Timeline } from '../../../../src/domain/report/timeline.js';
import { GatewayUnavailableError } from '../../../../src/application/gateway.js';
import { aFakeGateway, ISSUER_ID } from '../fake-gateway.js';
import { CARD_NUMBER, closeServers, startApi } from '../support.js';

afterEach(closeServers);

const pathOf = (card: string, issuerId = ISSUER_ID): string =>
  `/v1/issuers/${issuerId}/cards/${card}/timeline`;

describe('GET …/cards/{issuerCardRefId}/timeline', () => {
  it('answers with what happened to the card', async () => {
    const timeline: Timeline = {
      items: [
        {
          kind: 'foreign',
          at: '2026-01-01T00:00:00.000Z',
          correlationId: 'outside',
          virtualCardId: 'token-1',
          action: 'SUSPEND',
        },
      ],
      partial: true,
    };
    const { url, gateway } = await startApi({
      gateway: aFakeGateway({ describeTimeline: async () => timeline }),
    });
    const card = 'a/b "ä\\%';
    const response = await fetch(url + pathOf(encodeURIComponent(card)));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(timeline);
    expect(gateway.calls.timelines).toEqual([{ issuerId: ISSUER_ID, issuerCardRefId: card }]);
  });

  it('answers 200 without items for a card that nobody has heard of', async () => {
    const { url } = await startApi();
    expect(await (await fetch(url + pathOf('card-9'))).json()).toEqual({ items: [] });
  });

  it('refuses a card that breaks a rule, an issuer that is not ours, and another method', async () => {
    const { url, gateway, log } = await startApi();
    const wrong = await fetch(url + pathOf(CARD_NUMBER));
    expect(await wrong.json()).toMatchObject({ status: 400, errors: [{ field: 'issuerCardRefId' }] });
    const foreign = await fetch(url + pathOf('card-1', 'OTHER12345'));
    expect(await foreign.json()).toMatchObject({ status: 404, code: 'issuer_not_found' });
    const posted = await fetch(url + pathOf('card-1'), { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(gateway.calls.timelines).toEqual([]);
    expect(log.text()).not.toContain(CARD_NUMBER);
  });

  it('answers 503 when Temporal is not available', async () => {
    const describeTimeline = async () => Promise.reject(new GatewayUnavailableError('away'));
    const { url } = await startApi({ gateway: aFakeGateway({ describeTimeline }) });
    const response = await fetch(url + pathOf('card-1'));
    expect(await response.json()).toMatchObject({ status: 503, code: 'temporal_unavailable' });
  });
});
