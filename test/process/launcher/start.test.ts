import { connect, createServer } from 'node:net';
import { addFakes } from './sources.js';
import {
  type Project,
  type Running,
  aProject,
  eventually,
  freePorts,
  isAlive,
  listen,
  start,
  startedProcesses,
} from './support.js';

jest.setTimeout(60_000);

const portVariables = [
  'LCM_API_PORT',
  'LCM_CALLBACK_PORT',
  'LCM_SIMULATOR_PORT',
  'LCM_TEMPORAL_PORT',
  'LCM_TEMPORAL_UI_PORT',
] as const;

let project: Project;
let ports: Record<(typeof portVariables)[number], string>;

beforeEach(async () => {
  project = aProject();
  addFakes(project);
  const free = await freePorts(portVariables.length);
  ports = Object.fromEntries(portVariables.map((name, index) => [name, String(free[index])])) as typeof ports;
});
afterEach(async () => project.remove());

describe('npm start', () => {
  test('brings up what is not configured, in order, and stops it in the reverse order', async () => {
    const launcher = await aReadyLauncher();
    launcher.kill('SIGTERM');
    const { code } = await launcher.ended;
    expect(code).toBe(0);
    expect(namesOf(project.events())).toEqual([
      'compiles',
      'bundles',
      'temporal starts',
      `setup of 127.0.0.1:${ports.LCM_TEMPORAL_PORT}`,
      'simulator starts',
      `hub http://127.0.0.1:${ports.LCM_SIMULATOR_PORT} issuers ISSUER1234`,
      `temporal 127.0.0.1:${ports.LCM_TEMPORAL_PORT} key undefined`,
      'service starts',
      'service stops',
      'simulator stops',
      'temporal stops',
    ]);
    await expectPortsToBeFree();
  });

  test('says where everything is and passes on what the service prints', async () => {
    const launcher = await aReadyLauncher();
    expect(launcher.output()).toContain('a line of the service');
    for (const port of Object.values(ports)) expect(launcher.output()).toContain(`127.0.0.1:${port}`);
  });

  test.each([
    ['RESUMED', 'SUSPEND'],
    ['SUSPENDED', 'RESUME'],
  ])('prints, for a token that is %s, a request that can be pasted to %s it', async (status, action) => {
    const launcher = await aReadyLauncher({ TOKEN_STATUS: status });
    const [request] = await launcher.says(/^curl .*$/m);
    expect(request).toContain(`http://127.0.0.1:${ports.LCM_API_PORT}/v1/issuers/ISSUER1234/operations`);
    expect(request).toMatch(/'Idempotency-Key: [0-9a-f-]{36}'/);
    expect(request).toContain(
      `'{"action":"${action}","issuerCardRefId":"card-1","virtualCardId":"card-1-apple"}'`,
    );
  });

  test('starts neither Temporal nor the simulator when others are configured', async () => {
    const configured = { TEMPORAL_ADDRESS: 'temporal.example:7233', LCM_HUB_URL: 'http://hub.example' };
    await aReadyLauncher({ ...configured, LCM_ISSUER_IDS: 'OTHER12345', TEMPORAL_API_KEY: 'key' });
    expect(namesOf(project.events())).toEqual([
      'compiles',
      'bundles',
      'hub http://hub.example issuers OTHER12345',
      'temporal temporal.example:7233 key key',
      'service starts',
    ]);
  });

  test('keeps a key for another cluster from its own server', async () => {
    await aReadyLauncher({ TEMPORAL_API_KEY: 'key' });
    expect(project.events()).toContain(`temporal 127.0.0.1:${ports.LCM_TEMPORAL_PORT} key undefined`);
  });
});

describe('a start that cannot succeed', () => {
  test.each(portVariables)('names %s when its port is in use, and starts nothing', async (variable) => {
    const other = createServer();
    const port = await listen(other);
    const { code, stderr } = await project.run('start.mjs', [], { ...ports, [variable]: String(port) });
    other.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`${variable}: port ${port} on 127.0.0.1 cannot be used, it is in use.`);
    expect(project.events()).toEqual([]);
  });

  test('names both variables that have the same value', async () => {
    const same = { ...ports, LCM_CALLBACK_PORT: ports.LCM_API_PORT };
    expect((await project.run('start.mjs', [], same)).stderr).toMatch(
      /LCM_CALLBACK_PORT.*LCM_API_PORT has the same/,
    );
  });

  test('names the variable that is no port, but not its value', async () => {
    const { stderr } = await project.run('start.mjs', [], { ...ports, LCM_API_PORT: 'no-port' });
    expect(stderr).toContain('LCM_API_PORT must be a port number');
    expect(stderr).not.toContain('no-port');
  });

  test('shows the last output of a service that ends, and leaves nothing behind', async () => {
    const { code, stderr } = await project.run('start.mjs', [], { ...ports, SERVICE_FAILS: 'yes' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/The service has ended \(exit code 4\)[^]*the hub is not of this world/);
    await expectPortsToBeFree();
  });

  test('is refused in a folder where another start is running', async () => {
    const first = await aReadyLauncher();
    const others = await freePorts(portVariables.length);
    const otherPorts = Object.fromEntries(portVariables.map((name, index) => [name, String(others[index])]));
    const { code, stderr } = await project.run('start.mjs', [], otherPorts);
    expect(code).toBe(1);
    expect(stderr).toContain(`process ${first.pid} (npm start`);
  });
});

test('a Temporal server that ends takes the rest down with its last words', async () => {
  const launcher = await aReadyLauncher();
  process.kill(pidOf('temporal'), 'SIGKILL');
  const { code, stderr } = await launcher.ended;
  expect(code).toBe(1);
  expect(stderr).toContain('The Temporal server has ended (by SIGKILL)');
  expect(isAlive(pidOf('service'))).toBe(false);
});

describe('Ctrl-C', () => {
  test('reaches the service alone, so that it ends before what it needs', async () => {
    const launcher = await aReadyLauncher();
    pressCtrlC(launcher);
    await launcher.ended;
    expect(project.events()).toContain('service gets SIGINT');
    expect(project.events().slice(-3)).toEqual(['service stops', 'simulator stops', 'temporal stops']);
  });

  test('that comes twice at once, as under npm, is one', async () => {
    const launcher = await aReadyLauncher({ SLOW_STOP_MS: '300' });
    launcher.kill('SIGINT');
    launcher.kill('SIGINT');
    await launcher.ended;
    expect(project.events().slice(-3)).toEqual(['service stops', 'simulator stops', 'temporal stops']);
  });

  test('pressed again later does not wait any longer', async () => {
    const launcher = await aReadyLauncher({ SLOW_STOP_MS: '600000' });
    launcher.kill('SIGINT');
    await new Promise((done) => setTimeout(done, 1000));
    launcher.kill('SIGINT');
    expect((await launcher.ended).code).toBe(0);
    await expectPortsToBeFree();
  });
});

describe('a launcher that is killed', () => {
  test('leaves no process and no port', async () => {
    const launcher = await aReadyLauncher();
    launcher.kill('SIGKILL');
    await eventually(() => !['service', 'simulator', 'temporal'].some((name) => isAlive(pidOf(name))));
    await expectPortsToBeFree();
  });

  test('does not keep the next start waiting for long', async () => {
    const killed = await aReadyLauncher();
    killed.kill('SIGKILL');
    await aReadyLauncher();
  });

  test('together with its guardian leaves a Temporal server, which the next start ends', async () => {
    const killed = await aReadyLauncher();
    const left = pidOf('temporal');
    const { guardian } = JSON.parse(project.read('.lcm/start.lock')) as { guardian: { pid: number } };
    process.kill(guardian.pid, 'SIGKILL');
    killed.kill('SIGKILL');
    await killed.ended;
    expect(isAlive(left)).toBe(true);

    const next = await aReadyLauncher();
    expect(next.output()).toContain(`Ending process ${left}, left by an earlier start: The Temporal server.`);
    expect(isAlive(left)).toBe(false);
  });

  test('does not make the next start end a process that has only the same id', async () => {
    project.write(
      '.lcm/processes.json',
      JSON.stringify([{ name: 'x', pid: process.pid, startedAt: 'long ago' }]),
    );
    await aReadyLauncher();
  });
});

test.each(['SIGTERM', 'SIGKILL'] as const)('a %s that only npm gets stops everything too', async (signal) => {
  // npm as it is in between: a process, then a shell, which does not pass signals on.
  const script = `require('node:child_process').spawn('/bin/sh', ['-c', '"${process.execPath}" scripts/start.mjs; true'],
    { stdio: 'inherit' }); process.on('SIGTERM', () => process.exit(143));`;
  const npm = start(process.execPath, ['-e', script], {
    cwd: project.folder,
    env: { ...project.environment, ...ports, npm_lifecycle_event: 'start' },
  });
  await npm.says(/^curl /m);
  npm.kill(signal);
  await eventually(() => project.events().includes('temporal stops'));
  expect(project.events().slice(-3)).toEqual(['service stops', 'simulator stops', 'temporal stops']);
  await npm.ended;
});

async function aReadyLauncher(environment: Record<string, string> = {}): Promise<Running> {
  const launcher = project.start('start.mjs', [], { ...ports, ...environment });
  await launcher.says(/^curl /m);
  return launcher;
}

/** As a terminal does it: a signal to everybody in the launcher's group. */
function pressCtrlC(launcher: Running): void {
  process.kill(-launcher.pid, 'SIGINT');
}

function pidOf(name: string): number {
  const [pid = 0] = startedProcesses(project.events().filter((event) => event.startsWith(`${name} `))).slice(
    -1,
  );
  return pid;
}

function namesOf(events: string[]): string[] {
  return events.map((event) => event.replace(/ as \d+$/, ''));
}

/** Nobody listens there. A connection that another process of this machine has opened may have taken the port since. */
async function expectPortsToBeFree(): Promise<void> {
  const listening = await Promise.all(Object.values(ports).map(async (port) => isListenedOn(Number(port))));
  expect(listening).not.toContain(true);
}

async function isListenedOn(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isConnected = await new Promise<boolean>((done) => {
    socket.once('connect', () => done(true)).once('error', () => done(false));
  });
  socket.destroy();
  return isConnected;
}
