/** A value inside a visibility query: quoted, so that nothing in it can end the quotation. */
export function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
