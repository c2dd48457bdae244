import fc from 'fast-check';
import type { VirtualCardChange } from '../../../../src/domain/hub/change.js';
import { recordCardReading } from '../../../../src/domain/unsolicited/expectation.js';
import {
  attentionOf,
  beginRenewals,
  recordRenewal,
  recordRenewals,
  type CardRenewals,
} from '../../../../src/domain/unsolicited/index.js';
import { mergeRenewals } from '../../../../src/domain/unsolicited/merge.js';
import { SECOND } from '../../../support/builders.js';
import { aListOf, aRenewal, record, told } from '../../../support/renewals.js';

const RUNS = { numRuns: 2_000 };
const TOKENS = ['a', 'b', 'A'] as const;

/** Words on a few tokens, with so few ids and codes that most of them meet again. */
const word: fc.Arbitrary<VirtualCardChange> = fc
  .record({
    virtualCardId: fc.constantFrom(...TOKENS),
    correlationId: fc.constantFrom('r-1', 'r-2', 'r-3'),
    errorCode: fc.constantFrom(undefined, undefined, 231, 221, 'E1'),
    isPrimary: fc.constantFrom(undefined, true, false),
    cardDataSeen: fc.constantFrom(undefined, undefined, undefined, true),
  })
  .map(({ virtualCardId, correlationId, errorCode, isPrimary, cardDataSeen }) =>
    aRenewal({
      virtualCardId,
      correlationId,
      ...(errorCode !== undefined && { errorCode }),
      ...(isPrimary !== undefined && { isPrimary }),
      ...(cardDataSeen !== undefined && { cardDataSeen }),
    }),
  );

/** Each word is received a second after the one before it. */
const words = fc
  .array(word, { maxLength: 14 })
  .map((some) =>
    some.map((change, index) => ({ ...change, receivedAt: new Date(index * SECOND).toISOString() })),
  );

const states = fc.dictionary(
  fc.constantFrom(...TOKENS, 'c'),
  fc.constantFrom('RESUMED', 'SUSPENDED', 'ACTIVE', 'DELETED', 'INACTIVE', 'FROZEN'),
  { minKeys: 1 },
);

/** What should be known, found in another way: by sorting the words out afterwards. */
function modelOf(changes: readonly VirtualCardChange[]) {
  const spell = ({ correlationId, errorCode, isPrimary }: VirtualCardChange): string =>
    `${correlationId} ${errorCode === undefined ? 'RENEWED' : `FAILED ${errorCode}`}${isPrimary === false ? ' aux' : ''}`;
  const heardOf = [...new Set(changes.map(({ virtualCardId }) => virtualCardId))];
  const told = heardOf.map((token) => {
    const spelled = changes.filter(({ virtualCardId }) => virtualCardId === token).map(spell);
    const distinct = [...new Set(spelled)];
    const counted = distinct.map((one) => {
      const copies = spelled.filter((other) => other === one).length - 1;
      return copies === 0 ? one : `${one} x${copies}`;
    });
    const lastOf = (isAux: boolean) => distinct.filter((one) => one.endsWith(' aux') === isAux).at(-1);
    return { token, counted, failed: [true, false].some((isAux) => lastOf(isAux)?.includes('FAILED')) };
  });
  const isHashed = changes.some(({ cardDataSeen }) => cardDataSeen);
  return {
    told: Object.fromEntries(told.map(({ token, counted }) => [token, counted])),
    attention: told.some(({ failed }) => failed) ? 'RENEWAL_FAILED' : isHashed ? 'CARD_DATA_SEEN' : undefined,
  };
}

const resultOf = (renewals: Parameters<typeof attentionOf>[0]) => ({
  told: told(renewals),
  attention: attentionOf(renewals),
});

const withoutSilent = ({ tokens, ...rest }: CardRenewals) => ({
  ...rest,
  tokens: tokens.filter(({ renewals }) => renewals.length > 0),
});

describe('whatever is told of renewals, in any order and any number of times', () => {
  it('each renewal is kept once with its copies counted, and a failure shows until a success of its own token clears it', () => {
    fc.assert(
      fc.property(words, (changes) => {
        expect(resultOf(record(changes))).toEqual(modelOf(changes));
      }),
      RUNS,
    );
  });

  it('it makes no difference when the card is read, nor that the run continues as new at any time', () => {
    fc.assert(
      fc.property(
        words,
        states,
        fc.nat({ max: 14 }),
        fc.nat({ max: 14 }),
        (changes, shown, readAt, newAt) => {
          let renewals = beginRenewals({ issuerId: 'ISSUER1234', issuerCardRefId: 'card-1' }, 0);
          const read = (): CardRenewals =>
            recordCardReading(renewals, aListOf(shown), { now: 0, readIntervalMs: SECOND });
          changes.forEach((change, index) => {
            if (index === readAt) renewals = read();
            if (index === newAt) renewals = JSON.parse(JSON.stringify(renewals)) as CardRenewals;
            renewals = recordRenewal(renewals, change, 0);
          });
          renewals = read();
          expect(resultOf(withoutSilent(renewals))).toEqual({
            ...modelOf(changes),
            told: modelOf(changes).told,
          });
          const isExpected = (token: string): boolean =>
            ['RESUMED', 'SUSPENDED', 'ACTIVE'].includes(shown[token] ?? '');
          const expected = renewals.tokens
            .filter((token) => token.expected)
            .map((token) => token.virtualCardId);
          expect(expected.toSorted()).toEqual(Object.keys(shown).filter(isExpected).toSorted());
        },
      ),
      RUNS,
    );
  });

  it('it makes no difference over how many runs the words are spread, also when two are open at a time', () => {
    fc.assert(
      fc.property(words, fc.infiniteStream(fc.constantFrom(0, 1, 2)), (changes, chosen) => {
        const places = changes.map(() => chosen.next().value);
        const runs = [0, 1, 2].map((place) => record(changes.filter((_, index) => places[index] === place)));
        const { told: known, attention } = modelOf(changes);
        const merged = resultOf(mergeRenewals(runs));
        expect(merged.attention).toBe(attention);
        expect(merged.told).toEqual(known);
      }),
      RUNS,
    );
  });

  it('words that are recorded together make what they make one by one', () => {
    fc.assert(
      fc.property(words, words, states, (earlier, changes, shown) => {
        const before = recordCardReading(record(earlier), aListOf(shown), { now: 0, readIntervalMs: SECOND });
        const arrivals = changes.map((change, index) => ({ change, at: index }));
        const oneByOne = arrivals.reduce((known, { change, at }) => recordRenewal(known, change, at), before);
        expect(recordRenewals(before, arrivals)).toEqual(oneByOne);
      }),
      RUNS,
    );
  });

  it('merging one run changes nothing', () => {
    fc.assert(
      fc.property(words, states, (changes, shown) => {
        const known = recordCardReading(record(changes), aListOf(shown), { now: 0, readIntervalMs: SECOND });
        const { tokens, omitted, failureOmitted, cardDataSeen } = known;
        expect(mergeRenewals([known])).toEqual({ tokens, omitted, failureOmitted, cardDataSeen });
      }),
      RUNS,
    );
  });
});
