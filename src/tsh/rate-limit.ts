/**
 * At most `limit` requests in any window of time. Counting the window, and not filling a bucket, keeps the promise of the
 * setting's name: a bucket of the same size lets twice as many through in the second after a quiet one.
 */
export interface RateLimit {
  readonly limit: number;
  readonly windowMs: number;
  /** When the last requests went out, oldest first, at most `limit`. */
  readonly entries: readonly number[];
  /** The latest time that somebody was told to come back at. */
  readonly promisedAt: number;
}

/** Rates below one and between whole numbers are kept by a longer or shorter window: 0.5 is one in two seconds. */
export function beginRateLimit(maxRequestsPerSecond: number): RateLimit {
  if (!(maxRequestsPerSecond > 0)) throw new RangeError('maxRequestsPerSecond must be above 0');
  const limit = Math.max(1, Math.floor(maxRequestsPerSecond));
  return { limit, windowMs: (limit / maxRequestsPerSecond) * 1000, entries: [], promisedAt: 0 };
}

/** How long until the next request may go out; 0 for now. */
export function rateWaitMs(rate: RateLimit, now: number): number {
  const oldest = rate.entries[0];
  return oldest === undefined || rate.entries.length < rate.limit
    ? 0
    : Math.max(0, oldest + rate.windowMs - now);
}

export function enterRateLimit(rate: RateLimit, now: number): RateLimit {
  return { ...rate, entries: [...rate.entries, now].slice(-rate.limit) };
}

/** Beyond this, times are given out from the start again: who comes back in vain is told anew. */
const LONGEST_PROMISE_MS = 60_000;

/** The time at which a refused caller should come back: each gets a later one, as far apart as requests may be. */
export function promiseTurn(
  rate: RateLimit,
  now: number,
): { readonly rate: RateLimit; readonly waitMs: number } {
  const soonest = now + rateWaitMs(rate, now);
  const next = Math.max(soonest, rate.promisedAt + rate.windowMs / rate.limit);
  const promisedAt = next - now > LONGEST_PROMISE_MS ? soonest : next;
  return { rate: { ...rate, promisedAt }, waitMs: promisedAt - now };
}
