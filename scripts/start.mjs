// npm start: everything that a checkout needs to answer requests, in one command. Temporal and the simulator of the hub are
// started only when none is configured.
import './lib/node-version.mjs';
import { bringUp } from './lib/bring-up.mjs';
import { LauncherError, indent, main } from './lib/errors.mjs';
import { prepare } from './lib/prepare/prepare.mjs';
import { createProgress, seconds } from './lib/progress.mjs';
import { sampleRequest } from './lib/sample.mjs';
import { readSettings } from './lib/prepare/settings.mjs';
import { createStack, describeEnd } from './lib/stack.mjs';
import { claimDataAndPorts } from './lib/processes/start-lock.mjs';
import { onStopAsked } from './lib/processes/stop.mjs';

const purpose = 'npm start';
const startedAt = Date.now();

await main(async () => {
  const settings = readSettings();
  const progress = createProgress();
  const stack = createStack({ print: (line) => progress.print(line) });
  const stopAll = () => stack.stop({ onStop: (name) => progress.print(`${name} is being stopped.`) });
  onStopAsked({ progress, stopAll, hurry: () => stack.hurry() });

  try {
    const release = await claimDataAndPorts({ settings, progress, purpose });
    process.once('exit', release);
    await prepare({ progress, purpose });
    const places = await bringUp({ settings, stack, progress, purpose });
    progress.print(await welcome({ settings, places }));

    const { child, how } = await stack.firstToEnd();
    if (!stack.isStopping) throw new LauncherError(describeEnd(child, how));
  } catch (error) {
    // What fails because it is being stopped is no news; whoever asked for the stop ends the process.
    if (!stack.isStopping) {
      await stopAll();
      throw error;
    }
  }
  await new Promise(() => {});
});

async function welcome({ settings, places }) {
  const lines = [
    ['API', places.apiUrl],
    ['docs', `${places.apiUrl}/docs`],
    ['callbacks', places.callbackUrl],
    ['hub', places.simulatorUrl ? `${places.simulatorUrl}  (simulator)` : settings.hubUrl],
    ['Temporal', places.temporalAddress],
    ['Temporal UI', places.temporalUiUrl],
    ['to look at', places.temporalUiUrl && attentionUrl(places.temporalUiUrl, settings)],
  ];
  const urls = lines.filter(([, text]) => text).map(([name, text]) => `${name.padEnd(12)} ${text}`);
  return [
    `\nReady after ${seconds(startedAt)}.\n${indent(urls.join('\n'))}`,
    `\nTry it:\n\n${await sampleRequest({ settings, simulatorUrl: places.simulatorUrl })}`,
    '\nCtrl-C stops everything; the data stays in .lcm/.\n',
  ].join('\n');
}

/** The list of what needs a person. */
function attentionUrl(temporalUiUrl, { temporalNamespace }) {
  return `${temporalUiUrl}/namespaces/${temporalNamespace}/workflows?query=LcmAttention+IS+NOT+NULL`;
}
