import { resolve } from 'node:path';
import { ConfigurationError, readEnvironment } from './config/environment.js';
import { loadConfig } from './config/config.js';
import { createLogger } from './config/logger.js';
import { loadSecrets } from './config/secrets.js';
import { startService } from './service.js';

/** The files beside the compiled code: the first two are for a worker, the third is shown by the API. */
const BUNDLE_PATH = resolve(import.meta.dirname, '../workflow-bundle.js');
const HISTORIES_PATH = resolve(import.meta.dirname, '../histories');
const ERRORS_PAGE_PATH = resolve(import.meta.dirname, '../docs/errors.md');

async function main(): Promise<void> {
  const environment = readEnvironment();
  const config = loadConfig(environment);
  const logger = createLogger(config.logLevel);
  // From the first moment on: a deployment that is taken back at once must not look like a crash.
  const stopRequested = new Promise<string>((requested) => {
    process.once('SIGTERM', requested);
    process.once('SIGINT', requested);
  });
  const service = await startService({
    config,
    secrets: loadSecrets(config),
    environment,
    logger,
    bundlePath: BUNDLE_PATH,
    historiesPath: HISTORIES_PATH,
    errorsPagePath: ERRORS_PAGE_PATH,
  });

  try {
    logger.info({ signal: await Promise.race([stopRequested, service.broken]) }, 'stopping');
  } finally {
    await service.stop();
    logger.info('stopped');
  }
  // A replay or a connection that was only beginning has nothing to finish.
  process.exit(0);
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : 'unknown';
  const reason = error instanceof ConfigurationError ? `wrong configuration:\n${message}` : message;
  console.error(`the service cannot run: ${reason}`);
  // Connections that are still open must not keep a broken service alive.
  process.exit(1);
});
