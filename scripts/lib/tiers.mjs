// The tiers of the tests, from quick to slow. A tier is a folder of `test/` and a project in `jest.config.mjs`.
import { cpus } from 'node:os';
import { basename, dirname } from 'node:path';

const processors = cpus().length;
const slowestShown = 10;
const probeMs = 200;

/**
 * `files`: so many test files run at a time. The tiers with servers wait most of the time, so more of them than there are
 * processors. `budgetSeconds`: what the tier may take on two processors, twice what was measured.
 */
export const tiers = [
  { name: 'unit', files: processors, needsServer: false, budgetSeconds: 240 },
  { name: 'process', files: processors, needsServer: false, budgetSeconds: 200 },
  { name: 'temporal', files: processors + 1, needsServer: true, budgetSeconds: 360 },
  { name: 'system', files: processors + 2, needsServer: true, budgetSeconds: 300 },
  { name: 'long', files: processors, needsServer: true, isLong: true, budgetSeconds: 600 },
];

/**
 * What `npm test` runs with these arguments: `--all` is every tier, `--tier` one of them, and a path of `test/` the one that
 * it lies in; otherwise all but the long one. What is left of the arguments is jest's.
 */
export function chooseTiers(args) {
  /** @type {string[]} */
  const left = [...args];
  const all = take(left, '--all');
  const named = takeValues(left, '--tier');
  const unknown = named.filter((name) => !tiers.some((tier) => tier.name === name));
  if (unknown.length > 0) {
    return { problem: `--tier is one of ${tiers.map(({ name }) => name).join(', ')}.` };
  }
  const paths = left.filter((argument) => argument.startsWith('test/'));
  const wanted = named.length > 0 ? named : paths.flatMap((path) => path.split('/')[1] ?? []);
  const isChosen = (/** @type {{ name: string, isLong?: boolean }} */ { name, isLong }) =>
    wanted.length > 0 ? wanted.includes(name) : all || !isLong;
  return { chosen: tiers.filter(isChosen), jestArguments: left };
}

function take(args, flag) {
  const at = args.indexOf(flag);
  if (at >= 0) args.splice(at, 1);
  return at >= 0;
}

function takeValues(args, flag) {
  const values = [];
  for (let at = args.indexOf(flag); at >= 0; at = args.indexOf(flag)) {
    values.push(...args.splice(at, 2).slice(1));
  }
  return values;
}

/** The files that took longest, a line each, the slowest first. */
export function slowestFiles(results) {
  const files = (results.testResults ?? []).map(({ name, startTime, endTime }) => ({
    name: `${basename(dirname(name))}/${basename(name)}`,
    seconds: (endTime - startTime) / 1000,
  }));
  const slowest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, slowestShown);
  return slowest.map(({ name, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${name}`);
}

/** How many times longer than alone a calculation takes here right now: 1 on a machine that has nothing else to do. */
export function contention(clocks = { wallMs: () => performance.now(), processorMs }) {
  const wall = clocks.wallMs();
  const processor = clocks.processorMs();
  let used = 0;
  while (used < probeMs) used = clocks.processorMs() - processor;
  return Math.max(1, (clocks.wallMs() - wall) / used);
}

function processorMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What is wrong with the time that a tier took, or nothing. A busy machine gets as much more as it is busier. */
export function overBudget({ name, budgetSeconds }, { seconds, busy = contention }) {
  const budget = budgetSeconds * Math.max(1, 2 / processors);
  if (seconds <= budget) return undefined;
  const limit = Math.round(budget * busy());
  if (seconds <= limit) return undefined;
  return `The tier ${name} took ${Math.round(seconds)} s, more than its ${limit} s (scripts/lib/tiers.mjs).`;
}
