// Where the demo plays: on a service and a simulator that run already, or on a stack of its own, as `npm start` makes it.
import { bringUp } from '../bring-up.mjs';
import { LauncherError } from '../errors.mjs';
import { urlOf } from '../processes/ports.mjs';
import { prepare } from '../prepare/prepare.mjs';
import { answersOk, createStack, describeEnd } from '../stack.mjs';
import { claimDataAndPorts } from '../processes/start-lock.mjs';
import { onStopAsked } from '../processes/stop.mjs';

const purpose = 'npm run demo';
const serviceLog = 'service.log';

/** A place: `{apiUrl, simulatorUrl, temporalUiUrl?, issuerId, namespace, isShared?}`. Undefined if nothing runs. */
export async function findRunning(settings) {
  const apiUrl = urlOf({ host: settings.apiHost, port: settings.apiPort });
  const simulatorUrl = urlOf({ host: '127.0.0.1', port: settings.simulatorPort });
  refuseOtherHub(settings.hubUrl, simulatorUrl);
  const [service, simulator] = await Promise.all([
    answersOk(`${apiUrl}/readyz`),
    answersOk(`${simulatorUrl}/_simulator/health`),
  ]);
  if (!service) return undefined;
  if (!simulator) {
    throw new LauncherError(
      `A service answers at ${apiUrl}, but no hub simulator at ${simulatorUrl} (LCM_SIMULATOR_PORT). ` +
        'The demo plays with simulated tokens only.',
    );
  }
  const temporalUiUrl = urlOf({ host: '127.0.0.1', port: settings.temporalUiPort });
  return { ...toPlace(settings, { apiUrl, simulatorUrl, temporalUiUrl }), isShared: true };
}

/**
 * Starts all that is needed, lets `tell(place, print)` play on it, and stops it. Answers what `tell` answers.
 */
export async function withOwnStack({ settings, progress }, tell) {
  if (settings.hubUrl) {
    throw new LauncherError(
      'LCM_HUB_URL is set, but no service is ready. Unset it: the demo then starts a simulator.',
    );
  }
  const stack = createStack({ print: progress.print });
  const stopAll = () => stack.stop({ onStop: (name) => progress.print(`${name} is being stopped.`) });
  onStopAsked({ progress, stopAll, hurry: () => stack.hurry() });

  try {
    const release = await claimDataAndPorts({ settings, progress, purpose });
    process.once('exit', release);
    await prepare({ progress, purpose });
    const places = await bringUp({ settings, stack: withoutServiceOutput(stack), progress, purpose });
    // Whatever becomes of the story while everything is being stopped says nothing about the service.
    const print = (line) => stack.isStopping || progress.print(line);
    const told = await Promise.race([tell(toPlace(settings, places), print), failWhenOneEnds(stack)]);
    await stopAll();
    return told;
  } catch (error) {
    // Whoever asked for the stop ends the process.
    if (stack.isStopping) await new Promise(() => {});
    await stopAll();
    throw error;
  }
}

/** Tokens that do not exist are of no use at a real hub. */
function refuseOtherHub(hubUrl, simulatorUrl) {
  const isSimulator = hubUrl?.replace('//localhost:', '//127.0.0.1:').replace(/\/$/, '') === simulatorUrl;
  if (hubUrl === undefined || isSimulator) return;
  throw new LauncherError(
    'LCM_HUB_URL names a hub that is not the simulator: the demo does not play there. Unset it.',
  );
}

function toPlace(settings, { apiUrl, simulatorUrl, temporalUiUrl }) {
  const [issuerId] = settings.issuerIds.split(',');
  return {
    apiUrl,
    simulatorUrl,
    temporalUiUrl,
    issuerId: issuerId.trim(),
    namespace: settings.temporalNamespace,
  };
}

/** The service's log lines between the sentences of the story would spoil both. */
function withoutServiceOutput(stack) {
  return {
    start: (child) => stack.start(child.output === 'show' ? { ...child, output: serviceLog } : child),
  };
}

async function failWhenOneEnds(stack) {
  const { child, how } = await stack.firstToEnd();
  throw new LauncherError(describeEnd(child, how));
}
