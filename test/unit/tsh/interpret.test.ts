import fc from 'fast-check';

import type { Answer } from '../../../src/domain/hub/answer.js';
import { HUB_ERROR_CODES } from '../../../src/domain/hub/hub-errors.js';
import { readContent } from '../../../src/tsh/content.js';
import { toAnswer, toReading, toRetryAfterMs } from '../../../src/tsh/interpret.js';

type RawCode = string | number | null | undefined;

/** An answer that says this code; without one, that has no body. */
const saying = (httpStatus: number, responseCode?: RawCode) => ({
  httpStatus,
  content: readContent(
    Buffer.from(responseCode === undefined ? '' : JSON.stringify({ responseCode, errorMessage: 'so' })),
  ),
});

const accepted: Answer = { kind: 'accepted' };
const again = (errorCode?: number | string): Answer => ({
  kind: 'again',
  effect: 'possible',
  ...(errorCode === undefined ? {} : { errorCode }),
});
const refused = (httpStatus: number, errorCode?: number | string): Answer => ({
  kind: 'refused',
  httpStatus,
  ...(errorCode === undefined ? {} : { errorCode }),
});

describe('an answer to updateCardState', () => {
  test.each<[number, RawCode, Answer | undefined]>([
    // Any 2xx is accepted, with every spelling of success in its body.
    [200, undefined, accepted],
    [202, undefined, accepted],
    [204, undefined, accepted],
    [200, null, accepted],
    [200, '', accepted],
    [200, 0, accepted],
    [200, '0', accepted],
    [200, 200, accepted],
    [200, '200', accepted],
    [200, 'OK', accepted],
    // Errors are seen under 200 too (contract 4.1).
    [200, 111, refused(200, 111)],
    [200, '432', refused(200, 432)],
    [200, -1, refused(200, '-1')],
    [200, 321, again(321)],
    [202, '221', again(221)],
    // What is worth sending again by its code, under any status.
    [400, 221, again(221)],
    [400, 321, again(321)],
    [400, ' 322 ', again(322)],
    [400, 921, again(921)],
    // By its status, whatever the code says.
    [408, undefined, again()],
    [500, undefined, again()],
    [502, undefined, again()],
    [503, 113, again(113)],
    [599, 0, undefined],
    [599, undefined, again()],
    [429, undefined, { kind: 'again', effect: 'possible' }],
    [429, 921, { kind: 'again', effect: 'none', errorCode: 921 }],
    // Every other code is a refusal; what it means is the domain's business.
    [400, 119, refused(400, 119)],
    [400, 323, refused(400, 323)],
    [400, 911, refused(400, 911)],
    [400, 98765, refused(400, 98765)],
    [400, 'E-17', refused(400, 'E-17')],
    [409, 160, refused(409, 160)],
    [600, 160, refused(600, 160)],
    // A refusal without an error code is not the hub's, nor is a redirection (decision 17).
    [400, undefined, undefined],
    [400, 0, undefined],
    [400, 200, undefined],
    [400, null, undefined],
    [401, undefined, undefined],
    [403, undefined, undefined],
    [404, undefined, undefined],
    [301, undefined, undefined],
    [302, 921, undefined],
    [307, 0, undefined],
    [304, undefined, undefined],
    [600, undefined, undefined],
    [999, undefined, undefined],
  ])('%i with the code %p is %j', (httpStatus, responseCode, answer) => {
    expect(toAnswer(saying(httpStatus, responseCode))).toEqual(answer);
  });

  test.each(['4111111111111111', '41111111111', 'card 4111 1111', '<html>', 'x'.repeat(33)])(
    'never keeps %p, which is no code (I6)',
    (responseCode) => {
      expect(toAnswer(saying(400, responseCode))).toEqual(refused(400, 'UNREADABLE'));
    },
  );

  test('asks to come again for 221, 321, 322, 921, 408, 429 and 5xx, and for nothing else', () => {
    const codes = Array.from({ length: 1_000 }, (_, code) => code);
    const statuses = Array.from({ length: 500 }, (_, index) => 200 + index);
    const isAgain = (httpStatus: number, responseCode?: number): boolean =>
      toAnswer(saying(httpStatus, responseCode))?.kind === 'again';
    for (const httpStatus of [200, 400]) {
      expect(codes.filter((code) => isAgain(httpStatus, code))).toEqual([221, 321, 322, 921]);
    }
    expect(statuses.filter((httpStatus) => isAgain(httpStatus))).toEqual([
      408,
      429,
      ...statuses.filter((httpStatus) => httpStatus >= 500 && httpStatus < 600),
    ]);
  });

  test('of 2xx is accepted, unless its code is a number other than 0 and 200: then it is that code', () => {
    for (const responseCode of [undefined, null, '', 0, '0', 200, '200', 'OK']) {
      expect(toAnswer(saying(201, responseCode))).toEqual(accepted);
    }
    expect(toAnswer(saying(201, '201'))).toEqual(refused(201, 201));
    expect(toAnswer(saying(201, 432))).toEqual(refused(201, 432));
    expect(toAnswer(saying(201, 321))).toEqual(again(321));
  });

  test('hands on how long the hub wants to be left alone, when it can be asked again', () => {
    expect(toAnswer({ ...saying(503), retryAfterMs: 7_000 })).toEqual({ ...again(), retryAfterMs: 7_000 });
    expect(toAnswer({ ...saying(400, 119), retryAfterMs: 7_000 })).toEqual(refused(400, 119));
  });

  test('I3: without a word of the hub puts the next attempt off by five minutes at most', () => {
    const anHour = { retryAfterMs: 3_600_000 };
    expect(toAnswer({ ...saying(503), ...anHour })).toEqual({ ...again(), retryAfterMs: 300_000 });
    expect(toAnswer({ ...saying(503, 921), ...anHour })).toMatchObject(anHour);
  });

  test('is accepted only for a 2xx without an error code, and without effect only for 429 with one', () => {
    const codes = fc.option(
      fc.oneof(fc.constantFrom(0, 200, ...HUB_ERROR_CODES), fc.integer(), fc.string()),
      {
        nil: undefined,
      },
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), codes, (httpStatus, responseCode) => {
        const answer = toAnswer(saying(httpStatus, responseCode));
        if (answer?.kind === 'accepted') expect(Math.floor(httpStatus / 100)).toBe(2);
        if (answer?.kind === 'again') {
          expect(answer.effect === 'none').toBe(httpStatus === 429 && answer.errorCode !== undefined);
        }
        if (answer?.kind === 'refused') expect(httpStatus < 500 || httpStatus > 599).toBe(true);
        if (answer?.kind === 'refused') expect(answer).toHaveProperty('errorCode');
      }),
    );
  });
});

const NOW = Date.parse('2026-03-01T12:00:00Z');

test.each<[string | undefined, number | undefined]>([
  ['0', 0],
  ['7', 7_000],
  [' 120 ', 120_000],
  ['86400', 3_600_000],
  ['9'.repeat(400), 3_600_000],
  ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
  ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ['Sun, 01 Mar 2027 12:00:00 GMT', 3_600_000],
  ['Sun, 99 Mar 2026 12:00:00 GMT', undefined],
  ['2026-03-01T12:00:30Z', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('reads a Retry-After of %p as %p ms', (header, waitMs) => {
  expect(toRetryAfterMs(header, NOW)).toBe(waitMs);
});

describe('an answer to getCardInfo', () => {
  const read = (body: unknown, httpStatus = 200) =>
    toReading({ httpStatus, content: readContent(Buffer.from(JSON.stringify(body))) });
  const item = { virtualCardId: 'token-1', status: 'SUSPENDED' };
  const listed = (...tokens: object[]): object => ({ kind: 'listed', tokens, httpStatus: 200 });
  const failed = (cause: string, more: object = {}): object => ({
    kind: 'failed',
    cause,
    httpStatus: 200,
    ...more,
  });

  test.each<[string, unknown, object]>([
    [
      'lists what it needs of each token',
      { issuerCardRefId: 'card-1', virtualCardList: [item] },
      listed(item),
    ],
    ['lists nothing without a list', { issuerCardRefId: 'card-1' }, listed()],
    ['lists nothing for null', { virtualCardList: null }, listed()],
    ['lists nothing for an empty list', { virtualCardList: [] }, listed()],
    ['takes a success code for success', { responseCode: '0', virtualCardList: [item] }, listed(item)],
    [
      'drops what it does not need, unread',
      {
        virtualCardList: [
          { ...item, walletProviderId: 'APPLE_PAY', deviceInformation: 7, pan: '4111111111111111' },
        ],
        future: true,
      },
      listed({ ...item, walletProviderId: 'APPLE_PAY' }),
    ],
    [
      'falls back to "state" where there is no "status"',
      { virtualCardList: [{ virtualCardId: 'token-1', state: 'RESUMED' }] },
      listed({ virtualCardId: 'token-1', status: 'RESUMED' }),
    ],
    [
      'keeps an unknown status raw (A-23)',
      { virtualCardList: [{ ...item, status: 'Frozen by hub' }] },
      listed({ ...item, status: 'Frozen by hub' }),
    ],
    [
      'keeps a token whose status is missing or no text, with an empty one',
      { virtualCardList: [{ virtualCardId: 'token-1' }, { virtualCardId: 'token-2', status: 3 }] },
      listed({ virtualCardId: 'token-1', status: '' }, { virtualCardId: 'token-2', status: '' }),
    ],
    [
      'cuts long texts',
      { virtualCardList: [{ ...item, status: 'S'.repeat(300), walletProviderId: 'W'.repeat(129) }] },
      listed({ ...item, status: 'S'.repeat(128), walletProviderId: 'W'.repeat(128) }),
    ],
    [
      'drops a shown text that holds a card number (I6)',
      { virtualCardList: [{ ...item, status: 'OF 4111111111111111', walletProviderId: '4111111111111111' }] },
      listed({ virtualCardId: 'token-1', status: '' }),
    ],
    [
      'leaves a virtualCardId as it is, to be compared',
      { virtualCardList: [{ ...item, virtualCardId: '4111111111111111' }] },
      listed({ ...item, virtualCardId: '4111111111111111' }),
    ],
    ['lists a repeated token once', { virtualCardList: [item, item] }, listed(item)],
    [
      'proves nothing when it lists a token in two states',
      { virtualCardList: [item, { ...item, status: 'RESUMED' }] },
      failed('CONTRADICTORY'),
    ],
    ['proves nothing with an item without id', { virtualCardList: [item, {}] }, failed('NOT_WELL_FORMED')],
    [
      'proves nothing with an empty id',
      { virtualCardList: [{ virtualCardId: '' }] },
      failed('NOT_WELL_FORMED'),
    ],
    [
      'proves nothing with a number for id',
      { virtualCardList: [{ virtualCardId: 7 }] },
      failed('NOT_WELL_FORMED'),
    ],
    ['proves nothing with null for an item', { virtualCardList: [item, null] }, failed('NOT_WELL_FORMED')],
    ['proves nothing with something else for a list', { virtualCardList: {} }, failed('NOT_WELL_FORMED')],
    ['proves nothing when it is a list itself', [item], failed('NOT_THE_HUB')],
    ['proves nothing when it has nothing of a list', { message: 'wait' }, failed('NOT_THE_HUB')],
    ['proves nothing when it is null', null, failed('NOT_WELL_FORMED')],
    [
      'proves nothing with an error code',
      { responseCode: 116, virtualCardList: [item] },
      failed('ERROR_CODE', { errorCode: 116 }),
    ],
  ])('%s', (_title, body, reading) => {
    expect(read(body)).toEqual(reading);
  });

  test.each([201, 204, 206, 302, 400, 429, 500, 503])('proves nothing with the status %i', (httpStatus) => {
    expect(read({ virtualCardList: [item] }, httpStatus)).toEqual({
      kind: 'failed',
      cause: httpStatus < 300 ? 'HTTP_STATUS' : 'NOT_THE_HUB',
      httpStatus,
    });
  });

  test.each([116, 119])(
    'proves nothing with the code %i, whatever its status and its list',
    (responseCode) => {
      for (const httpStatus of [200, 400, 404]) {
        for (const virtualCardList of [[], [item]]) {
          expect(read({ responseCode, virtualCardList }, httpStatus)).toMatchObject({ kind: 'failed' });
        }
      }
    },
  );

  test('names the code of an error', () => {
    const expected = { kind: 'failed', cause: 'HTTP_STATUS', httpStatus: 400, errorCode: 119 };
    expect(read({ responseCode: '119', errorMessage: 'virtual card unknown' }, 400)).toEqual(expected);
  });

  test.each([
    ['', 'NOT_WELL_FORMED'],
    ['<html>busy</html>', 'NOT_THE_HUB'],
    ['{"virtualCardList":[{"virtualCardId":"tok', 'NOT_THE_HUB'],
  ])('proves nothing when it is no JSON: %p', (body, cause) => {
    expect(toReading({ httpStatus: 200, content: readContent(Buffer.from(body)) })).toEqual(failed(cause));
  });

  test('lists as many different tokens as it was given, or fails', () => {
    const ids = fc.array(fc.oneof(fc.constantFrom('a', 'b', ''), fc.string(), fc.integer()), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(ids, (virtualCardIds) => {
        const reading = read({ virtualCardList: virtualCardIds.map((virtualCardId) => ({ virtualCardId })) });
        const isWhole = virtualCardIds.every((id) => typeof id === 'string' && id !== '');
        expect(reading).toMatchObject({ kind: isWhole ? 'listed' : 'failed' });
        if (isWhole) expect(reading).toHaveProperty('tokens.length', new Set(virtualCardIds).size);
      }),
    );
  });
});
