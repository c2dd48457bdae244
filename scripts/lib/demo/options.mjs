// What can be said behind `npm run demo --`.
import { parseArgs } from 'node:util';
import { LauncherError } from '../errors.mjs';

const largestSeed = 4_294_967_295;
const rule = `--seed must be a whole number from 0 to ${largestSeed}: npm run demo -- --seed 7`;

/** `{seed?}`: without one the demo tells its story. An error names the option and the rule, never the value. */
export function readOptions(args) {
  const { seed } = parse(args);
  if (seed === undefined) return {};
  if (!/^\d{1,10}$/.test(seed) || Number(seed) > largestSeed) throw new LauncherError(rule);
  return { seed: Number(seed) };
}

function parse(args) {
  try {
    return parseArgs({ args, options: { seed: { type: 'string' } } }).values;
  } catch (error) {
    if (error.code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') throw new LauncherError(rule);
    throw new LauncherError('npm run demo knows one option, --seed N, and nothing else.');
  }
}
