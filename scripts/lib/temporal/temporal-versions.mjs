// Which Temporal CLI: the one version that we build and download, and how to ask a binary for its own.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inProject } from '../project.mjs';

const goModule = inProject('tools', 'temporal', 'go.mod');
// Older ones do not know the flags and search attributes that we use.
const oldest = { major: 1, minor: 5 };
const answerLimitMs = 15_000;

/** `1.8.2`. It stands in tools/temporal/go.mod and nowhere else. */
export function wantedVersion() {
  const match = /^\s*(?:require\s+)?github\.com\/temporalio\/cli v(\S+)/m.exec(
    readFileSync(goModule, 'utf8'),
  );
  if (match === null)
    throw new Error(`${goModule} does not say which version of github.com/temporalio/cli it requires`);
  return match[1];
}

/** `{version}` if the binary runs and is new enough, else `{problem}`. */
export async function askVersion(binary) {
  const { output, problem } = await outputOf(binary, ['--version']);
  if (problem) return { problem: `${binary} does not run: ${problem}` };
  const match = /temporal version (\d+)\.(\d+)(\S*)/.exec(output);
  if (match === null) return { problem: `${binary} does not say which version it is` };
  const [, major, minor, rest] = match;
  const version = `${major}.${minor}${rest}`;
  if (isTooOld({ major: Number(major), minor: Number(minor) })) {
    return { problem: `${binary} is version ${version}; ${oldest.major}.${oldest.minor} or newer is needed` };
  }
  return { version };
}

function isTooOld({ major, minor }) {
  return major < oldest.major || (major === oldest.major && minor < oldest.minor);
}

function outputOf(command, args) {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: answerLimitMs, killSignal: 'SIGKILL' }, (error, output) => {
      if (!error) resolve({ output });
      else
        resolve({
          problem: error.killed ? `no answer in ${answerLimitMs / 1000} s` : (error.code ?? error.message),
        });
    });
  });
}
