// A lock between processes: a file that names its holder. It needs no tidying up after a SIGKILL, because a holder that is
// no longer alive holds nothing. What it protects is safe without it too (everything is moved into place when complete):
// the lock only saves doing the same work twice.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { guardianIdentity } from './guard.mjs';
import { identify, isRunning } from './processes.mjs';

const pollMs = 100;
const beingWrittenMs = 2000;

/**
 * `onWait(holder)` is called again and again while somebody else holds it; it may throw.
 *
 * @param {string} file
 * @param {{ purpose: string, onWait?: (holder: any) => unknown }} options
 */
export async function acquireLock(file, { purpose, onWait = () => {} }) {
  for (;;) {
    const release = tryLock(file, purpose);
    if (release) return release;
    const holder = readHolder(file);
    if (holder) await onWait(holder);
    await sleep(pollMs);
  }
}

/**
 * @template T
 * @param {string} file
 * @param {{ purpose: string, onWait?: (holder: any) => unknown }} options
 * @param {() => T} work
 */
export async function withLock(file, options, work) {
  const release = await acquireLock(file, options);
  try {
    return await work();
  } finally {
    release();
  }
}

/** Who holds the lock, or `undefined` if nobody does, or nobody who is alive. */
export function readHolder(file) {
  const found = read(file);
  return found && !found.stale ? found.holder : undefined;
}

export function describeHolder(holder) {
  return `process ${holder.pid} (${holder.purpose}, since ${holder.since})`;
}

/** The holder was killed, and its guardian is still ending what it had started. */
export function isOnlyTidyingUp(holder) {
  return !isRunning(holder);
}

function tryLock(file, purpose) {
  mkdirSync(dirname(file), { recursive: true });
  const found = read(file);
  if (found && !found.stale) return undefined;
  if (found) takeAway(file, found.text);

  const text = JSON.stringify({
    ...identify(process.pid),
    guardian: guardianIdentity(),
    purpose,
    since: new Date().toISOString(),
  });
  if (!writeIfAbsent(file, text)) return undefined;
  return () => {
    if (read(file)?.text === text) rmSync(file, { force: true });
  };
}

function read(file) {
  let text;
  let ageMs;
  try {
    text = readFileSync(file, 'utf8');
    ageMs = Date.now() - statSync(file).mtimeMs;
  } catch {
    return undefined;
  }
  const holder = parseHolder(text);
  if (holder === undefined) return { text, stale: ageMs > beingWrittenMs };
  return { text, holder, stale: !isRunning(holder) && !(holder.guardian && isRunning(holder.guardian)) };
}

function parseHolder(text) {
  try {
    const holder = JSON.parse(text);
    return typeof holder?.pid === 'number' ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** Two processes may find the same stale lock. Only one can move it; a new one moved by mistake is put back. */
function takeAway(file, staleText) {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = readFileSync(aside, 'utf8');
  if (moved !== staleText) writeIfAbsent(file, moved);
  rmSync(aside, { force: true });
}

function writeIfAbsent(file, text) {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}
