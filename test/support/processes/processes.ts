import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A real process of a system test. It is ended by its id, and at the latest by {@link endAllProcesses}. */
export interface TestProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it has ended and everything it wrote has been read. */
  readonly ended: Promise<Ended>;
  isRunning(): boolean;
  /** Everything it has written so far. */
  output(): string;
  /** SIGKILL: no chance to tidy up. */
  kill(): Promise<Ended>;
  /** SIGTERM, and SIGKILL when it has not ended after `graceMs`. */
  stop(graceMs?: number): Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** All that it gets, beside PATH: what this shell happens to have set must not decide a test. */
  readonly environment: Readonly<Record<string, string>>;
}

const DEFAULT_GRACE_MS = 20_000;
/** At the end of a test file nothing is left to be finished. */
const LAST_GRACE_MS = 5_000;
/** A process that was killed may take a while to be gone on a busy machine. */
const KILL_LIMIT_MS = 20_000;
const SHOWN_LINES = 15;
const SHOWN_CHARACTERS = 300;

let started: TestProcess[] = [];

export function startProcess({ name, command, args, environment }: ProcessOptions): TestProcess {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (written += text));
  }
  let hasEnded = false;
  const ended = endOf(child).then((end) => {
    hasEnded = true;
    forget(child.pid);
    return end;
  });
  guard(child.pid);

  const kill = async (): Promise<Ended> => {
    child.kill('SIGKILL');
    return within(ended, KILL_LIMIT_MS, () => `${name} survives SIGKILL`);
  };
  const running: TestProcess = {
    name,
    pid: child.pid ?? 0,
    ended,
    isRunning: () => !hasEnded,
    output: () => written,
    kill,
    async stop(graceMs = DEFAULT_GRACE_MS) {
      child.kill('SIGTERM');
      return within(ended, graceMs, () => `${name} does not stop`).catch(kill);
    },
  };
  started.push(running);
  return running;
}

/** Runs a command to its end. */
export async function runToEnd(
  options: ProcessOptions,
  limitMs = 60_000,
): Promise<Ended & { output: string }> {
  const running = startProcess(options);
  const end = await within(running.ended, limitMs, () => `${options.name} does not end`).catch(async () =>
    running.kill(),
  );
  return { ...end, output: running.output() };
}

/** Ends what is left, the youngest first, so that a service goes before the server it needs. */
export async function endAllProcesses(): Promise<void> {
  for (const running of started.toReversed()) if (running.isRunning()) await running.stop(LAST_GRACE_MS);
  started = [];
  guardian?.stdin?.end();
  guardian = undefined;
}

/** Adds what the processes said to the failure of a test: it is hard to understand without. */
export function withOutput<Row extends unknown[]>(
  test: (...row: Row) => Promise<void>,
): (...row: Row) => Promise<void> {
  return async (...row) => {
    try {
      await test(...row);
    } catch (error) {
      const said = started.filter((running) => running.output() !== '').map(lastLinesOf);
      // Not `instanceof`: an error of Node.js itself comes from outside the realm of the tests.
      if (isErrorObject(error)) error.message += `\n\n${said.join('\n')}`;
      throw error;
    }
  };
}

function isErrorObject(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === '[object Error]';
}

/** Polls until the probe is satisfied; fails with what it saw last. */
export async function until<T>(
  probe: () => T | Promise<T>,
  isRight: (seen: T) => boolean,
  withinMs = 90_000,
): Promise<T> {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    const seen = await probe();
    if (isRight(seen)) return seen;
    if (Date.now() > giveUpAt)
      throw new Error(`not so within ${withinMs} ms; last seen: ${JSON.stringify(seen)}`);
    await sleep(50);
  }
}

const promised = new Set<number>();
/** Below the ports that systems lend to outgoing connections, so that a killed server finds its own port free again. */
const PORTS = { from: 15_000, to: 32_000 };

/** A port that was free a moment ago. Who listens on it has to expect that it no longer is. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    if (promised.has(port) || !(await isFree(port))) continue;
    promised.add(port);
    return port;
  }
}

/** What a process says when somebody else was faster to listen on its port. */
export function saysPortIsTaken(text: string): boolean {
  return /already in use|EADDRINUSE/i.test(text);
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createServer();
    probe.once('error', () => answer(false));
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => answer(true)));
  });
}

export async function within<T>(work: Promise<T>, limitMs: number, what: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what()} (${limitMs} ms)`)), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

async function endOf(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: null, signal: null }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

function lastLinesOf(running: TestProcess): string {
  const all = running.output().trimEnd().split('\n');
  const lines = all.slice(-SHOWN_LINES).map((line) => line.slice(0, SHOWN_CHARACTERS));
  return [`--- ${running.name} (${running.isRunning() ? 'runs' : 'has ended'})`, ...lines].join('\n');
}

/** Holds the other end of a pipe: when the pipe closes because these tests were killed, it ends their processes. */
const GUARDIAN = `
const left = new Set();
require('node:readline').createInterface({ input: process.stdin })
  .on('line', (line) => (line > 0 ? left.add(+line) : left.delete(-line)))
  .on('close', () => left.forEach((pid) => { try { process.kill(pid, 'SIGKILL'); } catch {} }));
`;
let guardian: ChildProcess | undefined;

function guard(pid: number | undefined): void {
  if (pid === undefined) return;
  // In a group of its own, so that Ctrl-C in the terminal does not reach it.
  guardian ??= spawn(process.execPath, ['-e', GUARDIAN], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guardian.unref();
  guardian.stdin?.write(`${pid}\n`);
}

function forget(pid: number | undefined): void {
  if (pid !== undefined && guardian?.stdin?.writable === true) guardian.stdin.write(`-${pid}\n`);
}
