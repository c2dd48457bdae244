import { createServer } from 'node:http';
import { addFakes } from './sources.js';
import { type Project, aProject, freePorts, listen } from './support.js';

jest.setTimeout(60_000);

let project: Project;
let ports: Record<string, string>;

beforeEach(async () => {
  project = aProject();
  addFakes(project);
  const names = ['API', 'CALLBACK', 'SIMULATOR', 'TEMPORAL', 'TEMPORAL_UI'];
  const free = await freePorts(names.length);
  ports = Object.fromEntries(names.map((name, index) => [`LCM_${name}_PORT`, String(free[index])]));
});
afterEach(async () => project.remove());

const allStopped = ['service stops', 'simulator stops', 'temporal stops'];

describe('npm run demo where nothing runs', () => {
  test('starts everything, tells every chapter although the service knows no operation, and stops everything', async () => {
    const { code, stdout } = await project.run('demo.mjs', [], ports);
    expect(code).toBe(1);
    expect(stdout.match(/✗ The service answered something that is no operation/g)).toHaveLength(6);
    expect(stdout).toContain('✗ The simulator has begun no renewal.');
    expect(stdout).not.toContain('a line of the service');
    expect(project.events().slice(-3)).toEqual(allStopped);
  });

  test('takes a story that was cut short for no success', async () => {
    const demo = project.start('demo.mjs', [], { ...ports, SLOW_STOP_MS: '500' });
    await demo.says(/^simulator /m);
    demo.kill('SIGINT');
    expect((await demo.ended).code).toBe(1);
    expect(project.events().at(-1)).toBe('temporal stops');
  });

  test.each([
    ['a seed that is no number', ['--seed', 'lucky'], '--seed must be a whole number from 0 to 4294967295'],
    ['a seed that is negative', ['--seed=-1'], '--seed must be a whole number from 0 to 4294967295'],
    [
      'a seed that is too large',
      ['--seed', '4294967296'],
      '--seed must be a whole number from 0 to 4294967295',
    ],
    ['no seed at all', ['--seed'], '--seed must be a whole number from 0 to 4294967295'],
    ['an option that it does not know', ['--sead', '7'], 'npm run demo knows one option, --seed N'],
    ['a word', ['7'], 'npm run demo knows one option, --seed N'],
  ])('refuses %s before anything starts, and says what it expects', async (_what, args, expected) => {
    const { code, stderr } = await project.run('demo.mjs', args, ports);
    expect(code).toBe(1);
    expect(stderr).toContain(expected);
    expect(stderr).not.toContain('lucky');
    expect(project.events()).toEqual([]);
  });

  test('sets the seed that it was given, and fails where the simulator does not', async () => {
    const { code, stdout } = await project.run('demo.mjs', ['--seed', '7'], ports);
    expect(code).toBe(1);
    expect(stdout).toContain('✗ Seed 7: The simulator answered 404 to GET /_simulator/seed');
    expect(project.events().slice(-3)).toEqual(allStopped);
  });

  test('does not play at a real hub', async () => {
    const { code, stderr } = await project.run('demo.mjs', [], {
      ...ports,
      LCM_HUB_URL: 'http://hub.example',
    });
    expect(code).toBe(1);
    expect(stderr).toContain('LCM_HUB_URL names a hub that is not the simulator');
    expect(project.events()).toEqual([]);
  });
});

test('npm run demo does not play on a service whose hub is not the simulator', async () => {
  const service = createServer((_request, response) => void response.end());
  const port = await listen(service);
  const { code, stderr } = await project.run('demo.mjs', [], { ...ports, LCM_API_PORT: String(port) });
  service.close();
  expect(code).toBe(1);
  expect(stderr).toContain(`A service answers at http://127.0.0.1:${port}, but no hub simulator`);
  expect(project.events()).toEqual([]);
});
