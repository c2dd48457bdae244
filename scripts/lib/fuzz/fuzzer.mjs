// Schemathesis: the one on the PATH, or one that is installed with Python into the cache folder, once.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LauncherError } from '../errors.mjs';
import { run } from '../processes/run.mjs';

const version = '4.32.5';

/** Answers with its command. */
export async function findFuzzer({ settings, progress }) {
  if ((await run('schemathesis', ['--version'])).ok) return 'schemathesis';
  const folder = join(settings.cacheFolder, `schemathesis-${version}`);
  const command = join(folder, 'bin', 'schemathesis');
  if (existsSync(command) && (await run(command, ['--version'])).ok) return command;
  progress.print(`installing schemathesis ${version} into the cache folder`);
  const made = await run('python3', ['-m', 'venv', folder]);
  const installed =
    made.ok && (await run(join(folder, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${version}`]));
  if (installed && installed.ok) return command;
  rmSync(folder, { recursive: true, force: true });
  throw new LauncherError(
    `The fuzzer needs schemathesis on the PATH, or Python 3.10 with its package index:\n${(installed || made).tail}`,
  );
}
