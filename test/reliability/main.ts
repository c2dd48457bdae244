import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { runSeed } from './run.js';
import { countsOf, slowestEndOf, sumOf, tellViolations, type Counts } from './tell.js';

/** The long run behind `npm run reliability`: seed after seed until there were enough operations. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      operations: { type: 'string', default: '250' },
      seed: { type: 'string', default: '1' },
      kills: { type: 'boolean', default: false },
      'per-seed': { type: 'string', default: '250' },
    },
  });
  const wanted = toCount('operations', values.operations);
  const perSeed = toCount('per-seed', values['per-seed']);
  const firstSeed = toCount('seed', values.seed);
  const folder = resolve('.lcm/reliability-records');
  const all: Counts[] = [];
  let slowest = 0;
  let left = wanted;

  for (let seed = firstSeed; left > 0; seed += 1) {
    const operations = Math.min(perSeed, left);
    const { records, violations, lostAnswers, tookMs } = await runSeed({
      seed,
      operations,
      kills: values.kills,
      onProgress: (ended) => {
        if (ended % 50 === 0) console.log(`seed ${seed}: ${ended} of ${operations} operations have ended`);
      },
    });
    const counts = countsOf(records, violations, lostAnswers);
    all.push(counts);
    slowest = Math.max(slowest, slowestEndOf(records));
    console.log(`seed ${seed}: ${describe(counts)} (${Math.round(tookMs / 1_000)} s)`);
    if (violations.length > 0) {
      const again = `npm run reliability -- --seed ${seed} --operations ${operations}${values.kills ? ' --kills' : ''}`;
      console.log(`\n${tellViolations(records, violations)}\n\nThe same seed again: ${again}\n`);
      mkdirSync(folder, { recursive: true });
      const everything = { ...records, operations: [...records.operations.values()], violations };
      writeFileSync(join(folder, `seed-${seed}.json`), JSON.stringify(everything, undefined, 1));
    }
    left -= operations;
  }

  const sum = sumOf(all);
  const seeds =
    all.length === 1 ? `seed ${firstSeed}` : `seeds ${firstSeed} to ${firstSeed + all.length - 1}`;
  console.log(`\n${seeds}`);
  for (const [name, count] of Object.entries(sum)) console.log(`  ${name}: ${count}`);
  console.log(`  slowest end after a hard deadline: ${slowest} s`);
  if ((sum['violations'] ?? 0) > 0) process.exitCode = 1;
}

function describe(counts: Counts): string {
  return Object.entries(counts)
    .filter(([name]) => /^(operations|(card )?[A-Z_]+ by|renewals|away|violations)/.test(name))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function toCount(name: string, text: string): number {
  const count = Number(text);
  if (!/^\d{1,9}$/.test(text) || count < 1) throw new Error(`--${name}: a whole number from 1`);
  return count;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
