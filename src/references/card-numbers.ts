import { createHash } from 'node:crypto';

import { holdsCardNumber, isCardNumber } from '../domain/hub/card-data.js';

/**
 * Whether a reference is a card number, bare or in groups with spaces or dashes (I6). The API and the callbacks ask the
 * same question: a reference that one of them takes is never hashed by the other.
 */
export function looksLikeCardNumber(reference: string): boolean {
  return isCardNumber(reference.replaceAll(/[\s-]/g, ''));
}

/** What is stored in place of a reference that looks like a card number: enough to tell two of them apart. */
export function hashReference(reference: string): string {
  return `sha256:${createHash('sha256').update(reference, 'utf8').digest('hex').slice(0, 16)}`;
}

/** A reference of the hub as it is stored and shown: one that looks like a card number only where that is allowed (I6). */
export function toKeptReference(reference: string, numericReferences: 'refuse' | 'allow'): string {
  const isHidden = numericReferences === 'refuse' && looksLikeCardNumber(reference);
  return isHidden ? hashReference(reference) : reference;
}

/**
 * An id that somebody else chose, as it may stand in a log line: at most as long as it may legally be, and left out
 * altogether when it holds a card number.
 */
export function toLoggedId(id: string | undefined, longest: number): string | undefined {
  if (id === undefined || looksLikeCardNumber(id) || holdsCardNumber(id)) return undefined;
  return id.slice(0, longest);
}
