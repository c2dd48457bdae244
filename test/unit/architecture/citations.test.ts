// What code and documents cite is in the repository: sections, assumptions, sources, decisions, links and their headings.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOMS = ['src', 'workflows', 'activities', 'scripts', 'test', 'docs', 'packages'];
const FILES = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md'];
const SKIPPED = /node_modules|(^|\/)dist\/|\/histories\//;
const READ = /\.(?:ts|mjs|md)$/;

const files = [
  ...FILES,
  ...ROOMS.flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' }).map((file) => join(room, file)),
  ),
].filter((file) => READ.test(file) && !SKIPPED.test(file));
const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
const textOf = (file: string): string => texts.get(file) ?? '';

function sectionsOf(file: string): ReadonlySet<string> {
  return new Set([...textOf(file).matchAll(/^#+ (\d+(?:\.\d+)*)\.? /gm)].map(([, number = '']) => number));
}

/** A heading as a link names it. */
function anchorsOf(file: string): ReadonlySet<string> {
  const headings = [...textOf(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** What a text cites that is not there. */
function brokenCitations(file: string, text: string): readonly string[] {
  const design = sectionsOf('docs/design.md');
  const contract = sectionsOf('docs/hub-contract.md');
  const decisions = readdirSync('docs/decisions');
  const cited = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name = '']) => name);
  const isDecision = (number: string): boolean =>
    decisions.some((name) => name.startsWith(`${number.padStart(4, '0')}-`));
  const isIn = (words: RegExp) => (name: string) => words.test(name);
  return [
    ...cited(/\bdesign(?: section)? (\d+(?:\.\d+)?)\b/g)
      .filter((section) => !design.has(section))
      .map((section) => `design ${section}`),
    ...cited(/\bcontract (\d+(?:\.\d+)?)\b/g)
      .filter((section) => !contract.has(section))
      .map((section) => `contract ${section}`),
    ...cited(/\b(A-\d{2})\b/g).filter((name) => !textOf('docs/hub-contract.md').includes(name)),
    ...cited(/\b(S\d{1,2}[a-z]{0,2})\)/g).filter(
      (name) => !isIn(new RegExp(`\\| ${name} +\\|`))(textOf('docs/hub-contract.md')),
    ),
    ...cited(/\bdecision (\d{1,2})\b/g)
      .filter((number) => !isDecision(number))
      .map((number) => `decision ${number}`),
    ...(file.endsWith('.md') ? brokenLinks(file, text) : []),
  ];
}

function brokenLinks(file: string, text: string): readonly string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^(?:https?:|\/)/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? file : join(dirname(file), path);
    if (!existsSync(target)) return true;
    return anchor !== undefined && texts.has(target) && !anchorsOf(target).has(anchor);
  });
}

it('everything that is cited is there', () => {
  expect(files.length).toBeGreaterThan(300);
  const own = 'test/unit/architecture/citations.test.ts';
  const broken = files
    .filter((file) => file !== own)
    .flatMap((file) => brokenCitations(file, textOf(file)).map((what) => `${file}: ${what}`));
  expect(broken).toEqual([]);
});

it('a citation of what is not there is found', () => {
  const planted =
    'design 5.9, contract 99, A-77, (S98), decision 98, [a](nowhere.md), [b](README.md#nothing)';
  expect(brokenCitations('ARCHITECTURE.md', planted)).toEqual([
    'design 5.9',
    'contract 99',
    'A-77',
    'S98',
    'decision 98',
    'nowhere.md',
    'README.md#nothing',
  ]);
});
