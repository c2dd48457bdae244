// npm run fuzz -- --seconds 180 --seed 1   sends the service what its OpenAPI documents allow and what they forbid, and fails at
// a 5xx or at an answer that is not documented. Plays on a service and a simulator that run, or on its own, with two issuers.
import './lib/node-version.mjs';
import { parseArgs } from 'node:util';
import { findRunning, withOwnStack } from './lib/demo/place.mjs';
import { LauncherError, main } from './lib/errors.mjs';
import { findFuzzer } from './lib/fuzz/fuzzer.mjs';
import { createProgress } from './lib/progress.mjs';
import { dataFolder, inData } from './lib/project.mjs';
import { run } from './lib/processes/run.mjs';
import { readSettings } from './lib/prepare/settings.mjs';

const issuers = 'ISSUER1234,ISSUER5678';
const everywhere = [
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'missing_required_header',
  'unsupported_method',
];
const apiChecks = [...everywhere, 'not_a_server_error', 'negative_data_rejection'];
/** A callback is not refused for what the document does not foresee (I7), and 503 is how the hub is told to keep it. */
const callbackChecks = everywhere;
/** A fuzzer that is slow to end is given up. */
const graceMs = 120_000;

await main(async () => {
  const { seconds, seed } = readOptions(process.argv.slice(2));
  process.env.LCM_ISSUER_IDS ??= issuers;
  const settings = readSettings();
  const progress = createProgress();
  const fuzzer = await findFuzzer({ settings, progress });
  const play = async ({ apiUrl }, print) => {
    const documents = [
      { name: 'api', document: `${apiUrl}/openapi.json`, url: apiUrl, checks: apiChecks },
      {
        name: 'callbacks',
        document: `${apiUrl}/openapi-callbacks.json`,
        url: `http://${settings.callbackHost}:${settings.callbackPort}${settings.callbackBasePath}`,
        checks: callbackChecks,
      },
    ];
    let isClean = true;
    for (const { name, document, url, checks } of documents) {
      print(`fuzzing ${name} for ${seconds} s, seed ${seed}`);
      const limits = ['--max-time', String(seconds), '--seed', String(seed), '--continue-on-failure'];
      const report = ['--report', 'junit', '--report-dir', inData(`fuzz-${name}`)];
      const args = ['run', document, '--url', url, '--checks', checks.join(','), ...limits, ...report];
      const limitMs = seconds * 1000 + graceMs;
      const { ok } = await run(fuzzer, args, { cwd: dataFolder, onLine: print, limitMs });
      isClean &&= ok;
    }
    return isClean;
  };
  const running = await findRunning(settings);
  const isClean = running
    ? await play(running, progress.print)
    : await withOwnStack({ settings, progress }, play);
  progress.print(isClean ? 'Every answer is documented, and none is a 5xx.' : 'See the failures above.');
  process.exitCode = isClean ? 0 : 1;
});

function readOptions(args) {
  const options = { seconds: { type: 'string', default: '120' }, seed: { type: 'string', default: '1' } };
  const { values } = parse(args, options);
  for (const [name, value] of Object.entries(values)) {
    if (!/^[1-9]\d{0,4}$/.test(String(value)))
      throw new LauncherError(`--${name} must be a whole number above 0.`);
  }
  return { seconds: Number(values['seconds']), seed: Number(values['seed']) };
}

/** @returns {{ values: Record<string, unknown> }} */
function parse(args, options) {
  try {
    return parseArgs({ args, options });
  } catch {
    throw new LauncherError('npm run fuzz knows --seconds N and --seed N, and nothing else.');
  }
}
