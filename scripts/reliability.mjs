// npm run reliability -- --operations 5000 --seed 1 --kills   the seeded comparison of docs/reliability.md, at length.
// It ends with what happened how often, and fails if the three records disagree. --per-seed: how many operations each seed
// gets (250); a seed that has failed is repeated with the same number.
import './lib/node-version.mjs';
import { runTestProgram } from './lib/test-program.mjs';

await runTestProgram({
  purpose: 'npm run reliability',
  project: 'tsconfig.reliability.json',
  program: '.lcm/reliability/test/reliability/main.js',
});
