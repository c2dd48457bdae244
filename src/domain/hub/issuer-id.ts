/**
 * Whether a text can be the id of an issuer: exactly 10 visible characters, as the hub's header has (contract 1.1), without
 * a slash, which separates the parts of a workflow id, and without what a visibility query would have to write anew.
 */
export function isIssuerId(text: string): boolean {
  return /^(?!.*[/"'\\])[\x21-\x7e]{10}$/.test(text);
}
