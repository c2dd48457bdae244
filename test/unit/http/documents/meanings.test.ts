import { readFileSync } from 'node:fs';

import { ADVICE_CODES, ADVICE_MEANINGS } from '../../../../src/domain/report/advice-codes.js';
import { ATTENTION_REASONS } from '../../../../src/domain/report/attention.js';
import { FINAL_STATUSES, RUNNING_STATUSES } from '../../../../src/domain/report/status.js';
import { createApiDocument } from '../../../../src/http/openapi/api-document.js';
import { ATTENTION_MEANINGS, STATUS_MEANINGS } from '../../../../src/http/schemas/meanings.js';

interface Schema {
  readonly description?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

const schemas = (createApiDocument().components?.schemas ?? {}) as unknown as Readonly<
  Record<string, Schema>
>;
const STATUSES = [...RUNNING_STATUSES, ...FINAL_STATUSES];

/** The second cell of each row of all tables whose first one is a word in capitals, by that word. */
function tablesOf(file: string): Readonly<Record<string, readonly string[]>> {
  const rows = [...readFileSync(file, 'utf8').matchAll(/^\| `([A-Z_]+)` +\| (.+?) +\|/gm)];
  return Object.fromEntries(
    rows.map(([, word = '']) => [
      word,
      rows.filter(([, other]) => other === word).map(([, , meaning = '']) => meaning),
    ]),
  );
}

describe.each([
  ['status', STATUSES, STATUS_MEANINGS, schemas['OperationStatus'], 'docs/api.md'],
  ['attention', ATTENTION_REASONS, ATTENTION_MEANINGS, schemas['Attention'], 'docs/operations.md'],
  [
    'code of advice',
    ADVICE_CODES,
    ADVICE_MEANINGS,
    schemas['Advice']?.properties?.['code'],
    'docs/operations.md',
  ],
] as const)('each %s', (_what, words, meanings: Readonly<Record<string, string>>, schema, file) => {
  it('is explained by the document of the API, in its order', () => {
    const lines = (schema?.description ?? '').split('\n').filter((line) => line.startsWith('- '));
    expect(lines).toEqual(words.map((word) => `- \`${word}\`: ${meanings[word]}`));
  });

  it(`is explained in ${file} by the same words`, () => {
    const tables = tablesOf(file);
    for (const word of words) expect([word, tables[word]]).toEqual([word, [meanings[word]]]);
  });
});

it('every field of what is sent or answered has a description, also within lists', () => {
  const bare = Object.entries(schemas).flatMap(([name, schema]) => bareFieldsOf(name, schema));
  // Their names say all there is.
  expect(bare).toEqual(['Alive.alive', 'Ready.ready', 'NotReady.ready']);
});

function bareFieldsOf(path: string, { properties = {}, items }: Schema): string[] {
  const ofFields = Object.entries(properties).flatMap(([field, schema]) => [
    ...(isDescribed(schema) ? [] : [`${path}.${field}`]),
    ...bareFieldsOf(`${path}.${field}`, schema),
  ]);
  return items === undefined ? ofFields : [...ofFields, ...bareFieldsOf(path, items)];
}

function isDescribed({ description, $ref }: Schema): boolean {
  if ($ref === undefined) return description !== undefined;
  return schemas[$ref.split('/').at(-1) ?? '']?.description !== undefined;
}
