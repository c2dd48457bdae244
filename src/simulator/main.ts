import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { type SimulatorConfig, readSimulatorConfig } from '../config/simulator-config.js';
import { defaultNastyShare } from './plan/seeding.js';
import { createSimulator } from './simulator.js';

/** The process of the simulator: `node dist/src/simulator/main.js --state-file FILE`. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'state-file': { type: 'string' } } });
  const config: SimulatorConfig = readSimulatorConfig();
  const log = pino({ name: 'simulator', level: config.logLevel });
  const { seed, nastyShare = defaultNastyShare, logEntries } = config;
  const simulator = createSimulator({
    stateFile: values['state-file'],
    callbackUrl: config.callbackUrl,
    issuerIds: config.issuerIds,
    ...(seed !== undefined && { seeding: { seed, nastyShare } }),
    settings: { ...(logEntries !== undefined && { logEntries }) },
    log,
  });
  const { url } = await simulator.listen(config.port);
  log.info(
    { url, callbackUrl: config.callbackUrl, issuerIds: config.issuerIds, seed },
    'The hub simulator listens.',
  );

  let stopping = false;
  function stop(signal: NodeJS.Signals): void {
    if (stopping) return; // Ctrl-C reaches us twice: from the terminal and from the launcher.
    stopping = true;
    log.info({ signal }, 'The hub simulator stops.');
    simulator.close().catch(fail);
  }
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

main().catch(fail);
