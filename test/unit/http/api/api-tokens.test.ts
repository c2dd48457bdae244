import type { CardTokens, TokenReader } from '../../../../src/application/token-reader.js';
import { hashReference } from '../../../../src/references/card-numbers.js';
import { ISSUER_ID } from '../fake-gateway.js';
import { aConfig, CARD_NUMBER, closeServers, eventually, startApi } from '../support.js';

afterEach(closeServers);

const pathOf = (card: string, issuerId = ISSUER_ID): string => `/v1/issuers/${issuerId}/cards/${card}/tokens`;

interface FakeReader extends TokenReader {
  readonly asked: { issuerId: string; issuerCardRefId: string }[];
}

function aReader(answer: CardTokens = { kind: 'listed', tokens: [] }): FakeReader {
  const asked: FakeReader['asked'] = [];
  return {
    asked,
    listTokens: async (card) => {
      asked.push(card);
      return answer;
    },
  };
}

describe('GET …/cards/{issuerCardRefId}/tokens', () => {
  it('answers with what the hub lists, its states by their names and unknown ones as they came', async () => {
    const device = { name: "Anna's phone" };
    const tokens = aReader({
      kind: 'listed',
      tokens: [
        { virtualCardId: 'token-1', walletProviderId: 'APPLE_PAY', status: ' active', device },
        { virtualCardId: 'token-2', status: 'Frozen by hub' },
      ],
    });
    const { url } = await startApi({ tokens });
    const response = await fetch(url + pathOf('card-1'));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      items: [
        { virtualCardId: 'token-1', walletProviderId: 'APPLE_PAY', status: 'RESUMED', device },
        { virtualCardId: 'token-2', status: 'Frozen by hub' },
      ],
    });
    expect(tokens.asked).toEqual([{ issuerId: ISSUER_ID, issuerCardRefId: 'card-1' }]);
  });

  it('I6: shows a reference that looks like a card number as a hash only, unless that is allowed', async () => {
    const tokens = aReader({
      kind: 'listed',
      tokens: [{ virtualCardId: CARD_NUMBER, status: 'RESUMED' }],
    });
    const strict = await startApi({ tokens });
    const text = await (await fetch(strict.url + pathOf('card-1'))).text();
    expect(JSON.parse(text)).toMatchObject({ items: [{ virtualCardId: hashReference(CARD_NUMBER) }] });
    expect(text + strict.log.text()).not.toContain(CARD_NUMBER);
    const config = aConfig({ LCM_NUMERIC_REFERENCES: 'allow' });
    const { url } = await startApi({ tokens, config });
    expect(await (await fetch(url + pathOf('card-1'))).json()).toMatchObject({
      items: [{ virtualCardId: CARD_NUMBER }],
    });
  });

  it.each<[CardTokens, number, object, string | null]>([
    [{ kind: 'unknown-card' }, 404, { code: 'card_not_found', recoverable: false }, null],
    [
      { kind: 'refused', httpStatus: 400, errorCode: 113 },
      502,
      {
        code: 'hub_refused',
        recoverable: false,
        detail: expect.stringContaining('code 113 (the issuer is unknown)') as string,
      },
      null,
    ],
    [{ kind: 'unavailable', cause: 'TIMEOUT' }, 503, { code: 'hub_unavailable', recoverable: true }, '1'],
    [
      { kind: 'unavailable', cause: 'CIRCUIT_OPEN', retryInMs: 4_200 },
      503,
      { code: 'hub_unavailable', recoverable: true },
      '5',
    ],
  ])('answers %j with a problem', async (answer, status, problem, retryAfter) => {
    const { url } = await startApi({ tokens: aReader(answer) });
    const response = await fetch(url + pathOf('card-1'));
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe(retryAfter);
    expect(await response.json()).toMatchObject(problem);
  });

  it('logs why the hub could not be asked', async () => {
    const { url, log } = await startApi({ tokens: aReader({ kind: 'unavailable', cause: 'CIRCUIT_OPEN' }) });
    await fetch(url + pathOf('card-1'));
    const line = log.lines().find(({ msg }) => msg === 'the hub is not available');
    expect(JSON.stringify(line)).toContain('CIRCUIT_OPEN');
  });

  it('gives up with the client who asked', async () => {
    let signal: AbortSignal | undefined;
    const tokens: TokenReader = {
      listTokens: async (_card, given) => {
        signal = given;
        return new Promise((resolve) => {
          given?.addEventListener('abort', () => resolve({ kind: 'unavailable', cause: 'ABORTED' }));
        });
      },
    };
    const { url } = await startApi({ tokens });
    const leaving = new AbortController();
    const asked = fetch(url + pathOf('card-1'), { signal: leaving.signal }).catch(() => undefined);
    await eventually(() => signal !== undefined);
    leaving.abort();
    await asked;
    await eventually(() => signal?.aborted === true);
  });

  it.each([['x'.repeat(49)], ['card-1 '], ['card\n1'], [CARD_NUMBER]])(
    'asks nobody about a reference that breaks a rule: %s',
    async (card) => {
      const tokens = aReader();
      const { url } = await startApi({ tokens });
      const response = await fetch(url + pathOf(encodeURIComponent(card)));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ field: 'issuerCardRefId' }] });
      expect(tokens.asked).toEqual([]);
    },
  );

  it('answers 404 for an issuer that is not ours, and 405 to another method', async () => {
    const tokens = aReader();
    const { url } = await startApi({ tokens });
    const foreign = await fetch(url + pathOf('card-1', 'OTHER12345'));
    expect(await foreign.json()).toMatchObject({ status: 404, code: 'issuer_not_found' });
    const posted = await fetch(url + pathOf('card-1'), { method: 'POST' });
    expect(posted.status).toBe(405);
    expect(posted.headers.get('allow')).toBe('GET, HEAD');
    expect(tokens.asked).toEqual([]);
  });
});
