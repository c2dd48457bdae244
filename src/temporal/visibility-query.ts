/** A value inside a visibility query: quoted, so that nothing in it can end the quotation. */
export function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/**
 * Whether an equality with this value finds what it should. The server's parser writes these characters anew before it
 * compares, so that a quoted value with one of them never matches; whoever looks for it has to compare by himself.
 */
export function isExpressible(value: string): boolean {
  return !INEXPRESSIBLE.test(value);
}

/**
 * A condition that finds every workflow whose attribute has this value, and with a value that cannot be expressed also
 * others: whoever asks compares what is found by himself. Undefined when nothing of the value can be expressed.
 */
export function narrowedTo(attribute: string, value: string): string | undefined {
  if (isExpressible(value)) return `${attribute} = ${quoted(value)}`;
  const beginning = value.slice(0, value.search(INEXPRESSIBLE));
  return beginning === '' ? undefined : `${attribute} STARTS_WITH ${quoted(beginning)}`;
}

const INEXPRESSIBLE = /["\\\p{Cc}]/u;
