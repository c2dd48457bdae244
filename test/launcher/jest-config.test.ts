// The settings of jest hold regular expressions and globs, into which it puts the path of the checkout as it is.
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

jest.setTimeout(60_000);

let folder: string;
beforeEach(() => (folder = realpathSync(mkdtempSync(join(tmpdir(), 'token-lcm-jest-config-')))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each(['plain', 'C#', 'par(en)', '[br]', 'a+b', '{c,d}', '$x^y'])(
  'each test belongs to one project, in a checkout that is named %s',
  async (name) => {
    const checkout = join(folder, name);
    for (const file of ['test/domain/a.test.ts', 'test/system/b.test.ts', 'dist/test/domain/c.test.ts']) {
      mkdirSync(dirname(join(checkout, file)), { recursive: true });
      writeFileSync(join(checkout, file), '');
    }
    writeFileSync(join(checkout, 'package.json'), '{ "type": "module" }');
    copyFileSync(resolve('jest.config.mjs'), join(checkout, 'jest.config.mjs'));
    symlinkSync(resolve('node_modules'), join(checkout, 'node_modules'));
    expect(await testsOf(checkout, 'pure')).toEqual(['a.test.ts']);
    expect(await testsOf(checkout, 'server')).toEqual(['b.test.ts']);
  },
);

async function testsOf(checkout: string, project: string): Promise<string[]> {
  const runner = resolve('node_modules/jest/bin/jest.js');
  const args = [runner, '--listTests', '--selectProjects', project];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: checkout });
  return stdout
    .split('\n')
    .filter((line) => line.endsWith('.ts'))
    .map((file) => basename(file));
}
