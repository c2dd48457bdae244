import { createActivities, type ActivityDependencies } from '../activities/index.js';
import type { Config } from './config/config.js';
import { namesOfProxyVariables, temporalVariables, type Environment } from './config/environment.js';
import type { Logger } from './config/logger.js';
import type { Secrets } from './config/secrets.js';
import { createApiApp } from './http/api/api.js';
import { createCallbackApp } from './http/callbacks/callbacks.js';
import { createHealthApp } from './http/server/health.js';
import { listenApi, listenCallbacks, type RunningServer } from './http/server/servers.js';
import { createAttemptLookUp } from './temporal/worker/attempt-look-up.js';
import { createBoundedCalls } from './temporal/connection/bounded-calls.js';
import {
  checkClock,
  createClockSample,
  TOLERATED_OFFSET_MS,
  type ClockCheck,
  type ClockSampleParts,
} from './temporal/connection/clock-check.js';
import { createLateBasisLookUp } from './temporal/operations/closed-operation.js';
import {
  createLazyClient,
  loadTemporalAddress,
  type TemporalAddress,
} from './temporal/connection/connect.js';
import { untilNamespaceIsFit } from './temporal/connection/namespace.js';
import { createLook, watchNamespace, type NamespaceWatch } from './temporal/connection/namespace-watch.js';
import { createNewerIntentLookUp } from './temporal/worker/newer-intent.js';
import { installRuntime } from './temporal/worker/runtime.js';
import { createTemporalGateway, type GatewaySettings } from './temporal/temporal-gateway.js';
import { startWorker, type WorkerRole } from './temporal/worker/worker-role.js';
import { createHubClient, type HubClient } from './tsh/hub-client.js';
import { createTokenReader } from './tsh/token-reader.js';
import { createTraffic, type Traffic } from './tsh/traffic.js';

export interface ServiceOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly environment: Environment;
  readonly logger: Logger;
  readonly bundlePath: string;
  readonly historiesPath: string;
  readonly errorsPagePath: string;
}

export interface Service {
  /** Rejects when a part of it broke, and never resolves: half a service looks alive and is not. */
  readonly broken: Promise<never>;
  /** Answers what was accepted, lets what is under way at the hub end, and closes every connection. */
  stop(): Promise<void>;
}

/** An exchange that is under way when the process stops may end; the activity's own end is a little later. */
const WORKER_GRACE_MARGIN_MS = 2_000;

/**
 * Puts the pieces of the chosen roles together. HTTP listens first: while Temporal is away it answers 503, so that
 * callers and the hub come again.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { config, secrets, logger, errorsPagePath } = options;
  const variables = namesOfProxyVariables(options.environment);
  if (variables.length > 0)
    logger.info({ variables }, 'no proxy is used: Temporal and the hub are reached directly');
  const address = loadTemporalAddress(temporalVariables(options.environment));
  const { client, connection } = createLazyClient(address);
  const calls = createBoundedCalls(connection);
  const closing = new AbortController();
  const servers: RunningServer[] = [];
  let worker: WorkerRole | undefined;
  let namespaceWatch: NamespaceWatch | undefined;
  let clockCheck: ClockCheck | undefined;
  const gateway = createTemporalGateway(client, toGatewaySettings(config), {
    calls,
    onRefusal: () => namespaceWatch?.lookSoon(),
  });

  const plays = (role: Config['roles'][number]): boolean => config.roles.includes(role);
  // One client, limiter and circuit for all that this process asks of the hub.
  const hub = plays('api') || plays('worker') ? createWayToHub(options) : undefined;
  const readiness = async () => ({
    temporal: namespaceWatch?.problems().length === 0 && (await gateway.isReachable()),
    ...(plays('callbacks') && { callbacks: !closing.signal.aborted }),
    ...(plays('worker') && { worker: worker?.isPolling() === true }),
    ...(closing.signal.aborted && { running: false }),
  });
  const details = () => {
    const problems = namespaceWatch?.problems() ?? [];
    const offsetMs = clockCheck?.offsetMs();
    const fault = worker?.isPolling() === false ? worker.fault() : undefined;
    return {
      ...(problems.length > 0 && { temporal: problems }),
      ...(fault !== undefined && { worker: [fault] }),
      ...(offsetMs !== undefined && { clock: { offsetMs } }),
    };
  };

  if (plays('callbacks')) {
    const app = createCallbackApp({ gateway, config, logger, clock: Date.now });
    servers.push(await listenCallbacks({ app, config, secrets, logger }));
  }
  const app =
    plays('api') && hub !== undefined
      ? createApiApp({
          gateway,
          tokens: createTokenReader({ hub: hub.client, traffic: hub.traffic }),
          config,
          logger,
          readiness,
          details,
          errorsPagePath,
          closing: closing.signal,
        })
      : createHealthApp({ logger, readiness, details });
  servers.push(await listenApi({ app, config }));
  logger.info(
    { roles: config.roles, apiPort: config.api.port, callbackPort: config.callbacks.port },
    'listening',
  );

  const working = (async (): Promise<void> => {
    await untilNamespaceIsFit(connection, address.namespace, {
      signal: closing.signal,
      warn: (warning) => logger.warn(warning),
    });
    if (closing.signal.aborted) return;
    namespaceWatch = watchNamespace({
      look: createLook({ calls, connection, namespace: address.namespace }),
      onChange: (problems) => tellOf(problems, logger),
    });
    const { taskQueue } = config.temporal;
    clockCheck = startClockCheck({ calls, connection, namespace: address.namespace, taskQueue }, logger);
    if (!plays('worker') || hub === undefined) return;
    const activities = {
      hub: hub.client,
      traffic: hub.traffic,
      findNewerIntent: createNewerIntentLookUp(client, calls),
      whenHandedOut: createAttemptLookUp(client, calls),
      findLateBasis: createLateBasisLookUp(client, calls),
      numericReferences: config.numericReferences,
    };
    worker = startWorkerRole({ ...options, address, activities });
    await worker.stopped;
  })();

  return {
    broken: working.then(async () => new Promise<never>(() => undefined)),
    async stop() {
      closing.abort();
      namespaceWatch?.stop();
      clockCheck?.stop();
      await Promise.all(servers.map(async (server) => server.close()));
      await worker?.stop().catch(() => undefined);
      await working.catch(() => undefined);
      await hub?.client.close();
      await calls.drained();
      await connection.close();
    },
  };
}

/** What of the configuration every operation is started with. */
export function toGatewaySettings(config: Config): GatewaySettings {
  return {
    taskQueue: config.temporal.taskQueue,
    policy: { readIntervalMs: config.readIntervalSeconds * 1000, confirmByReading: config.confirmByReading },
    hubTimeoutMs: config.hub.timeoutMs,
    foreignQuietMs: config.foreignQuietSeconds * 1000,
    lateQuietMs: config.lateQuietSeconds * 1000,
    renewalQuietMs: config.renewalQuietSeconds * 1000,
  };
}

interface WayToHub {
  readonly client: HubClient;
  readonly traffic: Traffic;
}

function createWayToHub({ config, secrets, logger }: ServiceOptions): WayToHub {
  const { url, timeoutMs, maxRequestsPerSecond } = config.hub;
  // The configuration has seen to it that whoever needs a hub has one.
  if (url === undefined) throw new Error('LCM_HUB_URL: the base address of the hub is needed');
  return {
    client: createHubClient({
      baseUrl: url,
      timeoutMs,
      tls: secrets.hubTls,
      onForeignAnswer: (answer) => logger.warn(answer, 'something answered that cannot be the hub'),
    }),
    traffic: createTraffic({
      maxRequestsPerSecond,
      onCircuitChange: (state) => logger.warn({ state }, 'the circuit to the hub has changed'),
    }),
  };
}

function tellOf(problems: readonly string[], logger: Logger): void {
  if (problems.length > 0) logger.error({ problems }, 'the Temporal namespace is not fit any more');
  else logger.info('the Temporal namespace is fit again');
}

function startClockCheck(parts: ClockSampleParts, logger: Logger): ClockCheck {
  return checkClock({
    ...createClockSample(parts),
    onChange: (offsetMs) => {
      const isOff = Math.abs(offsetMs) > TOLERATED_OFFSET_MS;
      if (isOff)
        logger.warn({ offsetMs }, 'the clock of this machine is not that of Temporal: set it by NTP');
      else logger.info({ offsetMs }, 'the clock of this machine is that of Temporal again');
    },
    onUnknown: (error) =>
      logger.warn({ err: error }, 'it is not known whether the clock of this machine is that of Temporal'),
  });
}

function startWorkerRole(
  options: ServiceOptions & {
    address: TemporalAddress;
    activities: Omit<ActivityDependencies, 'clock'>;
  },
): WorkerRole {
  const { config, logger, address, bundlePath, historiesPath } = options;
  const { taskQueue } = config.temporal;
  // Only a worker needs the native runtime, and only a worker ends it: without one it would keep the process alive.
  installRuntime((level, fields, message) => logger[level](fields, message));
  return startWorker({
    address,
    taskQueue,
    bundlePath,
    historiesPath,
    activities: createActivities({ ...options.activities, clock: Date.now }),
    shutdownGraceMs: config.hub.timeoutMs + WORKER_GRACE_MARGIN_MS,
    onPolling: () => logger.info({ taskQueue }, 'the worker polls'),
    onFault: (error, pauseMs) =>
      logger.warn(
        { err: error, pauseMs },
        'the worker cannot poll, trying again: Temporal is away or refuses it',
      ),
  });
}
