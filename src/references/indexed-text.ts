import { createHash } from 'node:crypto';

/**
 * A text of somebody else's as it may stand in a workflow id, in a search attribute and in a query for one: as it is wherever
 * that is possible, else its hash. Half a surrogate pair has no UTF-8, databases refuse a zero, the server rewrites other
 * control characters in queries, and an id has at most 1,000 bytes. The text itself is kept in the change (I7).
 */
export function toIndexedText(text: string): string {
  return canBeIndexed(text) ? text : hashText(text);
}

/** With room for the rest of a workflow id, which has at most 1,000. */
const MOST_BYTES = 900;
const UNFIT = /[\p{Cc}\p{Cs}]/u;

function canBeIndexed(text: string): boolean {
  return !UNFIT.test(text) && Buffer.byteLength(text, 'utf8') <= MOST_BYTES;
}

/** Over UTF-16: in UTF-8 all halves of pairs would be the same. */
function hashText(text: string): string {
  return `sha256:${createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, 16)}`;
}
