import type { VirtualCardChange } from '../../../../src/domain/hub/change.js';
import type { Reading } from '../../../../src/domain/hub/reading.js';
import { nextReadingAt, recordCardReading } from '../../../../src/domain/unsolicited/expectation.js';
import {
  attentionOf,
  beginRenewals,
  isNews,
  isRenewal,
  recordRenewal,
  type CardRenewals,
} from '../../../../src/domain/unsolicited/index.js';
import { aChange, EMPTY_LIST, FAILED_READING, MINUTE, SECOND } from '../../../support/builders.js';
import { aListOf, aRenewal, record, told } from '../../../support/renewals.js';

/** Takes a reading at once. */
function read(renewals: CardRenewals, reading: Reading): CardRenewals {
  return recordCardReading(renewals, reading, { now: 0, readIntervalMs: SECOND });
}

describe('renewals of a card', () => {
  it('begin with nothing heard and the card unread', () => {
    expect(record([])).toEqual({
      issuerId: 'ISSUER1234',
      issuerCardRefId: 'card-1',
      tokens: [],
      expectation: { kind: 'unread', failedReadings: 0, nextReadingAt: 0 },
      lastArrivalAt: 0,
      omitted: 0,
      failureOmitted: false,
      characters: 0,
      cardDataSeen: false,
    });
  });

  it('are told of by the action RENEW and nothing else; another is left alone', () => {
    expect(isRenewal(aRenewal())).toBe(true);
    const { action: _action, ...without } = aChange();
    for (const other of [aChange(), aChange({ action: 'RENEWAL' }), without]) {
      expect(isRenewal(other)).toBe(false);
      const before = record([aRenewal()]);
      expect(recordRenewal(before, other, 9_000)).toBe(before);
    }
  });

  it('are kept with id, result, code and times, and nothing that a callback says beside', () => {
    const change = aRenewal({
      correlationId: 'renew-7',
      issuerCardRefId: 'card-1',
      walletProviderId: 'WALLET',
      source: 'TSP',
      errorCode: 231,
    });
    const { tokens, lastArrivalAt } = record([change]);
    expect(lastArrivalAt).toBe(1_000);
    expect(tokens).toEqual([
      {
        virtualCardId: 'token-1',
        expected: false,
        renewals: [
          {
            correlationId: 'renew-7',
            result: 'FAILED',
            errorCode: 231,
            firstAt: change.receivedAt,
            lastAt: change.receivedAt,
            repeats: 0,
          },
        ],
      },
    ]);
  });

  /** What came, and what is then known of the token: `id result[ code][ xrepeats]`, then whether a person should look. */
  it.each<[string, Partial<VirtualCardChange>[], string[], string | undefined]>([
    ['a success', [{}], ['r-1 RENEWED'], undefined],
    ['a failure', [{ errorCode: 231 }], ['r-1 FAILED 231'], 'RENEWAL_FAILED'],
    ['a failure without a number', [{ errorCode: 'E1' }], ['r-1 FAILED E1'], 'RENEWAL_FAILED'],
    ['a success and its copies', [{}, {}, { isPrimary: true }], ['r-1 RENEWED x2'], undefined],
    [
      'a failure and its copy',
      [{ errorCode: 231 }, { errorCode: 231 }],
      ['r-1 FAILED 231 x1'],
      'RENEWAL_FAILED',
    ],
    [
      'copies that differ in what decides nothing',
      [{}, { walletProviderId: 'W', source: 'TSP', issuerCardRefId: 'card-2', receivedAt: '9' }],
      ['r-1 RENEWED x1'],
      undefined,
    ],
    [
      'a second renewal, by its own id',
      [{}, { correlationId: 'r-2' }],
      ['r-1 RENEWED', 'r-2 RENEWED'],
      undefined,
    ],
    [
      'a success after a failure, same id',
      [{ errorCode: 231 }, {}],
      ['r-1 FAILED 231', 'r-1 RENEWED'],
      undefined,
    ],
    [
      'a success after a failure, another id',
      [{ errorCode: 231 }, { correlationId: 'r-2' }],
      ['r-1 FAILED 231', 'r-2 RENEWED'],
      undefined,
    ],
    [
      'a failure after a success, same id',
      [{}, { errorCode: 231 }],
      ['r-1 RENEWED', 'r-1 FAILED 231'],
      'RENEWAL_FAILED',
    ],
    [
      'a failure after a success, another id',
      [{}, { correlationId: 'r-2', errorCode: 231 }],
      ['r-1 RENEWED', 'r-2 FAILED 231'],
      'RENEWAL_FAILED',
    ],
    [
      'a copy of an old success, which clears nothing',
      [{}, { correlationId: 'r-2', errorCode: 231 }, {}],
      ['r-1 RENEWED x1', 'r-2 FAILED 231'],
      'RENEWAL_FAILED',
    ],
    [
      'a copy of an old failure, which raises nothing',
      [{ errorCode: 231 }, {}, { errorCode: 231 }],
      ['r-1 FAILED 231 x1', 'r-1 RENEWED'],
      undefined,
    ],
    [
      'two failures with different codes',
      [{ errorCode: 231 }, { errorCode: 221 }],
      ['r-1 FAILED 231', 'r-1 FAILED 221'],
      'RENEWAL_FAILED',
    ],
    ['a pair that agrees', [{}, { isPrimary: false }], ['r-1 RENEWED', 'r-1 RENEWED aux'], undefined],
    [
      'a pair that disagrees, the failure first',
      [{ errorCode: 231 }, { isPrimary: false }],
      ['r-1 FAILED 231', 'r-1 RENEWED aux'],
      'RENEWAL_FAILED',
    ],
    [
      'a pair that disagrees, the success first',
      [{ isPrimary: false }, { errorCode: 231 }],
      ['r-1 RENEWED aux', 'r-1 FAILED 231'],
      'RENEWAL_FAILED',
    ],
    [
      'a pair of which both failed and one succeeded later',
      [{ errorCode: 231 }, { isPrimary: false, errorCode: 231 }, { correlationId: 'r-2', isPrimary: false }],
      ['r-1 FAILED 231', 'r-1 FAILED 231 aux', 'r-2 RENEWED aux'],
      'RENEWAL_FAILED',
    ],
    [
      'a pair of which both succeeded later',
      [{ isPrimary: false, errorCode: 231 }, { errorCode: 231 }, {}, { isPrimary: false }],
      ['r-1 FAILED 231 aux', 'r-1 FAILED 231', 'r-1 RENEWED', 'r-1 RENEWED aux'],
      undefined,
    ],
  ])('after %s', (_what, overrides, expected, attention) => {
    const renewals = record(overrides.map((some) => aRenewal(some)));
    expect(told(renewals)).toEqual({ 'token-1': expected });
    expect(attentionOf(renewals)).toBe(attention);
  });

  it('count copies with the first and the last time, wherever in the list they belong', () => {
    const renewals = record([
      aRenewal({ receivedAt: '1' }),
      aRenewal({ correlationId: 'r-2', receivedAt: '2' }),
      aRenewal({ receivedAt: '3' }),
    ]);
    expect(renewals.tokens[0]?.renewals).toMatchObject([
      { correlationId: 'r-1', firstAt: '1', lastAt: '3', repeats: 1 },
      { correlationId: 'r-2', firstAt: '2', lastAt: '2', repeats: 0 },
    ]);
    expect(renewals.lastArrivalAt).toBe(3_000);
  });

  it('are kept per token, exactly as it is spelled; a success of one clears no failure of another', () => {
    const renewals = record([
      aRenewal({ virtualCardId: 'b', errorCode: 231 }),
      aRenewal({ virtualCardId: 'a' }),
      aRenewal({ virtualCardId: 'B' }),
      aRenewal({ virtualCardId: 'b ' }),
    ]);
    expect(Object.keys(told(renewals))).toEqual(['b', 'a', 'B', 'b ']);
    expect(attentionOf(renewals)).toBe('RENEWAL_FAILED');
  });

  it('I6: ask for a look when a reference had to be hashed, unless a failure is more urgent', () => {
    const seen = record([aRenewal({ cardDataSeen: true }), aRenewal({ correlationId: 'r-2' })]);
    expect(attentionOf(seen)).toBe('CARD_DATA_SEEN');
    const failed = recordRenewal(seen, aRenewal({ correlationId: 'r-3', errorCode: 231 }), 9_000);
    expect(attentionOf(failed)).toBe('RENEWAL_FAILED');
    const renewed = recordRenewal(failed, aRenewal({ correlationId: 'r-4' }), 10_000);
    expect(attentionOf(renewed)).toBe('CARD_DATA_SEEN');
  });

  it('survive a crossing of the wire unchanged', () => {
    const renewals = read(
      record([aRenewal(), aRenewal({ errorCode: 'E1', isPrimary: false })]),
      aListOf({ b: 'RESUMED' }),
    );
    expect(JSON.parse(JSON.stringify(renewals))).toEqual(renewals);
  });

  it.each<[string, Partial<VirtualCardChange>, boolean]>([
    ['a copy', {}, false],
    ['another renewal', { correlationId: 'r-2' }, true],
    ['a failure', { errorCode: 231 }, true],
    ['another token', { virtualCardId: 'token-2' }, true],
    ['a copy with a reference that was hashed', { cardDataSeen: true }, true],
    ['another action', { action: 'SUSPEND' }, false],
  ])('are looked at again after %s: %j %s', (_what, overrides, expected) => {
    const before = record([aRenewal()]);
    expect(isNews(before, recordRenewal(before, aRenewal(overrides), 5_000))).toBe(expected);
  });
});

describe('which tokens renewals are expected of', () => {
  it.each<[string, boolean]>([
    ['RESUMED', true],
    ['SUSPENDED', true],
    [' active ', true],
    ['ACTIVATED', true],
    ['INACTIVE', false],
    ['DEPLOYMENT_ONGOING', false],
    ['DELETED', false],
    ['ERASED', false],
    ['FROZEN', false],
    ['', false],
  ])('a token that the card lists as "%s": %s', (status, isExpected) => {
    const silent = read(record([]), aListOf({ a: status }));
    expect(silent.tokens).toEqual(isExpected ? [{ virtualCardId: 'a', expected: true, renewals: [] }] : []);
    const heardOf = read(record([aRenewal({ virtualCardId: 'a' })]), aListOf({ a: status }));
    expect(heardOf.tokens).toMatchObject([{ virtualCardId: 'a', expected: isExpected, renewals: [{}] }]);
  });

  it('is said by one reading: those heard of, those not heard of, and strangers', () => {
    const before = record([aRenewal({ virtualCardId: 'stranger' }), aRenewal({ virtualCardId: 'a' })]);
    const list = aListOf({ a: 'RESUMED', b: 'SUSPENDED', gone: 'DELETED' });
    const known = recordRenewal(read(before, list), aRenewal({ virtualCardId: 'late' }), 9_000);
    expect(known.expectation).toEqual({ kind: 'known' });
    expect(known.tokens.map(({ virtualCardId, expected }) => [virtualCardId, expected])).toEqual([
      ['stranger', false],
      ['a', true],
      ['b', true],
      ['late', false],
    ]);
    expect(read(known, aListOf({ late: 'RESUMED' }))).toBe(known);
  });

  it('stays the same when the token reports after the reading, and when the list names it twice', () => {
    const twice: Reading = {
      kind: 'listed',
      tokens: [
        { virtualCardId: 'token-1', status: 'RESUMED' },
        { virtualCardId: 'token-1', status: 'SUSPENDED' },
      ],
    };
    const renewals = recordRenewal(read(record([]), twice), aRenewal(), 9_000);
    expect(renewals.tokens).toMatchObject([{ virtualCardId: 'token-1', expected: true, renewals: [{}] }]);
  });

  it.each<[string, Reading]>([
    ['fails', FAILED_READING],
    ['lists nothing, which proves nothing', EMPTY_LIST],
  ])(
    'is asked again an interval after a reading that %s, five times in all, then nothing is expected',
    (_what, reading) => {
      let renewals = record([aRenewal()]);
      let now = 0;
      const at: number[] = [];
      for (let due = nextReadingAt(renewals); due !== undefined; due = nextReadingAt(renewals)) {
        at.push(due);
        now = due + 7;
        renewals = recordCardReading(renewals, reading, { now, readIntervalMs: 15 * MINUTE });
      }
      expect(at).toEqual([0, 1, 2, 3, 4].map((times) => times * (MINUTE + 7)));
      expect(renewals).toMatchObject({ expectation: { kind: 'unknown' }, tokens: [{ expected: false }] });
      expect(recordCardReading(renewals, aListOf({ a: 'RESUMED' }), { now, readIntervalMs: SECOND })).toBe(
        renewals,
      );
    },
  );

  it('is said by a later reading when the first ones fail', () => {
    const renewals = read(read(record([]), FAILED_READING), aListOf({ a: 'RESUMED' }));
    expect(renewals.tokens).toMatchObject([{ virtualCardId: 'a', expected: true }]);
    expect(nextReadingAt(renewals)).toBeUndefined();
  });

  it('is not asked when the callbacks name no card', () => {
    const renewals = beginRenewals({ issuerId: 'ISSUER1234' }, 0);
    expect(nextReadingAt(renewals)).toBeUndefined();
    expect(renewals).not.toHaveProperty('issuerCardRefId');
  });

  it('keeps at most 2,000 tokens, and counts the others', () => {
    const states = Object.fromEntries(Array.from({ length: 2_100 }, (_, index) => [`t${index}`, 'RESUMED']));
    const renewals = read(record([aRenewal({ virtualCardId: 'first' })]), aListOf(states));
    expect(renewals.tokens).toHaveLength(2_000);
    expect(renewals.omitted).toBe(101);
  });
});

describe('too much of it', () => {
  it.each<[string, number, number, (index: number) => Partial<VirtualCardChange>]>([
    ['2,000 tokens', 2_000, 2_003, (index) => ({ virtualCardId: `t${index}` })],
    ['50 renewals of one token', 50, 53, (index) => ({ correlationId: `r-${index}` })],
  ])('keeps %s, and counts the others', (_what, most, offered, toOverrides) => {
    const renewals = record(Array.from({ length: offered }, (_, index) => aRenewal(toOverrides(index))));
    expect(renewals.tokens.flatMap((token) => token.renewals)).toHaveLength(most);
    expect(renewals).toMatchObject({ omitted: offered - most, failureOmitted: false });
    expect(attentionOf(renewals)).toBeUndefined();
  });

  const full = record(Array.from({ length: 50 }, (_, index) => aRenewal({ correlationId: `r-${index}` })));

  it('does not hide a failure: one that is not kept raises attention all the same, and nothing clears it', () => {
    const failed = recordRenewal(full, aRenewal({ correlationId: 'r-50', errorCode: 231 }), 99_000);
    expect(failed).toMatchObject({ omitted: 1, failureOmitted: true });
    expect(isNews(full, failed)).toBe(true);
    const after = recordRenewal(failed, aRenewal({ correlationId: 'r-51' }), 100_000);
    expect(attentionOf(after)).toBe('RENEWAL_FAILED');
  });

  it('still counts the copies of what is kept', () => {
    const again = recordRenewal(full, aRenewal({ correlationId: 'r-0', receivedAt: '9' }), 99_000);
    expect(again).toMatchObject({ omitted: 0, lastArrivalAt: 99_000 });
    expect(again.tokens[0]?.renewals[0]).toMatchObject({ repeats: 1, lastAt: '9' });
  });

  it('keeps what is as long as 600,000 characters of JSON, and not one more', () => {
    const first = record([aRenewal()]);
    expect(first.characters).toBe(JSON.stringify(first.tokens[0]).length);
    for (const next of [aRenewal({ correlationId: 'r-2' }), aRenewal({ virtualCardId: 'token-2' })]) {
      const length = recordRenewal(first, next, 1).characters - first.characters;
      const just = recordRenewal({ ...first, characters: 600_000 - length }, next, 1);
      expect(just).toMatchObject({ omitted: 0, characters: 600_000 });
      const over = recordRenewal({ ...first, characters: 600_001 - length }, next, 1);
      expect(over).toMatchObject({ omitted: 1, characters: 600_001 - length });
      expect(over.tokens).toEqual(first.tokens);
    }
  });

  it.each([
    ['three bytes', '中'],
    ['six bytes', '\u0001'],
    ['twice escaped', '"'],
  ])('I3: fits into one message of 2 MiB although each character of it is %s', (_what, character) => {
    const longest = character.repeat(250);
    const offered = Array.from({ length: 5_000 }, (_, index) =>
      aRenewal({
        correlationId: `${index}`.padEnd(64, 'c'),
        virtualCardId: `${longest}${index % 250}`,
        errorCode: `${index}${longest}`.slice(0, 64),
      }),
    );
    const listed = Array.from({ length: 5_000 }, (_, index) => [`${longest}x${index}`, 'RESUMED'] as const);
    const renewals = read(record(offered), aListOf(Object.fromEntries(listed)));
    const kept = renewals.tokens.flatMap((token) => token.renewals).length;
    const silent = renewals.tokens.filter((token) => token.renewals.length === 0).length;
    expect(kept + silent + renewals.omitted).toBe(10_000);
    expect(Buffer.byteLength(JSON.stringify(renewals))).toBeLessThan(2_000_000);
  });
});
