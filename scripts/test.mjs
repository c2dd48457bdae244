// npm test: all that must hold before a change is done. The last line is always `N passed, N failed`; a step that fails
// counts as one, like a test. Arguments go to jest: npm test -- test/launcher
import './lib/node-version.mjs';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indent } from './lib/errors.mjs';
import { runNpm } from './lib/install.mjs';
import { refuseUnfitTemporaryFolder } from './lib/machine.mjs';
import { prepareBuild, prepareInstall } from './lib/prepare.mjs';
import { createProgress } from './lib/progress.mjs';
import { inProject } from './lib/project.mjs';
import { run } from './lib/run.mjs';
import { environmentForTests, readSettings } from './lib/settings.mjs';
import { onStarterGone } from './lib/starter.mjs';
import { findTemporalBinary } from './lib/temporal.mjs';

const purpose = 'npm test';
const jestArguments = process.argv.slice(2);
const progress = createProgress();
const total = { passed: 0, failed: 0 };

onStarterGone(() => process.exit(1));

const isInstalled = await attempt(async () => {
  refuseUnfitTemporaryFolder({ purpose });
  await prepareInstall({ progress, purpose });
});
if (isInstalled) {
  const isBuilt = await attempt(() => prepareBuild({ progress, purpose }));
  await npmScript('lint', 'lint');
  await npmScript('types', 'typecheck');
  await npmScript('format', 'format:check');
  const temporalBinary = await attempt(resolveTemporal);

  await jest('pure', { temporalBinary });
  // These load what was built, and each test file starts servers of its own. Most of the time they wait: two at a time.
  if (isBuilt && temporalBinary) await jest('server', { temporalBinary, args: ['--maxWorkers=2'] });
  else progress.print('The tests that need a server are not run: there is no build or no Temporal server.');
}

process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
console.log(`${total.passed} passed, ${total.failed} failed`);

/** What `work` answers, `true` if nothing; `undefined` if it failed. */
async function attempt(work) {
  try {
    return (await work()) ?? true;
  } catch (error) {
    total.failed += 1;
    progress.print(indent(error.name === 'LauncherError' ? error.message : error.stack));
    return undefined;
  }
}

async function npmScript(name, script) {
  const step = progress.step(name);
  const lines = [];
  const result = await runNpm(['run', '--silent', script], { onLine: (line) => lines.push(line) });
  step.done(result.ok ? 'passed' : 'failed');
  if (result.ok) return;
  total.failed += 1;
  progress.print(indent(lines.join('\n') || result.tail));
}

async function resolveTemporal() {
  const step = progress.step('temporal');
  try {
    const { binary, version, way } = await findTemporalBinary({ settings: readSettings(), step, purpose });
    step.done(`${version} (${way})`);
    return binary;
  } catch (error) {
    step.failed();
    throw error;
  }
}

async function jest(project, { temporalBinary, args = [] }) {
  const step = progress.step(`tests: ${project}`, { silent: true });
  const folder = mkdtempSync(join(tmpdir(), 'token-lcm-jest-'));
  const resultFile = join(folder, 'results.json');
  const command = inProject('node_modules', 'jest', 'bin', 'jest.js');
  const ownArguments = [
    '--ci',
    '--passWithNoTests',
    '--selectProjects',
    project,
    '--json',
    '--outputFile',
    resultFile,
  ];
  // What follows --selectProjects is read as a list, so no other argument may stand alone right behind it.
  const result = await run(process.execPath, [command, ...jestArguments, ...args, ...ownArguments], {
    env: environmentForTests({ temporalBinary }),
    inherit: true,
  });
  const counted = count(resultFile, result);
  rmSync(folder, { recursive: true, force: true });
  total.passed += counted.passed;
  total.failed += counted.failed;
  step.done(`${counted.passed} passed, ${counted.failed} failed`);
}

function count(resultFile, result) {
  let results;
  try {
    results = JSON.parse(readFileSync(resultFile, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
  // A file that does not even load has no tests that could fail.
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  return { passed: results.numPassedTests, failed: failed === 0 && !result.ok ? 1 : failed };
}
