// node scripts/temporal.mjs path    the path of a Temporal server binary, alone on stdout; progress goes to stderr
// node scripts/temporal.mjs which   the way that `npm start` would take, as JSON
import './lib/node-version.mjs';
import { LauncherError, main } from './lib/errors.mjs';
import { createProgress } from './lib/progress.mjs';
import { readSettings } from './lib/prepare/settings.mjs';
import { findTemporal, findTemporalBinary } from './lib/temporal/temporal.mjs';

const commands = {
  path: async (options) => (await findTemporalBinary(options)).binary,
  which: async (options) => JSON.stringify(await findTemporal(options)),
};

await main(async () => {
  const name = process.argv[2];
  const command = commands[name];
  if (command === undefined)
    throw new LauncherError('Say what to do: node scripts/temporal.mjs path | which');

  const settings = readSettings();
  const step = createProgress(process.stderr).step('temporal');
  const answer = await command({ settings, step, purpose: `temporal.mjs ${name}` });
  step.done('found');
  console.log(answer);
});
