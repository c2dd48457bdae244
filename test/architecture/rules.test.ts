import { readFileSync } from 'node:fs';

/** One row of a table: what is claimed, and the tests whose titles say it. */
interface Row {
  readonly claim: string;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

/** A cell names a test file, then its titles, each as code; a title may begin with those of its groups. */
function toRow(line: string): Row {
  const [, claim = '', tests = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
  const codes = [...tests.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll('\\|', '|'));
  let file = '';
  return {
    claim,
    tests: codes.flatMap((code) => {
      if (!code.endsWith('.test.ts')) return [{ file, title: code }];
      file = `test/${code}`;
      return [];
    }),
  };
}

/** The rows of all tables of a document. */
function toRows(markdown: string): Row[] {
  const lines = markdown.split('\n').filter((line) => line.startsWith('|'));
  return lines.filter((line) => !/^\| (Claim|-+) /.test(line)).map(toRow);
}

/** Whether the file's text has this title, and those of its groups, as they are written there. */
function hasTitle(source: string, title: string): boolean {
  return title
    .split(' › ')
    .every((part) => [`'${part}'`, `"${part}"`, `\`${part}\``].some((literal) => source.includes(literal)));
}

/** What is wrong with a row; empty when nothing is. */
function faultsOf({ claim, tests }: Row): string[] {
  if (claim === '' || tests.length === 0) return [`no claim, or no test: ${claim}`];
  return tests
    .filter(({ file, title }) => !hasTitle(readFileSync(file, 'utf8'), title))
    .map(({ file, title }) => `${file} has no "${title}"`);
}

const rows = toRows(readFileSync('docs/rules.md', 'utf8'));

it('reads the rules', () => {
  expect(rows.length).toBeGreaterThan(100);
});

it('every rule has a test whose title says it', () => {
  expect(rows.flatMap(faultsOf)).toEqual([]);
});

it('finds a title that is not there, a rule without a test, and a test without a rule', () => {
  const file = 'domain/agenda.test.ts';
  const faults = toRows(
    [
      `| it sends | \`${file}\` \`the agenda › reads once at a time\` |`,
      `| it sends | \`${file}\` \`reads twice at a time\` |`,
      `| it sends | \`${file}\` \`the plan › reads once at a time\` |`,
      `| it sends | \`${file}\` |`,
      `|  | \`${file}\` \`reads once at a time\` |`,
    ].join('\n'),
  ).map((row) => faultsOf(row).length);
  expect(faults).toEqual([0, 1, 1, 1, 1]);
});
