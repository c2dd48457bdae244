import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';

/** How Temporal is reached: the settings that Temporal's own tools read. */
export interface TemporalAddress {
  readonly namespace: string;
  readonly options: NativeConnectionOptions;
}

/** Reads `TEMPORAL_*` and Temporal's configuration file, as the `temporal` command does. */
export function loadTemporalAddress(
  environment: Readonly<Record<string, string | undefined>>,
): TemporalAddress {
  const given = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: Object.fromEntries(given),
  });
  return { namespace: namespace ?? 'default', options: connectionOptions };
}

/**
 * The same settings for the client's own connection. It takes the same way as the worker's, which knows no proxy of the
 * environment (decision 22).
 */
export function toConnectionOptions({ options }: TemporalAddress): ConnectionOptions {
  const { address, tls, apiKey, metadata } = options;
  return {
    channelArgs: { 'grpc.enable_http_proxy': 0 },
    ...(address !== undefined && { address }),
    ...(tls !== undefined && tls !== null && { tls }),
    ...(apiKey !== undefined && { apiKey }),
    ...(metadata !== undefined && { metadata }),
  };
}

/** A client that connects with its first call, so that HTTP can answer 503 while Temporal is not there. */
export function createLazyClient(address: TemporalAddress): { client: Client; connection: Connection } {
  const connection = Connection.lazy(toConnectionOptions(address));
  return { connection, client: new Client({ connection, namespace: address.namespace }) };
}

/** The worker's connection: one for the life of the process, since the SDK's runtime ends with its last one. */
export async function connectWorker({ options }: TemporalAddress): Promise<NativeConnection> {
  return NativeConnection.connect(options);
}
