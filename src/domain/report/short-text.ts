const MOST_BYTES = 160;

/**
 * The beginning of somebody else's text for the summary of a workflow, a timer or an activity. The server takes 400 bytes of
 * JSON for one; of what JSON writes in six bytes a question mark is left.
 */
export function toShortText(text: string): string {
  let short = '';
  let bytes = 0;
  for (const character of text.replace(/[\p{Cc}\p{Cs}]/gu, '?')) {
    bytes += bytesOf(character);
    if (bytes > MOST_BYTES) return `${short}…`;
    short += character;
  }
  return short;
}

function bytesOf(character: string): number {
  if (character === '"' || character === '\\') return 2;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}
