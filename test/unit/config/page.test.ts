import { readFileSync } from 'node:fs';
import { toConfigurationPage } from '../../../src/config/page.js';
import { VARIABLES } from '../../../src/config/variables.js';

const page = readFileSync('docs/configuration.md', 'utf8');

it('the page of the variables is what the code reads: npm run openapi writes it', () => {
  const [introduction = ''] = page.split('\n| Variable ');
  expect(page).toBe(toConfigurationPage(introduction));
});

it('says of each variable what it is', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| (.*) \| (.*) \| (.+) \|$/gm)];
  expect(rows.map(([, name]) => name)).toEqual(Object.keys(VARIABLES));
});
