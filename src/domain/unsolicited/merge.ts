import type { CardRenewals, Renewal, TokenRenewals } from './state.js';

/** What several runs know together. */
export type MergedRenewals = Pick<CardRenewals, 'tokens' | 'omitted' | 'failureOmitted' | 'cardDataSeen'>;

/**
 * Puts together what the runs of a card's renewals know, in the order in which they began. A copy that came in a later run
 * is the same renewal. The latest reading says what is expected; what neither is expected any more nor was heard of is left out.
 */
export function mergeRenewals(runs: readonly CardRenewals[]): MergedRenewals {
  const expected = expectedOf(runs.findLast(({ expectation }) => expectation.kind === 'known'));
  const byToken = new Map<string, readonly Renewal[]>();
  for (const { virtualCardId, renewals } of runs.flatMap(({ tokens }) => tokens)) {
    const earlier = byToken.get(virtualCardId) ?? [];
    byToken.set(virtualCardId, earlier.length === 0 ? renewals : mergeLists(earlier, renewals));
  }
  const tokens = [...byToken].map(([virtualCardId, renewals]): TokenRenewals => ({
    virtualCardId,
    expected: expected.has(virtualCardId),
    renewals,
  }));
  return {
    tokens: tokens.filter((token) => token.expected || token.renewals.length > 0),
    omitted: runs.reduce((sum, { omitted }) => sum + omitted, 0),
    failureOmitted: runs.some(({ failureOmitted }) => failureOmitted),
    cardDataSeen: runs.some(({ cardDataSeen }) => cardDataSeen),
  };
}

function expectedOf(run: CardRenewals | undefined): ReadonlySet<string> {
  return new Set((run?.tokens ?? []).filter(({ expected }) => expected).map((token) => token.virtualCardId));
}

/** In order of the first arrival, for a run of the card and one of a token alone may be open at the same time. */
function mergeLists(earlier: readonly Renewal[], later: readonly Renewal[]): readonly Renewal[] {
  if (later.length === 0) return earlier;
  const merged = later.reduce<readonly Renewal[]>((kept, renewal) => {
    const same = kept.find((other) => isSame(other, renewal));
    return same === undefined
      ? [...kept, renewal]
      : kept.map((other) => (other === same ? asOne(same, renewal) : other));
  }, earlier);
  return merged.toSorted(byFirstArrival);
}

function isSame(left: Renewal, right: Renewal): boolean {
  return (
    left.correlationId === right.correlationId &&
    left.isPrimary === right.isPrimary &&
    left.errorCode === right.errorCode
  );
}

/** The first arrival in the second run was a copy, too. */
function asOne(one: Renewal, other: Renewal): Renewal {
  return {
    ...one,
    firstAt: one.firstAt < other.firstAt ? one.firstAt : other.firstAt,
    lastAt: one.lastAt > other.lastAt ? one.lastAt : other.lastAt,
    repeats: one.repeats + other.repeats + 1,
  };
}

function byFirstArrival(left: Renewal, right: Renewal): number {
  if (left.firstAt === right.firstAt) return 0;
  return left.firstAt < right.firstAt ? -1 : 1;
}
