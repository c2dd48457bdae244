// npm run build: compiles into dist/ and bundles the workflows, also when nothing has changed.
import './lib/node-version.mjs';
import { main } from './lib/errors.mjs';
import { prepareBuild, prepareInstall } from './lib/prepare/prepare.mjs';
import { createProgress } from './lib/progress.mjs';

await main(async () => {
  const options = { progress: createProgress(), purpose: 'npm run build' };
  await prepareInstall(options);
  await prepareBuild({ ...options, always: true });
});
