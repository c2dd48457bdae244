// Commands that run to their end: npm, tsc, go, jest. They are guarded, so none goes on alone when we are killed.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { guard } from './guard.mjs';
import { projectFolder } from '../project.mjs';
import { environment } from '../prepare/settings.mjs';

const tailLines = 40;
/** @type {import('node:child_process').StdioOptions} */
const inherited = ['ignore', 'inherit', 'inherit'];
/** @type {import('node:child_process').StdioOptions} */
const piped = ['ignore', 'pipe', 'pipe'];
// The longest that a timer can wait.
const longest = 2 ** 31 - 1;

/**
 * @typedef {{ cwd?: string, env?: NodeJS.ProcessEnv, inherit?: boolean, onLine?: (line: string) => void,
 *   limitMs?: number, abort?: AbortSignal, signal?: NodeJS.Signals, graceMs?: number }} RunOptions
 */

/**
 * `onLine` gets every line of both outputs; `inherit` shows them as they come instead. A command that failed, could not be
 * started (`notFound`), took longer than `limitMs` or was given up by `abort` is not `ok`; `tail` holds its last lines.
 */
export function run(command, args, /** @type {RunOptions} */ options = {}) {
  const { cwd = projectFolder, env = environment(), inherit = false, onLine = () => {} } = options;
  const { limitMs, abort, signal = 'SIGTERM', graceMs = 2000 } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: inherit ? inherited : piped });
    guard(child, { signal, graceMs });

    const tail = createTail(tailLines);
    for (const output of [child.stdout, child.stderr]) {
      if (!output) continue;
      createInterface({ input: output }).on('line', (line) => {
        tail.add(line);
        onLine(line);
      });
    }

    const giveUp = () => {
      child.kill(signal);
      setTimeout(() => child.kill('SIGKILL'), graceMs).unref();
    };
    const tooLong = setTimeout(() => {
      tail.add(`(given up after ${(limitMs ?? longest) / 1000} s)`);
      giveUp();
    }, limitMs ?? longest);
    abort?.addEventListener('abort', giveUp);

    child.once('error', (error) => {
      clearTimeout(tooLong);
      resolve({ ok: false, notFound: 'code' in error && error.code === 'ENOENT', tail: error.message });
    });
    child.once('close', (code, killedBy) => {
      clearTimeout(tooLong);
      abort?.removeEventListener('abort', giveUp);
      if (killedBy) tail.add(`(ended by ${killedBy})`);
      resolve({ ok: code === 0, code: code ?? undefined, tail: tail.text() });
    });
  });
}

export function createTail(count) {
  const lines = [];
  return {
    add(line) {
      lines.push(line);
      if (lines.length > count) lines.shift();
    },
    text: () => lines.join('\n'),
  };
}
