import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  endAllProcesses,
  freePort,
  runToEnd,
  saysPortIsTaken,
  startProcess,
  until,
  type TestProcess,
} from './processes.js';
import { createServiceClient, type ServiceClient } from './service-client.js';
import { createSimulatorClient, type SimulatorClient } from './simulator-client.js';

export const ISSUER = 'ISSUER1234';
const SERVICE = resolve('dist/src/main.js');
const SETUP = resolve('dist/src/setup.js');
const SIMULATOR = resolve('dist/src/simulator/main.js');

export type Variables = Readonly<Record<string, string>>;

/** A Temporal server of the test's own, its data in a file, so that it can be killed and started again. */
export interface TemporalServer {
  readonly address: string;
  readonly folder: string;
  readonly process: TestProcess;
  /** Starts it on its file and port, and returns when the port is open. */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** `npm run setup`, for this namespace. */
  setUp(namespace?: string): Promise<void>;
  /** The `temporal` command against this server. */
  command(...args: string[]): Promise<void>;
}

/** One process of the service. */
export interface Service extends ServiceClient {
  readonly process: TestProcess;
}

export interface ServiceOptions {
  /** All three by default. */
  readonly roles?: string;
  readonly variables?: Variables;
  /** Where the hub is, when it is not the simulator itself. */
  readonly hubUrl?: string;
  /** Off: returns when the process listens. */
  readonly untilReady?: boolean;
}

/** Everything that a system test needs; only what it asks for is started. */
export interface Stack {
  readonly folder: string;
  readonly temporal: TemporalServer;
  readonly simulator: SimulatorClient;
  service(options?: ServiceOptions): Promise<Service>;
  /** The environment of a service process of this stack. */
  variables(options?: ServiceOptions): Promise<Variables>;
  /** Ends every process and removes the folder. */
  stop(): Promise<void>;
}

const START_ATTEMPTS = 3;

/** Temporal, set up, and the simulator; services are started by the test. */
export async function startStack(): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'token-lcm-system-'));
  try {
    const temporal = await unlessPortIsTaken(async () => startTemporalServer(folder));
    await temporal.setUp();
    // The simulator calls back to one port for the life of the stack, whatever process listens there.
    const callbackPort = await freePort();
    const simulator = await unlessPortIsTaken(async () => startSimulator(folder, callbackPort));
    return createStack({ folder, temporal, simulator, callbackPort });
  } catch (error) {
    await endEverything(folder);
    throw error;
  }
}

/** The server alone, without search attributes and with a day of retention. */
export async function startTemporalServer(folder: string): Promise<TemporalServer> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const data = join(folder, 'temporal');
  mkdirSync(data, { recursive: true });
  const environment = { TEMPORAL_CONFIG_FILE: emptyConfig(folder) };
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--headless'];
  args.push(
    '--db-filename',
    join(data, 't.db'),
    '--sqlite-pragma',
    'journal_mode=wal',
    '--log-level',
    'error',
  );

  const run = (): TestProcess =>
    startProcess({ name: 'Temporal', command: temporalBinary(), args, environment });
  let running = run();
  await untilListening(running, port);
  return {
    address,
    folder: data,
    get process() {
      return running;
    },
    async start() {
      running = run();
      await untilListening(running, port);
    },
    async kill() {
      await running.kill();
    },
    async setUp(namespace = 'default') {
      await untilItSucceeds({
        name: 'setup',
        command: process.execPath,
        args: [SETUP],
        environment: { ...environment, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace },
      });
    },
    async command(...words) {
      const command = [...words, '--address', address];
      await untilItSucceeds({ name: 'temporal', command: temporalBinary(), args: command, environment });
    },
  };
}

async function startSimulator(folder: string, callbackPort: number): Promise<SimulatorClient> {
  const port = await freePort();
  const running = startProcess({
    name: 'simulator',
    command: process.execPath,
    args: [SIMULATOR, '--state-file', join(folder, 'simulator.json')],
    environment: {
      LCM_SIMULATOR_PORT: String(port),
      LCM_CALLBACK_PORT: String(callbackPort),
      LCM_ISSUER_IDS: ISSUER,
    },
  });
  await untilListening(running, port);
  return createSimulatorClient(`http://127.0.0.1:${port}`);
}

function createStack(parts: {
  folder: string;
  temporal: TemporalServer;
  simulator: SimulatorClient;
  callbackPort: number;
}): Stack {
  const { folder, temporal, simulator, callbackPort } = parts;
  const variables = async (options: ServiceOptions = {}): Promise<Variables> => ({
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_CONFIG_FILE: emptyConfig(folder),
    LCM_ROLES: options.roles ?? 'api,callbacks,worker',
    LCM_ISSUER_IDS: ISSUER,
    LCM_HUB_URL: options.hubUrl ?? simulator.url,
    LCM_API_PORT: String(await freePort()),
    LCM_CALLBACK_PORT: String(callbackPort),
    LCM_READ_INTERVAL_SECONDS: '1',
    // Longer than a busy machine takes for an answer: how often is sent is told exactly.
    LCM_HUB_TIMEOUT_MS: '5000',
    ...options.variables,
  });
  return {
    folder,
    temporal,
    simulator,
    variables,
    service: async (options = {}) =>
      unlessPortIsTaken(async () => startService(await variables(options), options)),
    stop: async () => endEverything(folder),
  };
}

async function startService(variables: Variables, options: ServiceOptions): Promise<Service> {
  const apiPort = Number(variables['LCM_API_PORT']);
  const running = startProcess({
    name: `service (${variables['LCM_ROLES']})`,
    command: process.execPath,
    args: [SERVICE],
    environment: variables,
  });
  const client = createServiceClient({
    apiUrl: `http://127.0.0.1:${apiPort}`,
    callbackUrl: `http://127.0.0.1:${variables['LCM_CALLBACK_PORT']}/issuer/igwapi/v2.0/notifyVirtualCardChange`,
  });
  try {
    await untilListening(running, apiPort);
    if (options.untilReady !== false) await untilReady(running, client);
    return { ...client, process: running };
  } catch (error) {
    // Whoever tries once more finds the ports free.
    await running.kill();
    throw error;
  }
}

async function untilReady(running: TestProcess, client: ServiceClient): Promise<void> {
  await until(
    async () => (running.isRunning() ? statusOf(client) : 'ended'),
    (seen) => seen === 200 || seen === 'ended',
    150_000,
  );
  if (!running.isRunning()) throw new Error(`${running.name} has ended:\n${running.output()}`);
}

/** On a busy machine a process that has just begun may be too slow to answer. */
async function statusOf(client: ServiceClient): Promise<number | undefined> {
  return client.ready().then(
    ({ status }) => status,
    () => undefined,
  );
}

/** Runs the service to its end, for starts that it has to refuse. */
export async function refusedStart(
  variables: Variables,
  program = SERVICE,
): Promise<{ code: number | null; output: string }> {
  return runToEnd({
    name: 'service that refuses',
    command: process.execPath,
    args: [program],
    environment: variables,
  });
}

async function untilListening(running: TestProcess, port: number): Promise<void> {
  await until(
    async () => !running.isRunning() || (await answersOn(port)),
    (isOver) => isOver,
    150_000,
  );
  if (!running.isRunning()) throw new Error(`${running.name} has ended:\n${running.output()}`);
}

async function answersOn(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (isThere: boolean): void => {
      socket.destroy();
      answer(isThere);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/** The server's port is open a little before everything behind it answers. */
async function untilItSucceeds(options: Parameters<typeof runToEnd>[0]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { code, output } = await runToEnd(options);
    if (code === 0) return;
    if (attempt === 10) throw new Error(`${options.name} ${options.args.join(' ')} fails:\n${output}`);
    await sleep(300);
  }
}

async function unlessPortIsTaken<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      const isClash = error instanceof Error && saysPortIsTaken(error.message);
      if (!isClash || attempt === START_ATTEMPTS) throw error;
    }
  }
}

async function endEverything(folder: string): Promise<void> {
  await endAllProcesses();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Read instead of the user's own client settings, which are about other clusters. */
function emptyConfig(folder: string): string {
  const file = join(folder, 'temporal-client.toml');
  writeFileSync(file, '[profile.default]\n');
  return file;
}

function temporalBinary(): string {
  const path = process.env['LCM_TEST_TEMPORAL_BINARY'];
  if (path === undefined)
    throw new Error('LCM_TEST_TEMPORAL_BINARY is not set: run the tests with "npm test"');
  return path;
}
