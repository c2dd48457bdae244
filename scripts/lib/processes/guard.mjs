// What ends our children when the launcher itself is killed and can no longer do it. A second, tiny process holds the other
// end of a pipe; when the pipe closes, the launcher is gone, and it ends the children that were named to it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { identify } from './processes.mjs';

let guardian;

/** Also called by the lock: as long as the guardian lives, there is still something to be tidied up. */
export function guardianIdentity() {
  guardian ??= startGuardian();
  return guardian.identity;
}

export function guard(child, { signal = 'SIGTERM', graceMs = 2000 } = {}) {
  guardianIdentity();
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) return;
  tell({ guard: { ...identity, signal, graceMs } });
  child.once('exit', () => tell({ release: identity.pid }));
}

function startGuardian() {
  // In a group of its own, so that Ctrl-C in the terminal does not reach it.
  const child = spawn(process.execPath, [fileURLToPath(new URL('guardian.mjs', import.meta.url))], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  child.unref();
  // A pipe of a child is a socket, which may keep us alive.
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return { identity: identify(child.pid), stdin: child.stdin };
}

function tell(message) {
  guardian.stdin.write(`${JSON.stringify(message)}\n`);
}
