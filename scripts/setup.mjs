// npm run setup: registers the search attributes and sets the retention on the server at TEMPORAL_ADDRESS.
import './lib/node-version.mjs';
import { main } from './lib/errors.mjs';
import { prepare } from './lib/prepare/prepare.mjs';
import { createProgress } from './lib/progress.mjs';
import { inProject } from './lib/project.mjs';
import { run } from './lib/processes/run.mjs';

await main(async () => {
  await prepare({ progress: createProgress(), purpose: 'npm run setup' });
  const result = await run(process.execPath, [inProject('dist', 'src', 'setup.js')], { inherit: true });
  process.exitCode = result.code ?? 1;
});
