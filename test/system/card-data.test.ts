// I6 from outside: card data is sent in every place where anybody could put it; afterwards everything is searched that was
// stored by Temporal, written to a log, or answered.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { isCardNumber } from '../../src/domain/hub/card-data.js';
import { fetchRuns, type StoredRun } from '../support/temporal/histories.js';
import { call, type Answered } from '../support/processes/http-client.js';
import { startHubGate, type GateRequest, type HubGate } from '../support/processes/hub-gate.js';
import { until, withOutput } from '../support/processes/processes.js';
import { ISSUER, startStack, type Service, type Stack } from '../support/processes/stack.js';

let stack: Stack;
let gate: HubGate;
let service: Service;
let operationId: string;
let runs: readonly StoredRun[];
const answers: Answered[] = [];
/** What was answered to the requests with card data in their body. */
const refusals: Answered[] = [];

/** A value of its own for every place, so that a leak says where it came from. */
const planted = new Map<string, string>();

/** A card number that passes the Luhn check. */
function pan(place: string, groupedBy = ''): string {
  const known = planted.get(place);
  if (known !== undefined) return known;
  const body = `400000${String(100_000_000 + planted.size * 7_919)}`;
  const digits = Array.from('0123456789', (last) => `${body}${last}`).find(isCardNumber);
  if (digits === undefined) throw new Error('no check digit fits');
  const text = (digits.match(/.{4}/g) ?? []).join(groupedBy);
  planted.set(place, text);
  return text;
}

/** A text that may stand nowhere. */
function secret(place: string): string {
  const text = `SECRET-${place.toUpperCase().replaceAll(/[^A-Z]/g, '-')}-${planted.size}`;
  planted.set(place, text);
  return text;
}

beforeAll(async () => {
  stack = await startStack();
  gate = await startHubGate(stack.simulator.url);
  gate.answerInstead(answerWithCardData);
  service = await stack.service({ hubUrl: gate.url, variables: { LCM_LOG_LEVEL: 'trace' } });
  await stack.simulator.putCard('card-1', [{ virtualCardId: 'token-1-lost' }]);
  await stack.simulator.putCard('card-2', [{ virtualCardId: 'token-2' }]);
  const token = { issuerCardRefId: 'card-1', virtualCardId: 'token-1-lost' };
  ({ operationId } = await service.start({ action: 'SUSPEND', ...token }));

  for (const body of requestsWithCardData()) refusals.push(await service.post(body));
  answers.push(...refusals);
  answers.push(...(await oddRequests()));
  await Promise.all(hubAnswers.map(async (name) => suspendAtSpillingHub(name)));
  for (const callback of callbacksWithCardData()) await callBack(callback);
  await endOperation();
  // The same again, when the operation has ended: now it is stored as late.
  await callBack({ correlationId: operationId, body: everythingAtOnce('late') });

  answers.push(await service.get(`/v1/issuers/${ISSUER}/operations/${operationId}`));
  runs = await fetchRuns(stack.temporal.address);
}, 180_000);
afterAll(async () => {
  await gate?.close();
  await stack?.stop();
}, 120_000);
jest.setTimeout(240_000);

describe('I6: card data is nowhere', () => {
  it(
    'in the histories, memos and search attributes',
    withOutput(async () => {
      const text = runs.map((run) => run.text).join('\n');
      // The search reaches what is stored: ids, payloads and what stands in the place of card numbers.
      expect(missingIn(text, [operationId, 'hubTimeoutMs', 'sha256:', 'CARD_DATA_SEEN'])).toEqual([]);
      expect(new Set(runs.map(({ workflowType }) => workflowType))).toEqual(
        new Set(['tokenOperation', 'foreignChange', 'lateChange']),
      );
      expect(placesFoundIn(text)).toEqual([]);
    }),
  );

  it(
    'in the files of the Temporal server',
    withOutput(async () => {
      const { folder } = stack.temporal;
      const files = readdirSync(folder).map((file) => readFileSync(join(folder, file)).toString('latin1'));
      const text = files.join('\n');
      expect(missingIn(text, [operationId, 'hubTimeoutMs', 'sha256:'])).toEqual([]);
      expect(placesFoundIn(text)).toEqual([]);
    }),
  );

  it(
    'in the logs',
    withOutput(async () => {
      const text = service.process.output() + stack.temporal.process.output();
      expect(missingIn(text, [operationId])).toEqual([]);
      expect(placesFoundIn(text)).toEqual([]);
    }),
  );

  it('in what is answered', () => {
    const text = JSON.stringify(answers);
    expect(missingIn(text, ['must not look like a card number'])).toEqual([]);
    expect(placesFoundIn(text)).toEqual([]);
  });
});

it('I6: refuses every request with card data in its body', () => {
  expect(refusals.map(({ status }) => status)).toEqual(refusals.map(() => 400));
});

it('I6, I7: shows a token whose reference looks like a card number by its hash, and says that card data was seen', () => {
  const hashed = runs.filter(
    ({ workflowType, text }) => workflowType === 'foreignChange' && /sha256:[0-9a-f]{16}/.test(text),
  );
  expect(hashed.length).toBeGreaterThanOrEqual(4);
  for (const { text } of hashed) expect(missingIn(text, ['CARD_DATA_SEEN'])).toEqual([]);
});

/** What a search that works has to find. */
function missingIn(text: string, known: readonly string[]): string[] {
  return known.filter((word) => !text.includes(word));
}

/** The names of the places whose value stands in the text, bare or in its groups. */
function placesFoundIn(text: string): string[] {
  const found = [...planted].filter(
    ([, value]) => text.includes(value) || text.includes(value.replaceAll(/[ -]/g, '')),
  );
  return found.map(([place]) => place);
}

function requestsWithCardData(): unknown[] {
  const request = { action: 'SUSPEND', issuerCardRefId: 'card-2', virtualCardId: 'token-2' };
  return [
    { ...request, virtualCardId: pan('request: virtualCardId') },
    { ...request, virtualCardId: pan('request: virtualCardId in groups', ' ') },
    { ...request, issuerCardRefId: pan('request: issuerCardRefId') },
    { ...request, issuerCardRefId: pan('request: issuerCardRefId with dashes', '-') },
    { ...request, action: pan('request: action') },
    { ...request, reason: { text: `stolen, card ${pan('request: reason.text')}` } },
    { ...request, reason: { text: `stolen, card ${pan('request: reason.text in groups', ' ')}` } },
    { ...request, reason: { code: Number(pan('request: reason.code')) } },
    { ...request, requestedBy: `card ${pan('request: requestedBy')}` },
    { ...request, softDeadlineSeconds: Number(pan('request: softDeadlineSeconds')) },
    { ...request, cardNumber: pan('request: unknown field') },
    { ...request, [pan('request: name of a field')]: true },
    { ...request, fpan: { number: pan('request: nested field'), cvc: secret('request: cvc') } },
    [pan('request: in a list')],
    `{"virtualCardId": "${pan('request: broken JSON')}`,
    pan('request: bare'),
  ];
}

async function oddRequests(): Promise<Answered[]> {
  const body = { action: 'SUSPEND', issuerCardRefId: 'card-2', virtualCardId: 'token-2-silent' };
  const operations = `/v1/issuers/${ISSUER}/operations`;
  return Promise.all([
    service.post(body, { key: pan('header: Idempotency-Key') }),
    service.get(`/v1/issuers/${pan('path: issuer')}/operations/op-1`),
    service.get(`${operations}/${pan('path: operation')}`),
    service.get(`${operations}/${operationId}?wait=${pan('query: wait')}`),
    service.get(`/${pan('path')}`),
    service.get(operations, { headers: { prefer: `wait=${pan('header: Prefer')}` } }),
    call('POST', `${service.callbackUrl}/${pan('callback: path')}`, { body: {} }),
    call('PUT', `${service.callbackUrl}?card=${pan('callback: query')}`, { body: {} }),
  ]);
}

/** Ways in which the hub could spill card data into its answers. */
const hubAnswers = ['code', 'success', 'gateway', 'reading'] as const;

async function suspendAtSpillingHub(name: (typeof hubAnswers)[number]): Promise<void> {
  const deadlines = { softDeadlineSeconds: 1, hardDeadlineSeconds: 4 };
  const token = { issuerCardRefId: `spilling-${name}`, virtualCardId: `token-${name}` };
  const started = await service.start({ action: 'SUSPEND', ...token, ...deadlines });
  await service.final(started.operationId);
  answers.push(await service.get(`/v1/issuers/${ISSUER}/operations/${started.operationId}`));
}

function answerWithCardData({ path, body }: GateRequest): { status: number; body: unknown } | undefined {
  if (path === '/getCardInfo') {
    if (body['issuerCardRefId'] !== 'spilling-reading') return undefined;
    const asked = {
      virtualCardId: 'token-reading',
      status: `RESUMED ${pan('reading: status')}`,
      walletProviderId: pan('reading: walletProviderId'),
      deviceInformation: { deviceName: pan('reading: deviceName'), tokenInfo: secret('reading: tokenInfo') },
    };
    const other = { virtualCardId: pan('reading: another token'), status: 'RESUMED' };
    return { status: 200, body: { fpan: pan('reading: fpan'), virtualCardList: [other, asked] } };
  }
  switch (body['virtualCardId']) {
    case 'token-code': {
      const errorMessage = `card ${pan('answer: errorMessage')} is unknown`;
      return { status: 400, body: { responseCode: pan('answer: responseCode'), errorMessage } };
    }
    case 'token-success':
      return {
        status: 200,
        body: { responseMessage: pan('answer: responseMessage'), fpan: pan('answer: fpan') },
      };
    case 'token-gateway':
      return { status: 502, body: pan('answer: gateway error') };
    case 'token-reading':
      return { status: 200, body: {} };
    default:
      return undefined;
  }
}

interface Callback {
  readonly correlationId: string;
  readonly body: unknown;
}

/** Everything that a hub could confuse, in a callback for the operation's token. */
function everythingAtOnce(when: string): Record<string, unknown> {
  const fields = Object.entries(otherFields(when)).map(([name, value]) => [name, value] as const);
  return { virtualCardId: 'token-1-lost', ...Object.fromEntries(fields) };
}

function otherFields(when: string): Record<string, unknown> {
  const place = (name: string): string => pan(`${when} callback: ${name}`);
  return {
    issuerCardRefId: place('issuerCardRefId'),
    walletProviderId: place('walletProviderId'),
    source: `TSP ${place('source')}`,
    action: place('action'),
    errorCode: place('errorCode'),
    isPrimary: place('isPrimary'),
    tokenStorageId: place('tokenStorageId'),
    walletCardRefId: place('walletCardRefId'),
    walletVirtualCardId: place('walletVirtualCardId'),
    primaryWalletVirtualCardId: place('primaryWalletVirtualCardId'),
    tokenRequestor: place('tokenRequestor'),
    deviceBindingReference: place('deviceBindingReference'),
    tokenInfo: { token: place('tokenInfo.token'), encrypted: secret(`${when} callback: tokenInfo`) },
    unannounced: [place('unannounced')],
    [place('name of a field')]: 1,
  };
}

function callbacksWithCardData(): Callback[] {
  const single = Object.entries(otherFields('single')).map(([name, value], index) => ({
    correlationId: `foreign-${index}`,
    body: { virtualCardId: 'token-9', [name]: value },
  }));
  const foreign = [
    { virtualCardId: pan('callback: virtualCardId'), action: 'SUSPEND' },
    { virtualCardId: pan('callback: virtualCardId in groups', ' '), action: 'SUSPEND' },
    { virtualCardId: Number(pan('callback: virtualCardId, a number')), action: 'SUSPEND' },
    { virtualCardId: 'token-9', action: 'SUSPEND', errorCode: Number(pan('callback: errorCode, a number')) },
    { virtualCardId: { id: pan('callback: virtualCardId, an object') } },
    { virtualCardId: `${pan('callback: too long')}${'x'.repeat(300)}` },
    `{"virtualCardId": ${pan('callback: broken JSON')}`,
    pan('callback: bare'),
  ].map((body, index) => ({ correlationId: `foreign-odd-${index}`, body }));
  return [
    ...single,
    ...foreign,
    { correlationId: `${pan('callback: x-correlation-id, too long')}${'x'.repeat(60)}`, body: {} },
    { correlationId: operationId, body: everythingAtOnce('running') },
  ];
}

async function callBack({ correlationId, body }: Callback): Promise<void> {
  const answered = await service.callBack(correlationId, body);
  expect([200, 400]).toContain(answered.status);
  answers.push(answered);
}

async function endOperation(): Promise<void> {
  const running = await service.operation(operationId);
  expect(running).toMatchObject({
    final: false,
    unexpected: [expect.objectContaining({ virtualCardId: 'token-1-lost' })],
  });
  await stack.simulator.sendCallback('token-1-lost', operationId);
  expect(await service.final(operationId)).toMatchObject({ status: 'CONFIRMED' });
  await until(
    async () =>
      (await service.callBack(operationId, { virtualCardId: 'token-1-lost', action: 'RESUME' })).status,
    (status) => status === 200,
  );
}
