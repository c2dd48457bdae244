import { recordCardReading } from '../../../../src/domain/unsolicited/expectation.js';
import { type CardRenewals } from '../../../../src/domain/unsolicited/index.js';
import { mergeRenewals } from '../../../../src/domain/unsolicited/merge.js';
import { toRenewalsView } from '../../../../src/domain/unsolicited/to-view.js';
import { FAILED_READING, SECOND } from '../../../support/builders.js';
import { aListOf, aRenewal, record, told } from '../../../support/renewals.js';

/** A run that was told of these, after the card was read with this result. */
function aRun(
  changes: Parameters<typeof record>[0],
  states?: Readonly<Record<string, string>>,
): CardRenewals {
  const reading = states === undefined ? FAILED_READING : aListOf(states);
  return recordCardReading(record(changes), reading, { now: 0, readIntervalMs: SECOND });
}

const at = (receivedAt: string) => ({ receivedAt });
const expectedOf = (runs: readonly CardRenewals[]) =>
  mergeRenewals(runs).tokens.map(({ virtualCardId, expected }) => [virtualCardId, expected]);

describe('several runs put together', () => {
  it('are nothing when there is none', () => {
    const nothing = { tokens: [], omitted: 0, failureOmitted: false, cardDataSeen: false };
    expect(mergeRenewals([])).toEqual(nothing);
  });

  it('take a copy in a later run for the same renewal: copies added up, the first and the last time kept', () => {
    const first = aRun([aRenewal(at('2')), aRenewal(at('3'))]);
    const second = aRun([
      aRenewal(at('5')),
      aRenewal(at('6')),
      aRenewal({ ...at('7'), correlationId: 'r-2' }),
    ]);
    const { tokens } = mergeRenewals([first, second]);
    expect(tokens[0]?.renewals).toEqual([
      { correlationId: 'r-1', result: 'RENEWED', firstAt: '2', lastAt: '6', repeats: 3 },
      { correlationId: 'r-2', result: 'RENEWED', firstAt: '7', lastAt: '7', repeats: 0 },
    ]);
  });

  it('go by the time of arrival where a run of the card and one of the token overlap', () => {
    const ofCard = aRun([aRenewal(at('1')), aRenewal({ ...at('4'), correlationId: 'r-3' })]);
    const ofToken = aRun([aRenewal({ ...at('3'), correlationId: 'r-2', errorCode: 231 }), aRenewal(at('0'))]);
    const merged = mergeRenewals([ofCard, ofToken]);
    expect(told(merged)).toEqual({ 'token-1': ['r-1 RENEWED x1', 'r-2 FAILED 231', 'r-3 RENEWED'] });
    expect(merged.tokens[0]?.renewals[0]).toMatchObject({ firstAt: '0', lastAt: '1' });
  });

  it.each([
    [
      'clears the failure of an earlier one by a later success',
      [{ errorCode: 231 }],
      [{ correlationId: 'r-2' }],
      undefined,
    ],
    [
      'shows a failure after an earlier success',
      [{}],
      [{ correlationId: 'r-2', errorCode: 231 }],
      'RENEWAL_FAILED',
    ],
    [
      'raises nothing by the copy of a failure that was cleared',
      [{ errorCode: 231 }, {}],
      [{ errorCode: 231 }],
      undefined,
    ],
    ['clears nothing by the copy of an old success', [{}, { errorCode: 231 }], [{}], 'RENEWAL_FAILED'],
  ])('%s', (_what, earlier, later, attention) => {
    const words = [...earlier, ...later].map((some, index) => aRenewal({ ...some, ...at(`${index}`) }));
    const runs = [aRun(words.slice(0, earlier.length)), aRun(words.slice(earlier.length))];
    const about = { issuerCardRefId: 'card-1', open: false, partial: false, attentionOfUntold: [] };
    expect(toRenewalsView(mergeRenewals(runs), about).attention).toBe(attention);
  });

  it('expect what the latest reading says; what nobody heard of and nobody expects any more is left out', () => {
    const first = aRun([aRenewal({ virtualCardId: 'a' })], { a: 'RESUMED', b: 'RESUMED', c: 'RESUMED' });
    const second = aRun([], { a: 'DELETED', b: 'SUSPENDED', d: 'RESUMED' });
    expect(expectedOf([first, second])).toEqual([
      ['a', false],
      ['b', true],
      ['d', true],
    ]);
    expect(expectedOf([first, second, aRun([])])).toEqual(expectedOf([first, second]));
  });

  it('add up what was left out, and remember what was seen', () => {
    const left = { ...aRun([]), omitted: 2, failureOmitted: true };
    const seen = { ...aRun([aRenewal({ cardDataSeen: true })]), omitted: 3 };
    expect(mergeRenewals([left, seen])).toMatchObject({
      omitted: 5,
      failureOmitted: true,
      cardDataSeen: true,
    });
  });
});

describe('the answer of the API', () => {
  const merged = mergeRenewals([
    aRun([aRenewal({ errorCode: 231 })], { 'token-1': 'RESUMED', b: 'SUSPENDED' }),
  ]);
  const about = { issuerCardRefId: 'card-1', open: true, partial: false, attentionOfUntold: [] };

  it('has what was told, who was not heard of, and the attention', () => {
    const { receivedAt } = aRenewal();
    expect(toRenewalsView(merged, about)).toEqual({
      issuerCardRefId: 'card-1',
      tokens: [
        {
          virtualCardId: 'token-1',
          expected: true,
          renewals: [
            {
              correlationId: 'r-1',
              result: 'FAILED',
              errorCode: 231,
              firstAt: receivedAt,
              lastAt: receivedAt,
              repeats: 0,
            },
          ],
        },
        { virtualCardId: 'b', expected: true, renewals: [] },
      ],
      open: true,
      attention: 'RENEWAL_FAILED',
    });
  });

  it('of a card that nobody has heard of is empty', () => {
    expect(toRenewalsView(mergeRenewals([]), { ...about, open: false })).toEqual({
      issuerCardRefId: 'card-1',
      tokens: [],
      open: false,
    });
  });

  it('says what is missing, and what the server itself knows of runs that nobody tells of', () => {
    const untold = { ...about, partial: true, attentionOfUntold: ['CARD_DATA_SEEN'] as const };
    const none = { ...mergeRenewals([]), omitted: 7 };
    expect(toRenewalsView(none, untold)).toMatchObject({
      attention: 'CARD_DATA_SEEN',
      partial: true,
      omitted: 7,
    });
    expect(toRenewalsView(merged, untold)).toMatchObject({ attention: 'RENEWAL_FAILED', partial: true });
  });
});
