// From a checkout to a service that answers: what `npm start` does, step by step.
import { environment } from './prepare/settings.mjs';
import { startOwnServer } from './temporal/own-server.mjs';
import { urlOf } from './processes/ports.mjs';
import { inData, inProject } from './project.mjs';
import { answersOk, waitUntilReady } from './stack.mjs';
import { findTemporal } from './temporal/temporal.mjs';

const simulatorLimitSeconds = 30;
const serviceLimitSeconds = 90;
const simulatorGraceMs = 5000;
// More than the service gives a request that it has at the hub; who does not want to wait presses Ctrl-C once more.
const serviceGraceMs = 30_000;

/**
 * Answers where things are: `{apiUrl, callbackUrl, simulatorUrl?, temporalAddress, temporalUiUrl?}`.
 */
export async function bringUp({ settings, stack, progress, purpose }) {
  const temporal = await withStep(progress, 'temporal', async (step) => {
    const found = await findTemporal({ settings, step, purpose });
    step.done(describeTemporal(found));
    return found;
  });
  const isOurs = temporal.way !== 'address';
  const serverEnvironment = isOurs
    ? await startOwnServer({ settings, binary: temporal.binary, stack, progress })
    : environment();

  const simulatorUrl = settings.hubUrl
    ? undefined
    : urlOf({ host: '127.0.0.1', port: settings.simulatorPort });
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...serverEnvironment,
    LCM_ISSUER_IDS: settings.issuerIds,
    LCM_HUB_URL: settings.hubUrl ?? simulatorUrl,
  };
  if (simulatorUrl) await startSimulator({ env, simulatorUrl, stack, progress });
  await startService({ settings, env, stack, progress });

  const callbackAddress = urlOf({ host: settings.callbackHost, port: settings.callbackPort });
  return {
    apiUrl: urlOf({ host: settings.apiHost, port: settings.apiPort }),
    callbackUrl: `${callbackAddress}${settings.callbackBasePath}/notifyVirtualCardChange`,
    simulatorUrl,
    temporalAddress: env.TEMPORAL_ADDRESS,
    temporalUiUrl: isOurs ? urlOf({ host: '127.0.0.1', port: settings.temporalUiPort }) : undefined,
  };
}

async function startSimulator({ env, simulatorUrl, stack, progress }) {
  await withStep(progress, 'simulator', async (step) => {
    const simulator = stack.start({
      name: 'The hub simulator',
      command: process.execPath,
      args: [inProject('dist', 'src', 'simulator', 'main.js'), '--state-file', inData('simulator.json')],
      env,
      output: 'simulator.log',
      // Like Temporal, it must not get Ctrl-C before the service has ended.
      ownGroup: true,
      graceMs: simulatorGraceMs,
    });
    const check = () => answersOk(`${simulatorUrl}/_simulator/health`);
    await waitUntilReady(simulator, { check, limitSeconds: simulatorLimitSeconds });
    step.done(`the hub is simulated (LCM_HUB_URL is not set), at ${simulatorUrl}, log in .lcm/simulator.log`);
  });
}

async function startService({ settings, env, stack, progress }) {
  await withStep(progress, 'service', async (step) => {
    const service = stack.start({
      name: 'The service',
      command: process.execPath,
      args: ['--enable-source-maps', inProject('dist', 'src', 'main.js')],
      env,
      output: 'show',
      graceMs: serviceGraceMs,
    });
    const readyUrl = `${urlOf({ host: settings.apiHost, port: settings.apiPort })}/readyz`;
    await waitUntilReady(service, { check: () => answersOk(readyUrl), limitSeconds: serviceLimitSeconds });
    step.done('ready');
  });
}

async function withStep(progress, name, work) {
  const step = progress.step(name);
  try {
    return await work(step);
  } catch (error) {
    step.failed();
    throw error;
  }
}

function describeTemporal(found) {
  const ways = {
    address: () => `${found.address}, from TEMPORAL_ADDRESS`,
    path: () => `${found.version}, from PATH`,
    cache: () => `${found.version}, built or downloaded earlier`,
    download: () => `${found.version}, downloaded`,
    build: () => `${found.version}, built with Go`,
  };
  return ways[found.way]();
}
