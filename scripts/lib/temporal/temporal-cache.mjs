// Where a binary is kept that was built or downloaded once. It gets its name only when it is complete: work goes on in a
// folder beside it, and whoever is killed half-way leaves only such a folder, which the next one removes.
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { wantedVersion } from './temporal-versions.mjs';

const executable = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
const partialMark = '.partial-';

export function cachedBinary(settings) {
  return join(settings.cacheFolder, name(), executable);
}

export function temporalLockFile(settings) {
  return join(settings.cacheFolder, `${name()}.lock`);
}

/** Calls `work(folder)`, which answers `{file}` or `{problem}`, and moves the file to its place. */
export async function intoCache(settings, work) {
  const partial = join(settings.cacheFolder, `${name()}${partialMark}${process.pid}`);
  mkdirSync(partial, { recursive: true });
  try {
    const { file, problem } = await work(partial);
    if (problem) return { problem };
    const binary = cachedBinary(settings);
    mkdirSync(dirname(binary), { recursive: true });
    chmodSync(file, 0o755);
    renameSync(file, binary);
    return { binary };
  } finally {
    remove(partial);
  }
}

/** Only under the lock: then nobody works in any of them. */
export function removePartials(settings) {
  const entries = readdirSync(settings.cacheFolder).filter((entry) => entry.startsWith(name() + partialMark));
  for (const entry of entries) remove(join(settings.cacheFolder, entry));
}

function remove(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function name() {
  return `temporal-${wantedVersion()}`;
}
