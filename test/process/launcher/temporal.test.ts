import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Project, type Running, aProgram, aProject, eventually, isAlive, start } from './support.js';

jest.setTimeout(60_000);

const version = '1.8.2';
let project: Project;

beforeEach(() => {
  project = aProject();
});
afterEach(async () => project.remove());

describe('the Temporal server that is taken', () => {
  test('is the one at TEMPORAL_ADDRESS, whatever else there is', async () => {
    temporalOnPath('1.8.2');
    expect(await which({ TEMPORAL_ADDRESS: 'temporal.example:7233' })).toEqual({
      way: 'address',
      address: 'temporal.example:7233',
    });
  });

  test('is `temporal` on PATH before one in the cache', async () => {
    const binary = temporalOnPath('1.5.0');
    temporalInCache();
    expect(await which()).toEqual({ way: 'path', binary, version: '1.5.0' });
  });

  test.each(['1.4.9', '0.13.0'])('is not `temporal` on PATH of version %s, which is too old', async (old) => {
    temporalOnPath(old);
    const binary = temporalInCache();
    expect(await which()).toEqual({ way: 'cache', binary, version });
  });

  test('is not `temporal` on PATH that does not run', async () => {
    aProgram(project, 'temporal', 'process.exit(3)');
    temporalInCache();
    expect(await which()).toMatchObject({ way: 'cache' });
  });

  test('is the one in the cache before any that must be downloaded or built', async () => {
    const binary = temporalInCache();
    const environment = { LCM_TEMPORAL_DOWNLOAD: aDownloader() };
    aGo();
    expect(await which(environment)).toEqual({ way: 'cache', binary, version });
    expect(project.events()).toEqual([]);
  });

  test('is downloaded before it is built, and kept in the cache', async () => {
    const environment = { LCM_TEMPORAL_DOWNLOAD: aDownloader() };
    aGo();
    expect(await which(environment)).toMatchObject({ way: 'download', binary: cachedBinary() });
    expect(project.events()).toEqual([`downloads v${version}`]);
    expect(await which(environment)).toMatchObject({ way: 'cache' });
  });

  test('is built with Go when the download fails, and kept in the cache', async () => {
    const failing = aProgram(project, 'fails', 'process.exit(1)');
    aGo();
    expect(await which({ LCM_TEMPORAL_DOWNLOAD: failing })).toMatchObject({ way: 'build' });
    expect(await which()).toMatchObject({ way: 'cache', binary: cachedBinary() });
  });

  test('is built with the settings that keep the caches of Go usable', async () => {
    aGo();
    await which();
    const [call] = project.events();
    expect(call).toMatch(
      /^go build -v -ldflags -s -w -X .*temporalcli\.Version=1\.8\.2 -o \S+ \S+\/cmd\/temporal$/,
    );
  });

  test('is built anew when the one in the cache does not run', async () => {
    mkdirSync(join(project.cacheFolder, `temporal-${version}`), { recursive: true });
    writeFileSync(cachedBinary(), 'half a binary', { mode: 0o755 });
    aGo();
    expect(await which()).toMatchObject({ way: 'build', version });
  });
});

describe('`temporal.mjs path`', () => {
  test('prints the path alone on stdout and progress on stderr', async () => {
    aGo({ packages: 400 });
    const result = await project.run('temporal.mjs', ['path']);
    expect(result.stdout).toBe(`${cachedBinary()}\n`);
    expect(result.stderr).toMatch(/of about 1700 packages, 10 %/);
  });

  test('finds a binary even when TEMPORAL_ADDRESS is set', async () => {
    const binary = temporalOnPath(version);
    const result = await project.run('temporal.mjs', ['path'], { TEMPORAL_ADDRESS: 'temporal.example:7233' });
    expect(result.stdout).toBe(`${binary}\n`);
  });
});

test('an error names all five ways and why each failed', async () => {
  const old = temporalOnPath('1.4.0');
  const { code, stderr } = await project.run('temporal.mjs', ['which']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/1\. TEMPORAL_ADDRESS.*:\n\s+not set/);
  expect(stderr).toMatch(/2\. `temporal` on PATH.*:\n.*version 1\.4\.0; 1\.5 or newer is needed/);
  expect(stderr).toContain(old);
  expect(stderr).toMatch(
    /3\. .*built or downloaded earlier:\n\s+there is no .*cache\/temporal-1\.8\.2\/temporal/,
  );
  expect(stderr).toMatch(/4\. .*download:\n\s+switched off by LCM_TEMPORAL_DOWNLOAD/);
  expect(stderr).toMatch(/5\. .*Go toolchain:\n\s+there is no `go` on PATH/);
});

test('an error of the build shows what Go said', async () => {
  aProgram(project, 'go', "console.error('no space left on device'); process.exit(1)");
  expect((await project.run('temporal.mjs', ['path'])).stderr).toMatch(/5\. [^]*no space left on device/);
});

test('a missing package folder is a reason to go on to the next way, not a crash', async () => {
  aGo();
  expect(await which({ LCM_TEMPORAL_DOWNLOAD: 'on' })).toMatchObject({ way: 'build' });
});

describe('two processes', () => {
  test('that want the binary at once build it once, and the second says whom it waits for', async () => {
    aGo({ waitsFor: 'go-on' });
    const first = project.start('temporal.mjs', ['path']);
    await eventually(() => builds() === 1);
    const second = project.start('temporal.mjs', ['which'], { LCM_TEMPORAL_DOWNLOAD: 'off' });
    await second.says(new RegExp(`waiting for process ${first.pid} \\(temporal.mjs path`));
    writeFileSync(join(project.binFolder, 'go-on'), '');

    expect((await first.ended).stdout).toBe(`${cachedBinary()}\n`);
    expect(JSON.parse((await second.ended).stdout)).toMatchObject({ way: 'cache', binary: cachedBinary() });
    expect(builds()).toBe(1);
  });

  test('that find the lock of a dead one build once', async () => {
    await leaveStaleLock();
    aGo();
    const both = await Promise.all([
      project.run('temporal.mjs', ['path']),
      project.run('temporal.mjs', ['path']),
    ]);
    expect(both.map(({ stdout }) => stdout)).toEqual([`${cachedBinary()}\n`, `${cachedBinary()}\n`]);
    expect(builds()).toBe(1);
  });
});

describe('a process that is killed in the middle of a build', () => {
  let go: number;

  beforeEach(async () => {
    const killed = await aRunningBuild();
    killed.kill('SIGKILL');
    await killed.ended;
  });

  test('leaves no half file under the name of the binary', () => {
    expect(existsSync(cachedBinary())).toBe(false);
  });

  test('leaves no compiler at work', async () => {
    await eventually(
      () => !isAlive(go),
      () => 'the end of Go',
    );
  });

  test('does not keep the next one from building, which tidies up', async () => {
    aGo();
    expect(await which()).toMatchObject({ way: 'build' });
    expect(readdirSync(project.cacheFolder)).toEqual([`temporal-${version}`]);
  });

  async function aRunningBuild(): Promise<Running> {
    aGo({ waitsFor: 'never' });
    const child = project.start('temporal.mjs', ['path']);
    await eventually(() => builds() === 1);
    go = Number(readFileSync(join(project.binFolder, 'go.pid'), 'utf8'));
    return child;
  }
});

describe('the lock', () => {
  test('of a dead process is taken over', async () => {
    await leaveStaleLock();
    aGo();
    expect(await which()).toMatchObject({ way: 'build' });
  });

  test('of a process whose id somebody else has now is taken over', async () => {
    const lock = await leaveStaleLock();
    const holder = JSON.parse(readFileSync(lock, 'utf8')) as object;
    writeFileSync(lock, JSON.stringify({ ...holder, pid: process.pid }));
    aGo();
    expect(await which()).toMatchObject({ way: 'build' });
  });

  test('that was never written to its end is taken over after a moment', async () => {
    mkdirSync(project.cacheFolder, { recursive: true });
    writeFileSync(lockFile(), '');
    aGo();
    expect(await which()).toMatchObject({ way: 'build' });
  });

  test('of a zombie is taken over', async () => {
    aGo({ waitsFor: 'never' });
    // The shell becomes a `sleep`, which never asks how its child ended: the killed child stays a zombie.
    const parent = start(
      '/bin/sh',
      ['-c', `"${process.execPath}" scripts/temporal.mjs path & exec /bin/sleep 60`],
      {
        cwd: project.folder,
        env: project.environment,
      },
    );
    await eventually(() => builds() === 1);
    const { pid } = JSON.parse(readFileSync(lockFile(), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');

    aGo();
    expect(await which()).toMatchObject({ way: 'build' });
    parent.kill('SIGKILL');
    await parent.ended;
  });
});

async function which(environment: Record<string, string> = {}): Promise<unknown> {
  const { code, stdout, stderr } = await project.run('temporal.mjs', ['which'], environment);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

function temporalOnPath(its: string): string {
  return aProgram(project, 'temporal', `console.log('temporal version ${its} (Server 1.31.2, UI 2.50.1)')`);
}

function temporalInCache(): string {
  aProgram(
    project,
    `../cache/temporal-${version}/temporal`,
    `console.log('temporal version ${version} (Server 1.31.2)')`,
  );
  return cachedBinary();
}

function aDownloader(): string {
  return aProgram(
    project,
    'downloader.cjs',
    `const [folder, version] = process.argv.slice(2);
     note('downloads ' + version);
     ${binaryWriter}
     writeBinary(folder + '/cli-' + version);`,
  );
}

/** Writes half of the binary at once, and the rest when the file `waitsFor` is there. */
function aGo({ packages = 3, waitsFor }: { packages?: number; waitsFor?: string } = {}): void {
  aProgram(
    project,
    'go',
    `const { existsSync, writeFileSync } = require('node:fs');
     if (process.argv[2] === 'version') { console.log('go version go1.26.4'); process.exit(0); }
     const output = process.argv[process.argv.indexOf('-o') + 1];
     writeFileSync(output, 'half');
     writeFileSync(__dirname + '/go.pid', String(process.pid));
     note(['go', ...process.argv.slice(2)].join(' '));
     for (let count = 0; count < ${packages}; count += 1) console.error('example.com/package-' + count);
     ${binaryWriter}
     const timer = setInterval(() => {
       if (${waitsFor === undefined ? 'false' : `!existsSync(__dirname + '/${waitsFor}')`}) return;
       writeBinary(output);
       clearInterval(timer);
     }, 50);`,
  );
}

const binaryWriter = `const writeBinary = (file) => require('node:fs').writeFileSync(
  file, '#!${process.execPath}\\nconsole.log("temporal version ${version} (Server 1.31.2)")', { mode: 0o755 });`;

/** As a process leaves it that was killed while it built, and whose guardian has ended too. */
async function leaveStaleLock(): Promise<string> {
  aGo({ waitsFor: 'never' });
  const child = project.start('temporal.mjs', ['path']);
  await eventually(() => builds() === 1);
  const text = readFileSync(lockFile(), 'utf8');
  const { guardian } = JSON.parse(text) as { guardian: { pid: number } };
  child.kill('SIGKILL');
  await child.ended;
  await eventually(
    () => !isAlive(guardian.pid),
    () => 'the end of the guardian',
  );
  writeFileSync(project.environment['EVENTS'] ?? '', '');
  return lockFile();
}

function builds(): number {
  return project.events().filter((event) => event.startsWith('go build')).length;
}

function cachedBinary(): string {
  return join(project.cacheFolder, `temporal-${version}`, 'temporal');
}

function lockFile(): string {
  return join(project.cacheFolder, `temporal-${version}.lock`);
}
