export interface Deadlines {
  readonly softSeconds: number;
  readonly hardSeconds: number;
}

export type DeadlinesFailure = {
  readonly field: 'softDeadlineSeconds' | 'hardDeadlineSeconds';
  readonly rule: string;
};

/** The longest deadline: 30 days. */
export const LONGEST_SECONDS = 30 * 24 * 3600;
const SHORTEST_INTERVAL_CEILING_MS = 60_000;

/**
 * The deadlines of an operation: what was asked for, completed with the defaults.
 * A soft deadline that alone lies above the default hard one takes a hard deadline of twice itself.
 */
export function chooseDeadlines(
  asked: { readonly softSeconds?: number | undefined; readonly hardSeconds?: number | undefined },
  defaults: Deadlines,
): { ok: true; value: Deadlines } | { ok: false; failure: DeadlinesFailure } {
  const softSeconds =
    asked.softSeconds ?? Math.min(defaults.softSeconds, asked.hardSeconds ?? defaults.softSeconds);
  const defaultHard =
    softSeconds > defaults.hardSeconds ? Math.min(2 * softSeconds, LONGEST_SECONDS) : defaults.hardSeconds;
  const hardSeconds = asked.hardSeconds ?? defaultHard;
  if (hardSeconds < 1) {
    return { ok: false, failure: { field: 'hardDeadlineSeconds', rule: 'at least 1 second' } };
  }
  if (softSeconds < 1) {
    return { ok: false, failure: { field: 'softDeadlineSeconds', rule: 'at least 1 second' } };
  }
  if (hardSeconds > LONGEST_SECONDS) {
    return { ok: false, failure: { field: 'hardDeadlineSeconds', rule: 'at most 30 days (2592000)' } };
  }
  if (softSeconds > hardSeconds) {
    return { ok: false, failure: { field: 'softDeadlineSeconds', rule: 'not after the hard deadline' } };
  }
  return { ok: true, value: { softSeconds, hardSeconds } };
}

/** The distance of two readings that check the same thing: the smaller of 60 s and the reading interval. */
export function checkingIntervalMs(readIntervalMs: number): number {
  return Math.min(SHORTEST_INTERVAL_CEILING_MS, readIntervalMs);
}

const LONGEST_SILENCE_INTERVAL_MS = 6 * 3600 * 1000;

/** How long after the n-th reading of a silent operation (n from 0) the next one follows: 1, 2, 4 … intervals, at most 6 h. */
export function silenceIntervalMs(readIntervalMs: number, readingsMade: number): number {
  return Math.min(
    readIntervalMs * 2 ** Math.min(readingsMade, 30),
    Math.max(LONGEST_SILENCE_INTERVAL_MS, readIntervalMs),
  );
}

const FIRST_RESEND_MS = 2_000;
const LONGEST_RESEND_MS = 5 * 60_000;
const JITTER = 0.1;

/**
 * How long to wait before the same request is sent again: 2, 4, 8 s … 5 min, up to 10 % more by chance, and
 * never less than what the hub asked for.
 * @param attempts attempts made so far, at least 1
 * @param chance a number from 0 to 1
 */
export function resendDelayMs(attempts: number, chance: number, retryAfterMs = 0): number {
  const delayMs = Math.min(FIRST_RESEND_MS * 2 ** Math.min(attempts - 1, 20), LONGEST_RESEND_MS);
  return Math.max(Math.round(delayMs * (1 + JITTER * chance)), retryAfterMs);
}
