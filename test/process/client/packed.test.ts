// The packages as another team gets them: packed, installed in a folder elsewhere, compiled against and run there.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { closeServers, startApi } from '../../unit/http/support.js';

jest.setTimeout(120_000);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'token-lcm-packed-'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(closeServers);

/** Packs a package of the workspace into the folder. Answers with the path of its archive. */
function pack(name: string): string {
  const args = [
    'pack',
    '--ignore-scripts=false',
    '--json',
    '--workspace',
    name,
    '--pack-destination',
    folder,
  ];
  const told = execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [{ filename }] = JSON.parse(told.slice(told.indexOf('['))) as [{ filename: string }];
  return join(folder, filename.replace('@', '').replace('/', '-'));
}

function install(archive: string, name: string): string {
  const target = join(folder, 'node_modules', name);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '-C', target, '--strip-components=1']);
  return target;
}

function compile(file: string): void {
  const compiler = resolve('node_modules/@typescript/native/bin/tsc');
  const options = ['--strict', '--exactOptionalPropertyTypes', '--target', 'es2023', '--module', 'nodenext'];
  const types = ['--types', 'node', '--typeRoots', resolve('node_modules/@types'), '--skipLibCheck', 'false'];
  execFileSync(process.execPath, [compiler, ...options, ...types, file], { cwd: folder, stdio: 'pipe' });
}

/** The lines of the README between the fences of the block that holds `mark`. */
function exampleOf(readme: string, mark: string): string {
  const blocks = [...readFileSync(readme, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(
    ([, code = '']) => code,
  );
  const found = blocks.find((code) => code.includes(mark));
  if (found === undefined) throw new Error(`no example with ${mark}`);
  return found;
}

describe('the client', () => {
  it('needs nothing but itself, and does what the README shows', async () => {
    const target = install(pack('@token-lcm/client'), '@token-lcm/client');
    const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
    expect({ dependencies, peerDependencies }).toEqual({});
    expect(readdirSync(join(folder, 'node_modules'))).toEqual(['@token-lcm']);
    expect(readdirSync(target).sort()).toEqual(['README.md', 'dist', 'package.json']);

    const example = exampleOf('packages/client/README.md', '@token-lcm/client');
    expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(10);
    const { url, gateway } = await startApi();
    const own = example.replace(/http:\/\/127\.0\.0\.1:\d+/, url);
    expect(own).not.toBe(example);
    writeFileSync(join(folder, 'example.mts'), own);
    compile('example.mts');
    const printed = await run(join(folder, 'example.mjs'));
    expect(printed).toContain('CONFIRMED');
    expect(gateway.calls.started).toMatchObject([{ action: 'SUSPEND' }]);
    expect(gateway.calls.waited).toHaveLength(1);
  });

  it('is refused by the compiler for a request that the API would refuse', () => {
    const asked = `import { createLcmClient } from '@token-lcm/client';
const lcm = createLcmClient({ baseUrl: 'http://127.0.0.1:1', issuerId: 'ISSUER1234' });
void lcm.startOperation({ action: 'PAUSE', issuerCardRefId: 'card-1' }, { idempotencyKey: 'key-1' });
`;
    writeFileSync(join(folder, 'wrong.mts'), asked);
    expect(() => compile('wrong.mts')).toThrow(expect.objectContaining({ stdout: expect.anything() }));
    writeFileSync(join(folder, 'right.mts'), asked.replace('PAUSE', 'SUSPEND'));
    compile('right.mts');
  });

  it('has a closed union of errors: a switch over their kinds needs no default', () => {
    const exhaustive = `import { type LcmError } from '@token-lcm/client';
export function adviceOn(error: LcmError): string {
  switch (error.kind) {
    case 'problem': return error.code;
    case 'unavailable': return 'repeat';
    case 'not-final': return error.operation?.status ?? 'ask again';
    case 'aborted': return 'as you wished';
    case 'unexpected-answer': return String(error.status);
  }
}
`;
    writeFileSync(join(folder, 'exhaustive.mts'), exhaustive);
    compile('exhaustive.mts');
    writeFileSync(join(folder, 'lacking.mts'), exhaustive.replace(/^.*'aborted'.*$/m, ''));
    expect(() => compile('lacking.mts')).toThrow();
  });
});

it('the way through a Temporal client can be imported with its dependencies alone', async () => {
  const target = install(pack('@token-lcm/start'), '@token-lcm/start');
  const { dependencies, peerDependencies } = JSON.parse(
    readFileSync(join(target, 'package.json'), 'utf8'),
  ) as {
    readonly dependencies: Record<string, string>;
    readonly peerDependencies: Record<string, string>;
  };
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(join(link, '..'), { recursive: true });
    if (!existsSync(link)) symlinkSync(resolve('node_modules', name), link);
  }
  writeFileSync(
    join(folder, 'start.mjs'),
    `import { startOperation } from '@token-lcm/start'; console.log(typeof startOperation);\n`,
  );
  expect(await run(join(folder, 'start.mjs'))).toBe('function\n');
});

/** Runs a program, and answers with what it has printed. In a process of its own, while this one serves. */
async function run(file: string): Promise<string> {
  const { execFile } = await import('node:child_process');
  return new Promise((fulfil, reject) => {
    execFile(process.execPath, [file], { cwd: folder, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error === null) fulfil(stdout);
      else reject(new Error(`${stderr}${stdout}`, { cause: error }));
    });
  });
}
