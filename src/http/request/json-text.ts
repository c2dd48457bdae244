/**
 * The value of a JSON text. An object that names a field twice is none: two readers of it could disagree about what was
 * asked for.
 * @throws {SyntaxError} whose message quotes the text: never to be shown.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (repeatsField(text)) throw new SyntaxError('a field is named twice');
  return value;
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** Whether an object in a valid JSON text has a name twice, however it is spelt. */
function repeatsField(text: string): boolean {
  const open: Set<string>[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      // A string before a colon is a name; its escapes are undone before it is compared.
      const name = JSON.parse(last) as string;
      const names = open.at(-1);
      if (names?.has(name) === true) return true;
      names?.add(name);
    }
    last = token;
  }
  return false;
}
