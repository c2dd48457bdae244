import { type Project, aProgram, noteFunction } from './support.js';

/** Sources and tools that make the project buildable and startable, in place of the real ones. */
export function addFakes(project: Project): void {
  for (const [file, text] of Object.entries(files)) project.write(file, text);
  aProgram(project, 'npm', npm);
  aProgram(project, 'temporal', temporal);
}

// Shared by all fakes of the running system: notes when it starts and when it is told to stop.
const lifeCycle = `
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
export const note = (text) => appendFileSync(process.env.EVENTS, text + '\\n');
export function live(name, port, answer) {
  const server = createServer((request, response) => {
    const { status = 200, body = {} } = answer(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(port, '127.0.0.1', () => note(name + ' starts as ' + process.pid));
  const stop = () => { note(name + ' stops'); process.exit(0); };
  process.once('SIGTERM', () => setTimeout(stop, Number(process.env.SLOW_STOP_MS ?? 0)));
  process.on('SIGINT', () => note(name + ' gets SIGINT'));
}`;

const service = `
import { live, note } from './live.js';
if (process.env.SERVICE_FAILS) { console.error('the hub is not of this world'); process.exit(4); }
note('hub ' + process.env.LCM_HUB_URL + ' issuers ' + process.env.LCM_ISSUER_IDS);
note('temporal ' + process.env.TEMPORAL_ADDRESS + ' key ' + process.env.TEMPORAL_API_KEY);
console.log('a line of the service');
live('service', process.env.LCM_API_PORT, () => ({}));`;

const simulator = `
import { live } from '../live.js';
live('simulator', process.env.LCM_SIMULATOR_PORT, ({ url }) => url.includes('/cards/')
  ? { body: { tokens: [{ virtualCardId: 'card-1-apple', status: process.env.TOKEN_STATUS ?? 'RESUMED' }] } }
  : { status: url === '/_simulator/health' ? 200 : 404 });`;

const setup = `
import { note } from './live.js';
note('setup of ' + process.env.TEMPORAL_ADDRESS);
process.exit(process.env.SETUP_FAILS ? 1 : 0);`;

// The real compiler's contract: files into dist/, their names on stdout, diagnostics and exit code 2 for an error.
const compiler = `${noteFunction}
const { mkdirSync, readFileSync, readdirSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
note('compiles');
let failed = false;
for (const folder of ['src', 'workflows', 'activities']) {
  for (const name of readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.ts'))) {
    const text = readFileSync(join(folder, name), 'utf8');
    const output = join(process.cwd(), 'dist', folder, name.replace(/ts$/, 'js'));
    mkdirSync(dirname(output), { recursive: true });
    writeFileSync(output, text);
    console.log('TSFILE: ' + output);
    if (text.includes('type error')) { console.log(join(folder, name) + '(1,1): error TS1: a type error'); failed = true; }
  }
}
process.exit(failed ? 2 : 0);`;

const bundler = `${noteFunction}
exports.DefaultLogger = class {};
exports.bundleWorkflowCode = async ({ workflowsPath }) => {
  note('bundles');
  if (process.env.BUNDLING_TAKES_FOR_EVER) await new Promise(() => setInterval(() => {}, 1000));
  return { code: '/'.repeat(5000) + '\\n//# sourceMappingURL=data:' + 'x'.repeat(9000) };
};`;

const npm = `
const { mkdirSync, writeFileSync } = require('node:fs');
note(['npm', ...process.argv.slice(2)].join(' '));
if (process.argv[2] === 'ci') {
  mkdirSync('node_modules', { recursive: true });
  writeFileSync('node_modules/.package-lock.json', '{}');
}
if (process.argv.includes(process.env.FAILING_SCRIPT)) { console.error('line 7 is not well formed'); process.exit(1); }`;

// Writes the results that the variables JEST_unit, JEST_system … hold; `crash` writes none.
const testRunner = `${noteFunction}
const valueOf = (name) => process.argv[process.argv.indexOf(name) + 1];
const project = valueOf('--selectProjects');
const others = process.argv.slice(2).filter((argument) => !argument.startsWith('--json') && argument !== valueOf('--outputFile'));
note('jest ' + others.join(' ') + ', Temporal ' + process.env.LCM_TEST_TEMPORAL_BINARY + ', port ' + process.env.LCM_API_PORT);
const given = process.env['JEST_' + project] ?? '{}';
if (given === 'crash') process.exit(1);
const results = { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 0, ...JSON.parse(given) };
require('node:fs').writeFileSync(valueOf('--outputFile'), JSON.stringify(results));
process.exit(results.numFailedTests + results.numRuntimeErrorTestSuites > 0 || results.exitsWithError ? 1 : 0);`;

const temporal = `
if (process.argv.includes('--version')) { console.log('temporal version 1.8.2 (Server 1.31.2)'); process.exit(0); }
const valueOf = (name) => process.argv[process.argv.indexOf(name) + 1];
for (const name of ['--port', '--ui-port']) require('node:net').createServer().listen(valueOf(name), '127.0.0.1');
// As SQLite reads the URI that the real server makes of the name.
const name = decodeURIComponent(valueOf('--db-filename').replace(/[#?].*$/, ''));
require('node:fs').writeFileSync(name, 'data');
note('temporal starts as ' + process.pid);
process.on('SIGTERM', () => { note('temporal stops'); process.exit(0); });
process.on('SIGINT', () => note('temporal gets SIGINT'));`;

const files = {
  'src/main.ts': service,
  'src/setup.ts': setup,
  'src/live.ts': lifeCycle,
  'src/simulator/main.ts': simulator,
  'workflows/index.ts': 'export {};',
  'activities/index.ts': 'export {};',
  'docs/errors.md': '# Errors',
  'tsconfig.build.json': '{}',
  'node_modules/@typescript/native/package.json': '{ "type": "commonjs" }',
  'node_modules/@typescript/native/bin/tsc': compiler,
  'node_modules/jest/package.json': '{ "type": "commonjs" }',
  'node_modules/jest/bin/jest.js': testRunner,
  'node_modules/@temporalio/worker/package.json': '{ "type": "commonjs", "main": "index.js" }',
  'node_modules/@temporalio/worker/index.js': bundler,
};
