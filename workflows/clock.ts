/** The time of the present workflow task. Temporal replaces `Date` in workflow code, so a replay sees the same instants. */
export function now(): number {
  return Date.now();
}

/** A number from 0 to 1, the same again in a replay. */
export function chance(): number {
  return Math.random();
}
