// Compiles the package in whose folder it runs, for `npm pack`: afresh, so that nothing old is packed with it.
import './lib/node-version.mjs';
import { rmSync } from 'node:fs';
import { inProject } from './lib/project.mjs';
import { run } from './lib/processes/run.mjs';

rmSync('dist', { recursive: true, force: true });
const compiler = inProject('node_modules', '@typescript', 'native', 'bin', 'tsc');
const { ok, tail } = await run(process.execPath, [compiler, '-p', 'tsconfig.json', '--pretty', 'false'], {
  cwd: process.cwd(),
});
if (!ok) {
  console.error(tail);
  process.exitCode = 1;
}
