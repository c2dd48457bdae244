import { checkingIntervalMs } from '../operation/deadlines.js';
import type { ListedToken, Reading } from '../hub/reading.js';
import { toTokenState } from '../hub/token-state.js';
import { hasRoomForToken, withNewToken, type CardRenewals, type TokenRenewals } from './state.js';

/** What is expected only helps people to see what is missing: a hub that does not answer is not asked for ever. */
const MOST_READINGS = 5;

/** When the card is to be read next; undefined when it is not to be read any more. */
export function nextReadingAt({ expectation }: CardRenewals): number | undefined {
  return expectation.kind === 'unread' ? expectation.nextReadingAt : undefined;
}

/**
 * Takes the tokens that a reading of the card lists for the ones that renewals are expected of. An empty list proves
 * nothing: the card has a token, or nobody would have renewed it.
 */
export function recordCardReading(
  renewals: CardRenewals,
  reading: Reading,
  { now, readIntervalMs }: { now: number; readIntervalMs: number },
): CardRenewals {
  const { expectation } = renewals;
  if (expectation.kind !== 'unread') return renewals;
  if (reading.kind === 'listed' && reading.tokens.length > 0) return withExpected(renewals, reading.tokens);
  const failedReadings = expectation.failedReadings + 1;
  if (failedReadings >= MOST_READINGS) return { ...renewals, expectation: { kind: 'unknown' } };
  const nextAt = now + checkingIntervalMs(readIntervalMs);
  return { ...renewals, expectation: { kind: 'unread', failedReadings, nextReadingAt: nextAt } };
}

function withExpected(renewals: CardRenewals, listed: readonly ListedToken[]): CardRenewals {
  const expected = new Set(listed.filter(isRenewable).map(({ virtualCardId }) => virtualCardId));
  const known: CardRenewals = {
    ...renewals,
    expectation: { kind: 'known' },
    tokens: renewals.tokens.map((token) => ({ ...token, expected: expected.has(token.virtualCardId) })),
  };
  const heardOf = new Set(known.tokens.map(({ virtualCardId }) => virtualCardId));
  const silent = [...expected].filter((virtualCardId) => !heardOf.has(virtualCardId)).map(toSilent);
  return silent.reduce(
    (kept, token) =>
      hasRoomForToken(kept, token) ? withNewToken(kept, token) : { ...kept, omitted: kept.omitted + 1 },
    known,
  );
}

/** Only active and suspended tokens are renewed with a callback (contract 3.2). */
function isRenewable({ status }: ListedToken): boolean {
  const state = toTokenState(status);
  return state === 'RESUMED' || state === 'SUSPENDED';
}

function toSilent(virtualCardId: string): TokenRenewals {
  return { virtualCardId, expected: true, renewals: [] };
}
