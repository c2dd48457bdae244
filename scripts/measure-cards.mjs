// npm run measure:cards -- --tokens 1,10,100,1000 --seed 1   what an operation on all tokens of a card takes, by how many they
// are (docs/performance.md). It fails when a result is not the planned one; how long things take it only prints.
import './lib/node-version.mjs';
import { runTestProgram } from './lib/test-program.mjs';

await runTestProgram({
  purpose: 'npm run measure:cards',
  project: 'tsconfig.measure.json',
  program: '.lcm/measure/test/measure/cards.js',
});
