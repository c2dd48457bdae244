// The long-running children of a start, in the order in which they were started, and how they end: the last one first, so
// that the service goes before the hub it calls and the Temporal server it needs.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { LauncherError, indent } from './errors.mjs';
import { guard } from './processes/guard.mjs';
import { forgetProcess, recordProcess } from './processes/leftovers.mjs';
import { identify } from './processes/processes.mjs';
import { dataFolder, inData, projectFolder } from './project.mjs';
import { createTail } from './processes/run.mjs';

const tailLines = 25;
const longestPauseMs = 250;

/** `print` gets what the children print that are shown. */
export function createStack({ print }) {
  const children = [];
  let stopping;
  let hurried = false;

  return {
    /**
     * `output: 'show'` passes on what the child prints, a file name puts it into `.lcm/`. A child in a group of its own does
     * not get the terminal's Ctrl-C.
     */
    start({ name, command, args, env, output, ownGroup, graceMs }) {
      if (stopping) throw new LauncherError(`${name} is not started any more: stopping.`);
      const child = startChild({ name, command, args, env, output, ownGroup, graceMs, print });
      children.push(child);
      return child;
    },

    /** The first child that ends, if anything does. */
    async firstToEnd() {
      return Promise.race(children.map(async (child) => ({ child, how: await child.ended })));
    },

    get isStopping() {
      return stopping !== undefined;
    },

    /** Ends all, one after the other. A second call waits for the same end. */
    stop(/** @type {{ onStop?: (name: string) => void }} */ { onStop = () => {} } = {}) {
      stopping ??= (async () => {
        for (const child of [...children].reverse()) {
          if (child.hasEnded()) continue;
          onStop(child.name);
          await child.stop({ isHurried: () => hurried });
        }
      })();
      return stopping;
    },

    hurry() {
      hurried = true;
    },
  };
}

/** Waits until `check` answers true. Ends with an error when the child ends before, or the time is up. */
export async function waitUntilReady(child, { check, limitSeconds }) {
  const until = Date.now() + limitSeconds * 1000;
  let pauseMs = 25;
  while (!(await check())) {
    if (child.hasEnded()) throw new LauncherError(describeEnd(child, await child.ended));
    if (Date.now() > until) {
      throw new LauncherError(`${child.name} is not ready after ${limitSeconds} s.\n${lastOutput(child)}`);
    }
    await Promise.race([sleep(pauseMs), child.ended]);
    pauseMs = Math.min(pauseMs * 1.5, longestPauseMs);
  }
}

export function describeEnd(child, how) {
  return `${child.name} has ended (${how}).\n${lastOutput(child)}`;
}

export async function answersOk(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

function startChild({ name, command, args, env, output, ownGroup = false, graceMs, print }) {
  const toFile = output !== 'show';
  const file = toFile ? openOutput(output) : undefined;
  /** @type {import('node:child_process').StdioOptions} */
  const stdio = toFile ? ['ignore', file, file] : ['ignore', 'pipe', 'pipe'];
  const child = spawn(command, args, { cwd: projectFolder, env, stdio, detached: ownGroup });
  if (file !== undefined) closeSync(file);

  guard(child);
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity) recordProcess(name, identity);

  const tail = createTail(tailLines);
  if (!toFile) {
    passOn(child.stdout, print, tail);
    passOn(child.stderr, print, tail);
  }

  let hasEnded = false;
  const ended = new Promise((resolve) => {
    const end = (how) => {
      hasEnded = true;
      if (identity) forgetProcess(identity);
      resolve(how);
    };
    child.once('error', (error) => end(error.message));
    child.once(toFile ? 'exit' : 'close', (code, signal) =>
      end(signal ? `by ${signal}` : `exit code ${code}`),
    );
  });

  return {
    name,
    ended,
    hasEnded: () => hasEnded,
    tail: () => (toFile ? lastLinesOf(output) : tail.text()),
    outputFile: toFile ? inData(output) : undefined,
    async stop({ isHurried }) {
      child.kill('SIGTERM');
      const until = Date.now() + graceMs;
      while (!hasEnded && Date.now() < until && !isHurried())
        await Promise.race([sleep(longestPauseMs), ended]);
      if (!hasEnded) child.kill('SIGKILL');
      await ended;
    },
  };
}

function openOutput(name) {
  mkdirSync(dataFolder, { recursive: true });
  return openSync(inData(name), 'w');
}

function passOn(from, print, tail) {
  createInterface({ input: from }).on('line', (line) => {
    tail.add(line);
    print(line);
  });
}

function lastOutput(child) {
  const text = child.tail();
  const where = child.outputFile ? ` (all of it: ${child.outputFile})` : '';
  return text ? `Its last output${where}:\n${indent(text)}` : 'It printed nothing.';
}

function lastLinesOf(name) {
  return readFileSync(inData(name), 'utf8').trimEnd().split('\n').slice(-tailLines).join('\n');
}
