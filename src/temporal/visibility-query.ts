/** A value inside a visibility query: quoted, so that nothing in it can end the quotation. */
export function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/**
 * Whether an equality with this value finds what it should. The server's parser writes these characters anew before it
 * compares, so that a quoted value with one of them never matches; whoever looks for it has to compare by himself.
 */
export function isExpressible(value: string): boolean {
  return !/["\\\p{Cc}]/u.test(value);
}
