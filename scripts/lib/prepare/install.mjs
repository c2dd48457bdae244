// The packages of the lock file, development tools included: building needs them.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { LauncherError, beginningOf, indent } from '../errors.mjs';
import { inProject } from '../project.mjs';
import { run } from '../processes/run.mjs';
import { environment } from './settings.mjs';

const lockFile = inProject('package-lock.json');
// npm writes it when an installation is complete: after an interrupted one it is missing.
const installedFile = inProject('node_modules', '.package-lock.json');

/** Against settings of the user's npm that leave something out: then it is missing later, where nobody looks for it here. */
const wholeInstallation = [
  '--include=dev',
  '--include=optional',
  '--include=peer',
  '--global=false',
  '--dry-run=false',
  '--package-lock=true',
  '--package-lock-only=false',
  '--bin-links=true',
  '--install-strategy=hoisted',
];

/** A silent npm that runs us would make this one silent too. */
const audible = ['--loglevel=error'];

export function needsInstall() {
  const installedAt = modifiedAt(installedFile);
  if (installedAt === undefined || installedAt < (modifiedAt(lockFile) ?? Infinity)) return true;
  return !directDependencies().every((name) => existsSync(inProject('node_modules', name, 'package.json')));
}

export async function install({ step }) {
  step.note('npm ci');
  const output = [];
  const args = ['ci', ...wholeInstallation, '--no-audit', '--no-fund', ...audible];
  const result = await runNpm(args, { onLine: (line) => output.push(line) });
  if (result.ok) return;
  throw new LauncherError(
    `The packages could not be installed: npm ci failed.\n${indent(beginningOf(output, 15) || result.tail)}\n` +
      'Is the package registry within reach, and does package-lock.json belong to package.json?',
  );
}

/** The npm that runs us, or else the one on PATH. */
export function runNpm(args, options) {
  const npm = environment().npm_execpath;
  if (npm && basename(npm).startsWith('npm-cli')) return run(process.execPath, [npm, ...args], options);
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, options);
}

function directDependencies() {
  const manifest = JSON.parse(readFileSync(inProject('package.json'), 'utf8'));
  return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
}

function modifiedAt(file) {
  return existsSync(file) ? statSync(file).mtimeMs : undefined;
}
