// npm run openapi: writes what is made from schemas: the OpenAPI documents, the table of the variables, and the client's types.
import './lib/node-version.mjs';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { main } from './lib/errors.mjs';
import { prepareBuild, prepareInstall } from './lib/prepare/prepare.mjs';
import { createProgress } from './lib/progress.mjs';
import { inProject } from './lib/project.mjs';

await main(async () => {
  const options = { progress: createProgress(), purpose: 'npm run openapi' };
  await prepareInstall(options);
  await prepareBuild(options);
  const load = async (file) => import(pathToFileURL(inProject('dist', 'src', 'http', 'openapi', file)).href);
  const { toText } = await load('create.js');
  const { createApiDocument } = await load('api-document.js');
  const { createCallbackDocument } = await load('callback-document.js');
  const api = toText(createApiDocument());
  writeFileSync(inProject('docs', 'openapi.json'), api);
  writeFileSync(inProject('docs', 'openapi-callbacks.json'), toText(createCallbackDocument()));
  const { toConfigurationPage } = await import(
    pathToFileURL(inProject('dist', 'src', 'config', 'page.js')).href
  );
  const page = inProject('docs', 'configuration.md');
  const [introduction] = readFileSync(page, 'utf8').split('\n| Variable ');
  writeFileSync(page, toConfigurationPage(introduction));
  // Not before the packages are there: it needs one.
  const { toClientTypes } = await import('./lib/prepare/client-types.mjs');
  const types = await toClientTypes(JSON.parse(api));
  writeFileSync(inProject('packages', 'client', 'src', 'api-types.ts'), types);
});
