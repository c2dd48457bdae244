import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const INVARIANTS = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8'];

/** The invariants that titles in this folder name, `I1, I2: …`. */
function namedIn(folder: string): Set<string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const tests = files.filter((file) => file.endsWith('.test.ts')).map((file) => join(folder, file));
  const titles = tests.flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(/['"`](I\d(?:, I\d)*)[:'"`]/g),
  ]);
  return new Set(titles.flatMap(([, named = '']) => named.split(', ')));
}

it('every invariant of the README has tests that name it, and no test names another', () => {
  const readme = readFileSync('README.md', 'utf8');
  expect([...readme.matchAll(/^\| (I\d) /gm)].map(([, name]) => name)).toEqual(INVARIANTS);
  expect([...namedIn('test')].toSorted()).toEqual(INVARIANTS);
});

it.each(INVARIANTS)('%s is guarded where real workflows or processes run too', (invariant) => {
  const folders = ['test/process/replay', 'test/temporal', 'test/system', 'test/long'];
  expect(folders.flatMap((folder) => [...namedIn(folder)])).toContain(invariant);
});
