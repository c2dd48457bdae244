// npm run reliability -- --operations 5000 --seed 1 --kills   the seeded comparison of docs/reliability.md, at length.
// It ends with what happened how often, and fails if the three records disagree. --per-seed: how many operations each seed
// gets (250); a seed that has failed is repeated with the same number.
import { LauncherError, beginningOf, indent, main } from './lib/errors.mjs';
import { prepare } from './lib/prepare.mjs';
import { createProgress } from './lib/progress.mjs';
import { inProject } from './lib/project.mjs';
import { run } from './lib/run.mjs';
import { environmentForTests, readSettings } from './lib/settings.mjs';
import { findTemporalBinary } from './lib/temporal.mjs';

const purpose = 'npm run reliability';
const compiler = inProject('node_modules', '@typescript', 'native', 'bin', 'tsc');
const program = inProject('.lcm', 'reliability', 'test', 'reliability', 'main.js');

await main(async () => {
  const progress = createProgress();
  await prepare({ progress, purpose });
  const temporalBinary = await findTemporal(progress);
  await compile();
  const result = await run(process.execPath, [program, ...process.argv.slice(2)], {
    env: environmentForTests({ temporalBinary }),
    inherit: true,
  });
  process.exitCode = result.code ?? 1;
});

async function findTemporal(progress) {
  const step = progress.step('temporal');
  const { binary, version, way } = await findTemporalBinary({ settings: readSettings(), step, purpose });
  step.done(`${version} (${way})`);
  return binary;
}

/** What stands in `test/` is not part of `dist/`, which is what a release is made of. */
async function compile() {
  const messages = [];
  const args = [compiler, '-p', 'tsconfig.reliability.json', '--pretty', 'false'];
  const result = await run(process.execPath, args, { onLine: (line) => messages.push(line) });
  if (!result.ok)
    throw new LauncherError(`The comparison does not compile:\n${indent(beginningOf(messages))}`);
}
