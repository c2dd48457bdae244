// npm test: build, lint, types, format and the tests, tier by tier. The last line is always `N passed, N failed`; a step that
// fails counts as one, like a test. `--all` adds the long tier, `--tier unit` runs one; the rest goes to jest:
// npm test -- test/unit/domain -t 'a title'
import './lib/node-version.mjs';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indent } from './lib/errors.mjs';
import { runNpm } from './lib/prepare/install.mjs';
import { refuseUnfitTemporaryFolder } from './lib/prepare/machine.mjs';
import { prepareBuild, prepareInstall } from './lib/prepare/prepare.mjs';
import { createProgress } from './lib/progress.mjs';
import { inProject } from './lib/project.mjs';
import { run } from './lib/processes/run.mjs';
import { environmentForTests, readSettings } from './lib/prepare/settings.mjs';
import { onStarterGone } from './lib/processes/starter.mjs';
import { findTemporalBinary } from './lib/temporal/temporal.mjs';
import { chooseTiers, overBudget, slowestFiles } from './lib/tiers.mjs';

const purpose = 'npm test';
const { chosen = [], jestArguments = [], problem } = chooseTiers(process.argv.slice(2));
const progress = createProgress();
const total = { passed: 0, failed: 0 };

onStarterGone(() => process.exit(1));

const isReady = problem === undefined ? await attempt(install) : fail(problem);
if (isReady) {
  const isBuilt = await attempt(() => prepareBuild({ progress, purpose }));
  await npmScript('lint', 'lint');
  await npmScript('types', 'typecheck');
  await npmScript('format', 'format:check');
  const temporalBinary = chosen.some(({ needsServer }) => needsServer) && (await attempt(resolveTemporal));
  for (const tier of chosen) {
    // What needs a server loads what was built.
    if (tier.needsServer && !(isBuilt && temporalBinary)) {
      progress.print(`The tier ${tier.name} is not run: there is no build or no Temporal server.`);
    } else await runTier(tier, temporalBinary);
  }
  if (!chosen.some(({ isLong }) => isLong))
    progress.print('Not run: the long tier. npm run test:all runs it too.');
}

process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
console.log(`${total.passed} passed, ${total.failed} failed`);

async function install() {
  refuseUnfitTemporaryFolder({ purpose });
  await prepareInstall({ progress, purpose });
}

/** What `work` answers, `true` if nothing; `undefined` if it failed. */
async function attempt(work) {
  try {
    return (await work()) ?? true;
  } catch (error) {
    return fail(error.name === 'LauncherError' ? error.message : error.stack);
  }
}

function fail(why) {
  total.failed += 1;
  progress.print(indent(why));
  return undefined;
}

async function npmScript(name, script) {
  const step = progress.step(name);
  const lines = [];
  const result = await runNpm(['run', '--silent', script], { onLine: (line) => lines.push(line) });
  step.done(result.ok ? 'passed' : 'failed');
  if (!result.ok) fail(lines.join('\n') || result.tail);
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

async function runTier(tier, temporalBinary) {
  const step = progress.step(`tests: ${tier.name}`, { silent: true });
  const startedAt = performance.now();
  const results = await jest(tier, temporalBinary);
  total.passed += results.passed;
  total.failed += results.failed;
  step.done(`${results.passed} passed, ${results.failed} failed`);
  progress.print(indent(results.slowest.join('\n')));
  const tooLong = overBudget(tier, { seconds: (performance.now() - startedAt) / 1000 });
  if (tooLong) fail(tooLong);
}

async function jest({ name, files }, temporalBinary) {
  const folder = mkdtempSync(join(tmpdir(), 'token-lcm-jest-'));
  const resultFile = join(folder, 'results.json');
  const command = inProject('node_modules', 'jest', 'bin', 'jest.js');
  // What follows --selectProjects is read as a list, so no other argument may stand alone right behind it.
  const args = [...jestArguments, `--maxWorkers=${files}`, '--ci', '--passWithNoTests'];
  args.push('--selectProjects', name, '--json', '--outputFile', resultFile);
  try {
    const { ok } = await run(process.execPath, [command, ...args], {
      env: environmentForTests({ temporalBinary }),
      inherit: true,
    });
    return count(JSON.parse(readFileSync(resultFile, 'utf8')), ok);
  } catch {
    // Without a result there is nothing to be counted but this.
    return { passed: 0, failed: 1, slowest: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function count(results, ok) {
  // A file that does not even load has no tests that could fail.
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const passed = results.numPassedTests;
  return { passed, failed: failed === 0 && !ok ? 1 : failed, slowest: slowestFiles(results) };
}
