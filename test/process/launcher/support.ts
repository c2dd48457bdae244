import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const repository = resolve(__dirname, '..', '..', '..');
const waitLimitMs = 20_000;
/** `nobody`, nearly everywhere; only root has to become somebody else, since no permission holds it. */
const strangerId = 65_534;

/** A checkout with the real launcher, in which compiler, bundler, npm, Go, Temporal and the service are fakes. */
export interface Project {
  readonly folder: string;
  readonly cacheFolder: string;
  /** The only folder on PATH. */
  readonly binFolder: string;
  readonly environment: Record<string, string>;
  /** `scripts/{script}`, started. */
  start(script: string, args?: string[], environment?: Record<string, string>): Running;
  /** `scripts/{script}`, run to its end. */
  run(script: string, args?: string[], environment?: Record<string, string>): Promise<Finished>;
  /** Gives everything in the folder away, and runs `scripts/{script}` as somebody to whom permissions apply. */
  runAsStranger(script: string, environment?: Record<string, string>): Promise<Finished>;
  write(file: string, text: string): void;
  read(file: string): string;
  has(file: string): boolean;
  delete(file: string): void;
  /** What the fakes noted, in order. */
  events(): string[];
  /** Ends what is left and removes the folder. */
  remove(): Promise<void>;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Finished>;
  output(): string;
  /** Waits until the output matches. */
  says(pattern: RegExp): Promise<RegExpMatchArray>;
  kill(signal: NodeJS.Signals): void;
}

export function aProject({ name = 'project' } = {}): Project {
  const root = mkdtempSync(join(tmpdir(), 'token-lcm-launcher-'));
  const folder = join(root, name);
  const cacheFolder = join(root, 'cache');
  const binFolder = join(root, 'bin');
  const homeFolder = join(root, 'home');
  const eventsFile = join(root, 'events');
  const running: Running[] = [];
  const environment = {
    PATH: binFolder,
    HOME: homeFolder,
    LCM_CACHE_DIR: cacheFolder,
    LCM_TEMPORAL_DOWNLOAD: 'off',
    EVENTS: eventsFile,
  };

  const project: Project = {
    folder,
    cacheFolder,
    binFolder,
    environment,
    start(script, args = [], more = {}) {
      const child = start(process.execPath, [join('scripts', script), ...args], {
        cwd: folder,
        env: { ...environment, ...more },
      });
      running.push(child);
      return child;
    },
    run: async (script, args, more) => project.start(script, args, more).ended,
    async runAsStranger(script, more = {}) {
      const isRoot = process.getuid?.() === 0;
      if (isRoot) await promisify(execFile)('chown', ['-R', String(strangerId), root]);
      const user = isRoot ? { uid: strangerId, gid: strangerId } : {};
      return start(process.execPath, [join('scripts', script)], {
        cwd: folder,
        env: { ...environment, ...more },
        ...user,
      }).ended;
    },
    write(file, text) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    },
    read: (file) => readFileSync(join(folder, file), 'utf8'),
    has: (file) => existsSync(join(folder, file)),
    delete: (file) => rmSync(join(folder, file)),
    events: () => (existsSync(eventsFile) ? readFileSync(eventsFile, 'utf8').trimEnd().split('\n') : []),
    async remove() {
      for (const child of running) child.kill('SIGKILL');
      await Promise.all(running.map(async ({ ended }) => ended));
      // The guardians now end what their launchers had started; until then the fakes write into this folder.
      await eventually(() => !startedProcesses(project.events()).some(isAlive));
      rmSync(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };

  mkdirSync(binFolder, { recursive: true });
  mkdirSync(homeFolder);
  cpSync(join(repository, 'scripts'), join(folder, 'scripts'), { recursive: true });
  cpSync(join(repository, '.ci'), join(folder, '.ci'), { recursive: true });
  cpSync(join(repository, 'tools/temporal/go.mod'), join(folder, 'tools/temporal/go.mod'));
  project.write('package.json', '{ "type": "module", "engines": { "node": ">=20.12" } }');
  project.write('package-lock.json', '{}');
  project.write('node_modules/.package-lock.json', '{}');
  return project;
}

/** A program on the project's PATH, as the text of a CommonJS module; `note(text)` writes to the events. */
export function aProgram(project: Project, name: string, source: string): string {
  const file = join(project.binFolder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!${process.execPath}\n${noteFunction}${source}`, { mode: 0o755 });
  return file;
}

export const noteFunction =
  "const note = (text) => require('node:fs').appendFileSync(process.env.EVENTS, text + '\\n');\n";

export function start(
  command: string,
  args: string[],
  options: { cwd: string; env: Record<string, string>; uid?: number; gid?: number },
): Running {
  // A group of its own, like a command in a terminal.
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = endOf(child).then((code) => ({ code, stdout, stderr }));
  const output = () => stdout + stderr;
  return {
    pid: child.pid ?? 0,
    ended,
    output,
    async says(pattern) {
      await eventually(
        () => pattern.test(output()),
        () => `to say ${String(pattern)}, but it said:\n${output()}`,
      );
      return output().match(pattern) as RegExpMatchArray;
    },
    kill: (signal) => void child.kill(signal),
  };
}

export async function eventually(
  check: () => boolean | Promise<boolean>,
  describe: () => string = () => String(check),
): Promise<void> {
  const until = Date.now() + waitLimitMs;
  while (!(await check())) {
    if (Date.now() > until) throw new Error(`Waited ${waitLimitMs} ms for ${describe()}`);
    await sleep(50);
  }
}

/** The process ids in events like `temporal starts as 123`. */
export function startedProcesses(events: string[]): number[] {
  return events.flatMap((event) => / starts as (\d+)$/.exec(event)?.[1] ?? []).map(Number);
}

/** A zombie has ended: it holds no port and no file. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return !existsSync('/proc/self');
  }
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(servers.map(listen));
  await Promise.all(servers.map(async (server) => new Promise((done) => server.close(done))));
  return ports;
}

export async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port));
  });
}

async function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => {
    child.once('close', (code) => done(code));
  });
}
