// The launcher's own Temporal server: data in `.lcm/temporal.db`, so a restart loses nothing.
import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LauncherError, indent } from '../errors.mjs';
import { unknownUser } from '../prepare/machine.mjs';
import { answersOn } from '../processes/ports.mjs';
import { dataFolder, inData, inProject, projectFolder } from '../project.mjs';
import { run } from '../processes/run.mjs';
import { environmentForOwnServer } from '../prepare/settings.mjs';
import { waitUntilReady } from '../stack.mjs';

const readyLimitSeconds = 60;
const setupAttempts = 5;
const graceMs = 10_000;
// The SDK cannot read a file without any profile.
const emptyConfig = `# Empty on purpose: the launcher says by environment where its server is.
[profile.default]
`;

/** Answers the environment in which the service finds the server. */
export async function startOwnServer({ settings, binary, stack, progress }) {
  const env = environmentForOwnServer(settings, { configFile: writeEmptyConfig() });
  const step = progress.step('server');
  const server = stack.start({
    name: 'The Temporal server',
    command: binary,
    args: serverArguments(settings),
    env,
    output: 'temporal.log',
    // Ctrl-C reaches the whole group: the server must not go before the service.
    ownGroup: true,
    graceMs,
  });
  const check = () => answersOn({ host: '127.0.0.1', port: settings.temporalPort });
  await orFail(step, waitUntilReady(server, { check, limitSeconds: readyLimitSeconds }));
  step.done(`Temporal at ${env.TEMPORAL_ADDRESS}, data in .lcm/temporal.db`);

  await setUp({ env, server, progress });
  return env;
}

/** Search attributes and retention. The server's port is open a little before it answers, so this is repeated. */
async function setUp({ env, server, progress }) {
  const step = progress.step('setup');
  for (let attempt = 1; ; attempt += 1) {
    const result = await run(process.execPath, [inProject('dist', 'src', 'setup.js')], { env });
    if (result.ok) return step.done('search attributes and retention');
    if (attempt === setupAttempts || server.hasEnded()) {
      step.failed();
      throw new LauncherError(`The Temporal server could not be set up:\n${indent(result.tail)}`);
    }
    step.note(`attempt ${attempt + 1} of ${setupAttempts}`);
    await sleep(1000);
  }
}

function serverArguments(settings) {
  const { temporalPort, temporalUiPort, temporalNamespace } = settings;
  const args = [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    `${temporalPort}`,
    '--ui-port',
    `${temporalUiPort}`,
  ];
  args.push(
    '--db-filename',
    // From the folder in which the server runs: an absolute path becomes part of a URI, in which # ? and % mean something.
    relative(projectFolder, inData('temporal.db')),
    '--sqlite-pragma',
    'journal_mode=wal',
    '--log-level',
    'warn',
  );
  if (temporalNamespace !== 'default') args.push('--namespace', temporalNamespace);
  return args;
}

/** Read instead of the user's own client settings, which are about other clusters. */
function writeEmptyConfig() {
  mkdirSync(dataFolder, { recursive: true });
  const file = inData('temporal-client.toml');
  writeFileSync(file, emptyConfig);
  return file;
}

async function orFail(step, work) {
  try {
    await work;
  } catch (error) {
    step.failed();
    // Only the server itself can tell whether the two variables are enough for it.
    if (/user: unknown userid/.test(error.message)) throw new LauncherError(`${unknownUser}.`);
    throw error;
  }
}
