import type { FinalStatus } from '../report/status.js';

/** What is known of a card's tokens, as far as it decides about the whole. */
export interface Parts {
  readonly expected: readonly FinalStatus[];
  /** The expected ones and those that reported without being expected. */
  readonly all: readonly FinalStatus[];
  /** A token can still pay that must not, or nobody can say that none can. */
  readonly isExposed: boolean;
}

/** What all outcomes together mean for the card (design 5.3); undefined when they decide nothing. */
export function statusOfParts({
  expected,
  all,
  isExposed,
}: Parts): 'CONFIRMED' | 'PARTIALLY_CONFIRMED' | 'FAILED' | undefined {
  const isAny = expected.length > 0;
  if (isAny && expected.every((status) => status === 'CONFIRMED') && !isExposed) return 'CONFIRMED';
  if (all.includes('CONFIRMED')) return 'PARTIALLY_CONFIRMED';
  return isAny && expected.every((status) => status === 'FAILED') ? 'FAILED' : undefined;
}
