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

  test('refuses what it does not know before anything starts, and says what does', async () => {
    const { code, stderr } = await project.run('demo.mjs', ['--seed', 'lucky'], ports);
    expect(code).toBe(1);
    expect(stderr).toContain('npm run demo knows no options: npm run reliability plays by a seed.');
    expect(stderr).not.toContain('lucky');
    expect(project.events()).toEqual([]);
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
