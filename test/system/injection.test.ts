// Whatever a reference or an id is made of, it stays one: no workflow id, no query and no path lets it reach what belongs to
// something else, least of all to the other issuer.
import { randomUUID } from 'node:crypto';

import type { OperationView } from '../../src/domain/report/report.js';
import { call, type Answered } from '../support/processes/http-client.js';
import { until, withOutput } from '../support/processes/processes.js';
import { startStack, type Service, type Stack } from '../support/processes/stack.js';

const ISSUERS = ['ISSUER1234', 'ISSUER5678'] as const;
type Issuer = (typeof ISSUERS)[number];
const [ONE, OTHER] = ISSUERS;

let stack: Stack;
let service: Service;
beforeAll(async () => {
  stack = await startStack();
  // Nobody is at the hub's address, so only callbacks settle anything.
  const variables = { LCM_ISSUER_IDS: ISSUERS.join(',') };
  service = await stack.service({ hubUrl: 'http://127.0.0.1:9', variables });
}, 240_000);
afterAll(async () => stack?.stop(), 120_000);
jest.setTimeout(240_000);

const operationsOf = (issuer: Issuer): string => `${service.apiUrl}/v1/issuers/${issuer}/operations`;
const cardOf = (issuer: Issuer, card: string): string =>
  `${service.apiUrl}/v1/issuers/${issuer}/cards/${encodeURIComponent(card)}`;

async function start(issuer: Issuer, reference: string, key: string): Promise<OperationView> {
  const body = { action: 'SUSPEND', issuerCardRefId: reference, virtualCardId: reference };
  const headers = { 'idempotency-key': `"${key.replaceAll(/["\\]/g, '\\$&')}"` };
  const { status, body: answer } = await call('POST', operationsOf(issuer), { body, headers });
  expect(status).toBe(202);
  return answer as OperationView;
}

async function callBack(issuer: Issuer, correlationId: string, change: object): Promise<Answered> {
  const headers = { 'x-issuer-id': issuer, 'x-correlation-id': correlationId };
  return call('POST', service.callbackUrl, { body: change, headers });
}

/** The ids of the items of a list or a timeline, once there is at least one. */
async function idsAt(url: string, idOf: (item: Record<string, unknown>) => unknown): Promise<unknown[]> {
  const { body } = await until(
    async () => call('GET', url),
    ({ body: seen }) => (seen as { items: unknown[] }).items.length > 0,
  );
  return (body as { items: Record<string, unknown>[] }).items.map(idOf);
}

const operationIdOf = ({ operationId }: Record<string, unknown>): unknown => operationId;

describe.each([
  'a/b',
  `lcm/${OTHER}/op-1`,
  '../../x',
  '"quoted"',
  `it's`,
  'back\\slash\\',
  '50% off',
  '%2F%2e%2e%2F%00',
  `" OR LcmIssuer = "${OTHER}`,
  `') OR 1 = 1 --`,
  'a?wait=1&x#y',
  '${jndi}{{7*7}}',
  'ünï 🎴 ‮',
  'a\u2028b',
])('a reference %j', (written) => {
  // Another one in each run of a test, and still no longer than a card's may be.
  const reference = `${written} ${randomUUID().slice(0, 8)}`;

  it(
    'leads to its own operation only, for both issuers',
    withOutput(async () => {
      const key = randomUUID();
      const [mine, theirs] = [await start(ONE, reference, key), await start(OTHER, reference, key)];
      expect(mine.operationId).not.toBe(theirs.operationId);
      for (const [issuer, own, foreign] of [
        [ONE, mine, theirs],
        [OTHER, theirs, mine],
      ] as const) {
        expect(own.issuerCardRefId).toBe(reference);
        const asked = encodeURIComponent(reference);
        const list = operationsOf(issuer);
        expect(await idsAt(`${list}?card=${asked}`, operationIdOf)).toEqual([own.operationId]);
        expect(await idsAt(`${list}?virtualCard=${asked}`, operationIdOf)).toEqual([own.operationId]);
        expect(await idsAt(`${cardOf(issuer, reference)}/timeline`, operationIdOf)).toEqual([
          own.operationId,
        ]);
        expect((await call('GET', `${list}/${foreign.operationId}`)).status).toBe(404);
      }
      const word = { virtualCardId: reference, issuerCardRefId: reference, action: 'SUSPEND' };
      // The other issuer's word under this id is a change of its own, and settles nothing here.
      expect((await callBack(OTHER, mine.operationId, word)).status).toBe(200);
      expect((await call('GET', `${operationsOf(ONE)}/${mine.operationId}`)).body).toMatchObject({
        final: false,
      });
      expect((await callBack(ONE, mine.operationId, word)).status).toBe(200);
      const ended = await call('GET', `${operationsOf(ONE)}/${mine.operationId}?wait=60`, {
        timeoutMs: 90_000,
      });
      expect(ended.body).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
      expect((await call('GET', `${operationsOf(OTHER)}/${theirs.operationId}`)).body).toMatchObject({
        final: false,
      });
    }),
  );

  it(
    'of a renewal that the hub reports stays with its card and its issuer',
    withOutput(async () => {
      const card = `r ${reference}`.slice(0, 48);
      const renewal = { virtualCardId: `t ${reference}`, issuerCardRefId: card, action: 'RENEW' };
      expect((await callBack(ONE, `renew-${randomUUID()}`, renewal)).status).toBe(200);
      const { body } = await until(
        async () => call('GET', `${cardOf(ONE, card)}/renewals`),
        ({ body: seen }) => (seen as { tokens: unknown[] }).tokens.length > 0,
      );
      expect((body as { tokens: unknown[] }).tokens).toMatchObject([{ virtualCardId: `t ${reference}` }]);
      expect((await call('GET', `${cardOf(OTHER, card)}/renewals`)).body).toMatchObject({ tokens: [] });
      expect((await call('GET', `${cardOf(OTHER, card)}/timeline`)).body).toMatchObject({ items: [] });
    }),
  );
});

it.each([`lcm/${OTHER}/x`, '../x', '"', `' OR ''='`, '%2e%2e%2f', 'a\\b', '*', '#?&'])(
  'a correlation id %j of a change that nobody here asked for stays with its issuer',
  withOutput(async (written: string) => {
    const card = `card-${randomUUID()}`;
    const correlationId = `${written}-${randomUUID().slice(0, 8)}`;
    const change = { virtualCardId: `${card}-1`, issuerCardRefId: card, action: 'SUSPEND' };
    expect((await callBack(ONE, correlationId, change)).status).toBe(200);
    const ids = await idsAt(`${cardOf(ONE, card)}/timeline`, (item) => item['correlationId']);
    expect(ids).toEqual([correlationId]);
    expect((await call('GET', `${cardOf(OTHER, card)}/timeline`)).body).toMatchObject({ items: [] });
  }),
);

it.each(['zq\nb', 'zq\u0000b', '\ud800', ' zqa', 'zqa\t'])(
  'a reference %j is refused, and not shown',
  async (wrong) => {
    const body = { action: 'SUSPEND', issuerCardRefId: wrong, virtualCardId: wrong };
    const headers = { 'idempotency-key': randomUUID() };
    const asked = wrong === '\ud800' ? '%ED%A0%80' : encodeURIComponent(wrong);
    const answers = [
      await call('POST', operationsOf(ONE), { body, headers }),
      await call('GET', `${operationsOf(ONE)}?cursor=${asked}`),
      // Half a character cannot be written in an address: it comes as another one.
      ...(wrong === '\ud800' ? [] : [await call('GET', `${operationsOf(ONE)}?card=${asked}`)]),
    ];
    for (const { status, body: problem } of answers) {
      expect(status).toBe(400);
      expect(problem).toMatchObject({ code: 'invalid_request' });
      expect(JSON.stringify(problem)).not.toContain(JSON.stringify(wrong).slice(1, -1));
    }
  },
);
