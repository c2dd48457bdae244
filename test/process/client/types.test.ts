import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

jest.setTimeout(60_000);

it('the types of the client are those of the API’s document: npm run openapi writes them', () => {
  const program = `
    import { readFileSync } from 'node:fs';
    import { toClientTypes } from './scripts/lib/prepare/client-types.mjs';
    process.stdout.write(await toClientTypes(JSON.parse(readFileSync('docs/openapi.json', 'utf8'))));
  `;
  const made = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  expect(made).toContain('export interface Operation ');
  expect(readFileSync('packages/client/src/api-types.ts', 'utf8')).toBe(made);
});
