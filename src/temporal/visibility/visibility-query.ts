/** A value inside a visibility query: quoted, so that nothing in it can end the quotation. */
export function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/**
 * Whether an equality with this value finds what it should. The server's parser writes some characters anew before it
 * compares, and takes a single quote at either end for a quotation of its own: such a value never matches, and whoever
 * looks for it has to compare by himself.
 */
export function isExpressible(value: string): boolean {
  return !REWRITTEN.test(value) && !value.startsWith("'") && !value.endsWith("'");
}

/**
 * A condition that finds every workflow whose attribute has this value, and with a value that cannot be expressed also
 * others: whoever asks compares what is found by himself. Undefined when nothing of the value can be expressed.
 */
export function narrowedTo(attribute: string, value: string): string | undefined {
  if (isExpressible(value)) return `${attribute} = ${quoted(value)}`;
  const [whole = ''] = value.split(REWRITTEN, 1);
  const beginning = whole.replace(/'+$/, '');
  return isExpressible(beginning) && beginning !== ''
    ? `${attribute} STARTS_WITH ${quoted(beginning)}`
    : undefined;
}

const REWRITTEN = /["\\\p{Cc}]/u;
