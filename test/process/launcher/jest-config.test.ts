// The settings of jest hold regular expressions and globs, into which it puts the path of the checkout as it is.
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';

jest.setTimeout(60_000);

let folder: string;
beforeEach(() => (folder = realpathSync(mkdtempSync(join(tmpdir(), 'token-lcm-jest-config-')))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const TIERS = ['unit', 'process', 'temporal', 'system', 'long'];

test.each(['plain', 'C#', 'par(en)', '[br]', 'a+b', '{c,d}', '$x^y'])(
  'each test belongs to one tier, in a checkout that is named %s',
  async (name) => {
    const checkout = join(folder, name);
    const files = TIERS.map((tier) => `test/${tier}/some/of-${tier}.test.ts`);
    for (const file of [...files, 'dist/test/unit/c.test.ts', 'test/support/d.test.ts']) {
      mkdirSync(dirname(join(checkout, file)), { recursive: true });
      writeFileSync(join(checkout, file), '');
    }
    for (const setup of ['temporal/shared-temporal.mjs', 'temporal/stop-shared-temporal.mjs']) {
      mkdirSync(dirname(join(checkout, 'test/support', setup)), { recursive: true });
      writeFileSync(join(checkout, 'test/support', setup), '');
    }
    writeFileSync(join(checkout, 'package.json'), '{ "type": "module" }');
    copyFileSync(resolve('jest.config.mjs'), join(checkout, 'jest.config.mjs'));
    symlinkSync(resolve('node_modules'), join(checkout, 'node_modules'));
    expect(await testsOf(checkout)).toEqual(TIERS.map((tier) => `of-${tier}.test.ts`).toSorted());
    expect(await testsOf(checkout, 'temporal')).toEqual(['of-temporal.test.ts']);
  },
);

test('every test of this project belongs to a tier', () => {
  const found = readdirSync('test', { recursive: true, encoding: 'utf8' });
  const ofTests = found.filter((file) => file.endsWith('.test.ts')).map((file) => file.split(sep)[0]);
  expect(new Set(ofTests)).toEqual(new Set(TIERS));
});

async function testsOf(checkout: string, ...tiers: readonly string[]): Promise<string[]> {
  const runner = resolve('node_modules/jest/bin/jest.js');
  const args = [runner, '--listTests', ...tiers.flatMap((tier) => ['--selectProjects', tier])];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: checkout });
  return stdout
    .split('\n')
    .filter((line) => line.endsWith('.ts'))
    .map((file) => basename(file))
    .toSorted();
}
