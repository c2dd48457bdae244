import { createHash } from 'node:crypto';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What a release replays before it starts: its workflows, and the recorded histories. */
export interface Release {
  readonly bundlePath: string;
  readonly historiesPath: string;
}

/**
 * A hash over all that a replay depends on: the bundle, which holds the SDK's workflow side too, every history, and the
 * version of Node.js.
 */
export async function fingerprintOf({ bundlePath, historiesPath }: Release): Promise<string> {
  const hash = createHash('sha256')
    .update(`${process.version}\0`)
    .update(await readFile(bundlePath));
  for (const file of (await readdir(historiesPath)).sort()) {
    hash.update(`\0${file}\0`).update(await readFile(join(historiesPath, file)));
  }
  return hash.digest('hex');
}

/** Whether these very bytes have been replayed here before, without a failure. */
export async function isReplayed(release: Release, fingerprint: string): Promise<boolean> {
  try {
    return (await readFile(stampOf(release), 'utf8')) === fingerprint;
  } catch {
    return false;
  }
}

/** Remembers that they have; where nothing may be written, they are replayed again at the next start. */
export async function noteReplayed(release: Release, fingerprint: string): Promise<void> {
  const partial = `${stampOf(release)}.${process.pid}.partial`;
  try {
    await writeFile(partial, fingerprint);
    await rename(partial, stampOf(release));
  } catch {
    // A file system that is read only.
  }
}

function stampOf({ bundlePath }: Release): string {
  return join(dirname(bundlePath), '.replayed');
}
