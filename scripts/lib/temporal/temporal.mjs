// Finding a Temporal server, in five ways and in this order. The first that works is taken; when none does, the error says
// for each of them why not.
import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { LauncherError, indent } from '../errors.mjs';
import { describeHolder, withLock } from '../processes/lock.mjs';
import { buildTemporal } from './temporal-build.mjs';
import { cachedBinary, removePartials, temporalLockFile } from './temporal-cache.mjs';
import { downloadTemporal } from './temporal-download.mjs';
import { askVersion, wantedVersion } from './temporal-versions.mjs';

const waysInWords = {
  address: 'TEMPORAL_ADDRESS, a server that runs already',
  path: '`temporal` on PATH, version 1.5 or newer',
  cache: 'a binary that was built or downloaded earlier',
  download: "the official binary, by the SDK's own download",
  build: 'the official CLI, built with the Go toolchain',
};

/** `{way: 'address', address}` or `{way, binary, version}`. */
export async function findTemporal({ settings, step, purpose }) {
  if (settings.temporalAddress) return { way: 'address', address: settings.temporalAddress };
  return findBinary({ settings, step, purpose, reasons: { address: 'not set' } });
}

/** A binary, whatever TEMPORAL_ADDRESS says: tests start servers of their own. */
export async function findTemporalBinary({ settings, step, purpose }) {
  const address = settings.temporalAddress ? 'set, but a binary is needed here' : 'not set';
  return findBinary({ settings, step, purpose, reasons: { address } });
}

/** Whether there is one that need not be got first: then no cache is needed. */
export async function isBinaryAtHand(settings) {
  const found = await firstThatWorks(
    { path: fromPath, cache: fromCache },
    { settings, step: undefined, reasons: {} },
  );
  return found !== undefined;
}

async function findBinary({ settings, step, purpose, reasons }) {
  const ready = await firstThatWorks({ path: fromPath, cache: fromCache }, { settings, step, reasons });
  if (ready) return ready;

  const onWait = (holder) => step.note(`waiting for ${describeHolder(holder)}`, { milestone: true });
  const file = temporalLockFile(settings);
  const found = await withCacheLock({ file, purpose, onWait, reasons }, () => {
    removePartials(settings);
    // Once more from the cache: whoever had the lock before us may have filled it.
    const ways = { cache: fromCache, download: downloadTemporal, build: buildTemporal };
    return firstThatWorks(ways, { settings, step, reasons });
  });
  if (found) return found;
  throw new LauncherError(noneWorks(reasons));
}

async function firstThatWorks(ways, { settings, step, reasons }) {
  for (const [way, attempt] of Object.entries(ways)) {
    const { binary, problem } = await attempt({ settings, step });
    const asked = binary ? await askVersion(binary) : { problem };
    if (asked.version) return { way, binary, version: asked.version };
    reasons[way] = asked.problem;
  }
  return undefined;
}

async function withCacheLock({ file, purpose, onWait, reasons }, work) {
  try {
    return await withLock(file, { purpose: `${purpose}, getting the Temporal server`, onWait }, work);
  } catch (error) {
    if (error.syscall === undefined) throw error;
    const problem = `the cache folder cannot be used: ${error.message}`;
    Object.assign(reasons, { cache: problem, download: problem, build: problem });
    return undefined;
  }
}

function fromPath({ settings }) {
  const name = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
  const folders = settings.searchPath.split(delimiter).filter(Boolean);
  const binary = folders.map((folder) => resolve(join(folder, name))).find((file) => existsSync(file));
  return binary ? { binary } : { problem: 'there is none on PATH' };
}

function fromCache({ settings }) {
  const binary = cachedBinary(settings);
  return existsSync(binary) ? { binary } : { problem: `there is no ${binary}` };
}

function noneWorks(reasons) {
  const lines = Object.entries(waysInWords).map(
    ([way, words], index) => `${index + 1}. ${words}:\n${indent(reasons[way] ?? 'not tried', '     ')}`,
  );
  return (
    `There is no Temporal server to use. These five ways were tried, in this order:\n${indent(lines.join('\n'))}\n` +
    `Any one of them is enough. The simplest: install the Temporal CLI ${wantedVersion()} so that \`temporal --version\` works, ` +
    'or set TEMPORAL_ADDRESS.'
  );
}
