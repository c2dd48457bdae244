import { Connection } from '@temporalio/client';
import { readEnvironment, temporalVariables } from './config/environment.js';
import { loadTemporalAddress, toConnectionOptions } from './temporal/connection/connect.js';
import { prepareNamespace, RETENTION_DAYS } from './temporal/connection/namespace.js';

/** `npm run setup`: makes the Temporal namespace fit for the service. Safe to repeat. */
async function setup(): Promise<void> {
  const environment = temporalVariables(readEnvironment());
  if (environment['TEMPORAL_ADDRESS'] === undefined)
    throw new Error('TEMPORAL_ADDRESS: the address of the Temporal server is needed');
  const address = loadTemporalAddress(environment);
  const connection = await Connection.connect(toConnectionOptions(address));
  try {
    await prepareNamespace(connection, address.namespace);
    console.log(
      `namespace "${address.namespace}": search attributes registered, closed workflows kept for at least ${RETENTION_DAYS} days`,
    );
  } finally {
    await connection.close();
  }
}

setup().catch((error: unknown) => {
  console.error(`setup failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
