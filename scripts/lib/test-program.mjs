// Programs that stand in `test/`, which is not part of `dist/`: compiled on demand, run with a Temporal server at hand.
import { LauncherError, beginningOf, indent, main } from './errors.mjs';
import { prepare } from './prepare/prepare.mjs';
import { createProgress } from './progress.mjs';
import { inProject } from './project.mjs';
import { run } from './processes/run.mjs';
import { environmentForTests, readSettings } from './prepare/settings.mjs';
import { findTemporalBinary } from './temporal/temporal.mjs';

/** Compiles by `project`, a tsconfig, and runs `program`, its path in the project, with the arguments of this process. */
export async function runTestProgram({ purpose, project, program }) {
  await main(async () => {
    const progress = createProgress();
    await prepare({ progress, purpose });
    const temporalBinary = await findTemporal(progress, purpose);
    await compile(project);
    const result = await run(process.execPath, [inProject(program), ...process.argv.slice(2)], {
      env: environmentForTests({ temporalBinary }),
      inherit: true,
    });
    process.exitCode = result.code ?? 1;
  });
}

async function findTemporal(progress, purpose) {
  const step = progress.step('temporal');
  const { binary, version, way } = await findTemporalBinary({ settings: readSettings(), step, purpose });
  step.done(`${version} (${way})`);
  return binary;
}

async function compile(project) {
  const compiler = inProject('node_modules', '@typescript', 'native', 'bin', 'tsc');
  const messages = [];
  const result = await run(process.execPath, [compiler, '-p', project, '--pretty', 'false'], {
    onLine: (line) => messages.push(line),
  });
  if (!result.ok) throw new LauncherError(`${project} does not compile:\n${indent(beginningOf(messages))}`);
}
