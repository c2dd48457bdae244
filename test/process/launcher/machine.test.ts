// Machines, users and folders as they are, too. What cannot work is refused in one sentence, before anything is done.
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { addFakes } from './sources.js';
import {
  type Finished,
  type Project,
  type Running,
  aProgram,
  aProject,
  freePorts,
  listen,
} from './support.js';

jest.setTimeout(60_000);

const portVariables = [
  'LCM_API_PORT',
  'LCM_CALLBACK_PORT',
  'LCM_SIMULATOR_PORT',
  'LCM_TEMPORAL_PORT',
  'LCM_TEMPORAL_UI_PORT',
];
let project: Project;
let ports: Record<string, string>;

beforeEach(async () => {
  project = aProjectWithFakes();
  const free = await freePorts(portVariables.length);
  ports = Object.fromEntries(portVariables.map((name, index) => [name, String(free[index])]));
});
afterEach(async () => project.remove());

describe('the folder of the checkout', () => {
  test.each(['C#', '100%41', 'a b', "it's", '$HOME', 'par(en)+[br]', 'ünï-😀', 'semi;colon', '&amp'])(
    'may be named %s: the data of Temporal stays below it',
    async (name) => {
      await inProjectNamed(name);
      await aReadyLauncher();
      expect(project.read('.lcm/temporal.db')).toBe('data');
    },
  );

  test.each(['a!b', 'q?x', 'new\nline'])(
    'is refused with the name %j, before anything is done',
    async (name) => {
      await inProjectNamed(name);
      const result = await start();
      expectRefusal(result, /^The path of this checkout holds .+, .*: move it to .+\.$/);
    },
  );

  test('is refused when its data cannot be written', async () => {
    project.write('.lcm', 'a file where a folder should be');
    expectRefusal(await start(), /\.lcm cannot be written \(not a folder\).*npm start.*\.$/);
  });

  test.each([
    ['.lcm/temporal.db', 'a file of an earlier start'],
    ['.lcm', 'the folder of its data'],
    ['dist', 'the folder of what is built'],
  ])('is refused when this user may not write %s, %s', async (place) => {
    project.write('.lcm/temporal.db', '');
    project.write('dist/.built.json', '{}');
    chmodSync(join(project.folder, place), 0o400 + (place === '.lcm/temporal.db' ? 0 : 0o100));
    const result = await project.runAsStranger('start.mjs', ports);
    chmodSync(join(project.folder, place), 0o700);
    expectRefusal(
      result,
      new RegExp(`${place} cannot be written \\(permission denied\\), and npm start has to: .+\\.$`),
    );
  });
});

describe('the cache folder', () => {
  test('that cannot be used is refused with the variable that moves it', async () => {
    withoutTemporal();
    const file = join(project.folder, 'a-file');
    writeFileSync(file, '');
    expectRefusal(await start({ LCM_CACHE_DIR: file }), /^.*a-file cannot be written .*LCM_CACHE_DIR.*\.$/);
  });

  test('is not asked for when it is not needed', async () => {
    await aReadyLauncher({ LCM_CACHE_DIR: '/dev/null/nothing' });
  });

  test('that is relative is one in the checkout, wherever its users work', async () => {
    withoutTemporal();
    aGo();
    await project.run('temporal.mjs', ['path'], { LCM_CACHE_DIR: 'my-cache' });
    expect(project.has('my-cache/temporal-1.8.2/temporal')).toBe(true);
  });

  test('is not below a relative XDG_CACHE_HOME, which the standard says to ignore', async () => {
    const { stdout } = await cacheOf({ XDG_CACHE_HOME: 'relative' });
    expect(stdout.trim()).toBe(join(project.environment['HOME'] ?? '', '.cache', 'token-lcm'));
  });
});

describe('a user', () => {
  test.each([
    ['whose home is not there', { HOME: '/nonexistent/home' }],
    ['whose home cannot be written', { HOME: '/dev/null' }],
    ['whom the system does not know', { HOME: '', NODE_OPTIONS: `--import ${unknownUser()}` }],
  ])('%s has a cache in the checkout', async (_who, environment) => {
    const { stdout, stderr } = await cacheOf(environment);
    expect(stderr).toBe('');
    expect(stdout.trim()).toBe(join(project.folder, '.lcm', 'cache', 'token-lcm'));
  });

  test('whom the system does not know is refused, if a Temporal server would have to run as that user', async () => {
    const unknown = { USER: '', NODE_OPTIONS: `--import ${unknownUser()}` };
    const sentence = /^The system does not know the user id .*TEMPORAL_ADDRESS.*\.$/;
    expectRefusal(await start(unknown), sentence);
    const others = { TEMPORAL_ADDRESS: 'temporal.example:7233', LCM_HUB_URL: 'http://hub.example' };
    await aReadyLauncher({ ...unknown, ...others });
  });

  test('whom the system does not know is told so also when only the server finds out', async () => {
    aProgram(
      project,
      'temporal',
      `if (process.argv.includes('--version')) { console.log('temporal version 1.8.2'); process.exit(0); }
       console.error('a long line: error detecting resource: user: unknown userid 12345'); process.exit(1);`,
    );
    const { stderr } = await start({ USER: 'somebody' });
    expect(stderr.trim()).toMatch(/^The system does not know the user id .*TEMPORAL_ADDRESS.*\.$/);
  });

  test('without a home has caches of npm and Go in the checkout, and those that are set stay', async () => {
    const home = { HOME: '/nonexistent/home' };
    const own = { npm_config_cache: '/nonexistent/home/.npm', GOCACHE: join(project.folder, 'go') };
    expect(await environmentOf({ ...home, ...own })).toMatchObject({
      npm_config_cache: join(project.folder, '.lcm', 'cache', 'npm'),
      GOCACHE: join(project.folder, 'go'),
      GOPATH: join(project.folder, '.lcm', 'cache', 'go'),
    });
  });

  test('with a home has the caches of npm and Go where they are', async () => {
    const seen = await environmentOf({});
    for (const name of ['npm_config_cache', 'GOCACHE', 'GOPATH']) expect(seen).not.toHaveProperty(name);
  });
});

describe('a proxy of the environment', () => {
  const dead = 'http://user:secret@127.0.0.1:9';
  const proxies = { http_proxy: dead, https_proxy: dead, HTTPS_PROXY: dead };

  test('is for npm, Go and downloads, and not for what is on this machine', async () => {
    const seen = await environmentOf(proxies);
    expect(seen).toMatchObject(proxies);
    expect(seen).toMatchObject({
      no_proxy: 'localhost,127.0.0.1,::1,[::1]',
      NO_PROXY: 'localhost,127.0.0.1,::1,[::1]',
    });
  });

  test.each([
    [{ NO_PROXY: 'a.example' }, { no_proxy: /^a\.example,localhost,/, NO_PROXY: /^a\.example,localhost,/ }],
    [{ no_proxy: 'b.example' }, { no_proxy: /^b\.example,localhost,/, NO_PROXY: /^b\.example,localhost,/ }],
    [{ no_grpc_proxy: 'c.example' }, { no_grpc_proxy: /^c\.example,localhost,/, no_proxy: /^localhost,/ }],
    [{ no_proxy: '*' }, { no_proxy: /^\*$/, NO_PROXY: /^\*$/ }],
  ])('keeps the exceptions of the user: %j', async (given, expected) => {
    const seen = await environmentOf({ ...proxies, ...given });
    for (const [name, pattern] of Object.entries(expected)) expect(seen[name]).toMatch(pattern);
  });

  test('is nothing that tests depend on', async () => {
    const seen = await environmentOf({ ...proxies, NODE_USE_ENV_PROXY: '1' }, 'environmentForTests({})');
    expect(Object.keys(seen).filter((name) => /proxy/i.test(name))).toEqual([]);
  });

  test('does not reach the request that is printed, and its credentials are never shown', async () => {
    const launcher = await aReadyLauncher(proxies);
    expect(launcher.output()).toMatch(/^curl --noproxy '\*' -sS /m);
    expect(launcher.output()).not.toContain('secret');
  });

  test('is not asked for what the launcher itself asks of this machine', async () => {
    let asked = 0;
    const proxy = createServer((socket) => void ((asked += 1), socket.destroy()));
    const url = `http://127.0.0.1:${await listen(proxy)}`;
    // Node obeys the variables from 22.21 on, if it is told to.
    await aReadyLauncher({ http_proxy: url, HTTP_PROXY: url, NODE_USE_ENV_PROXY: '1' });
    proxy.close();
    expect(asked).toBe(0);
  });
});

test('a Node.js that is too old is refused in a sentence', async () => {
  const old = `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"18.20.4"}})`;
  const result = await start({ NODE_OPTIONS: `--import ${encodeURI(old)}` });
  expectRefusal(result, /^Node\.js 20\.12 or newer is needed, and this is 18\.20\.4: .+\.$/);
});

test.each(['/nonexistent/folder', '/dev/null'])(
  'npm test refuses a TMPDIR in which nothing can be made: %s',
  async (folder) => {
    const { stdout, code } = await project.run('test.mjs', [], { TMPDIR: folder });
    expect(stdout).toMatch(/TMPDIR.*\.\n/);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('0 passed, 1 failed');
    expect(code).toBe(1);
    expect(project.events()).toEqual([]);
  },
);

test('the packages are installed whole, whatever the settings of npm leave out', async () => {
  project.delete('node_modules/.package-lock.json');
  await project.run('setup.mjs', [], { npm_config_omit: 'optional' });
  const [ci = ''] = project.events();
  const flags = ['dev', 'optional', 'peer'].map((kind) => `--include=${kind}`);
  const others = ['--global=false', '--dry-run=false', '--package-lock-only=false', '--bin-links=true'];
  for (const flag of [...flags, ...others]) expect(ci.split(' ')).toContain(flag);
});

test('the size of the bundle is said also when something else speaks last', async () => {
  const worker = project.read('node_modules/@temporalio/worker/index.js');
  const chatter = `process.on('exit', () => console.error('(node:1) Warning: something else'));`;
  project.write('node_modules/@temporalio/worker/index.js', `${worker}\n${chatter}`);
  expect((await project.run('build.mjs')).stdout).toContain('workflow bundle 5 KB');
});

function aProjectWithFakes(name?: string): Project {
  const made = aProject(name === undefined ? {} : { name });
  addFakes(made);
  return made;
}

async function inProjectNamed(name: string): Promise<void> {
  await project.remove();
  project = aProjectWithFakes(name);
}

async function start(environment: Record<string, string> = {}): Promise<Finished> {
  return project.run('start.mjs', [], { ...ports, ...environment });
}

async function aReadyLauncher(environment: Record<string, string> = {}): Promise<Running> {
  const launcher = project.start('start.mjs', [], { ...ports, ...environment });
  await launcher.says(/^curl /m);
  return launcher;
}

/** One sentence on stderr, no stack, and nothing was done. */
function expectRefusal({ code, stderr }: Finished, sentence: RegExp): void {
  expect(stderr.trim()).toMatch(sentence);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(1);
  expect(project.events()).toEqual([]);
}

/** What a command that is started in this environment finds in its own. */
async function environmentOf(
  environment: Record<string, string>,
  expression = 'environment()',
): Promise<Record<string, string>> {
  const { stdout, stderr } = await evaluate(`settings.${expression}`, environment);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, string>;
}

async function cacheOf(given: Record<string, string>): Promise<Finished> {
  return evaluate('settings.readSettings().cacheFolder', { LCM_CACHE_DIR: '', ...given });
}

async function evaluate(expression: string, environment: Record<string, string>): Promise<Finished> {
  project.write(
    'scripts/evaluate.mjs',
    `import * as settings from './lib/prepare/settings.mjs';
     const value = ${expression};
     console.log(typeof value === 'string' ? value : JSON.stringify(value));`,
  );
  return project.run('evaluate.mjs', [], environment);
}

function withoutTemporal(): void {
  writeFileSync(join(project.binFolder, 'temporal'), '', { mode: 0o644 });
}

function aGo(): void {
  aProgram(
    project,
    'go',
    `const { writeFileSync } = require('node:fs');
     if (process.argv[2] === 'version') process.exit(0);
     const file = process.argv[process.argv.indexOf('-o') + 1];
     writeFileSync(file, '#!' + process.execPath + "\\nconsole.log('temporal version 1.8.2');", { mode: 0o755 });`,
  );
}

/** A module in which the system answers as it does for a user id that it does not know. */
function unknownUser(): string {
  const source = `import os from 'node:os';
    import { syncBuiltinESMExports } from 'node:module';
    os.homedir = () => { throw Object.assign(new Error('uv_os_homedir'), { code: 'ENOENT' }); };
    os.userInfo = os.homedir;
    syncBuiltinESMExports();`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
