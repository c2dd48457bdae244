import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { addFakes } from './sources.js';
import { type Project, aProject, eventually } from './support.js';

jest.setTimeout(60_000);

let project: Project;

beforeEach(() => {
  project = aProject();
  addFakes(project);
});
afterEach(async () => project.remove());

describe('the build', () => {
  test('compiles, bundles, and says how large the code of the bundle is without its map', async () => {
    const { code, stdout } = await project.run('build.mjs');
    expect(code).toBe(0);
    expect(stdout).toContain('workflow bundle 5 KB without its source map');
    expect(project.read('dist/src/main.js')).toBe(project.read('src/main.ts'));
    expect(project.read('dist/workflow-bundle.js')).toContain('sourceMappingURL');
  });

  test('is skipped by other commands when nothing has changed, whatever the times of the files say', async () => {
    await setup();
    utimesSync(join(project.folder, 'src/main.ts'), new Date(), new Date());
    await setup();
    expect(compilations()).toBe(1);
  });

  test.each([
    ['src/main.ts', 'a source changes'],
    ['workflows/new.ts', 'a source is new'],
    ['tsconfig.build.json', "the compiler's settings change"],
    ['package-lock.json', 'a package changes'],
    ['docs/errors.md', 'a page that the service shows changes'],
  ])('is repeated when %s shows that %s', async (file) => {
    await setup();
    project.write(file, '// Something else.');
    await setup();
    expect(compilations()).toBe(2);
  });

  test('puts the recorded histories beside the code that must replay them, and is repeated for a new one', async () => {
    project.write('test/process/replay/histories/first.json', '{}');
    await setup();
    project.write('test/process/replay/histories/second.json', '{}');
    await setup();
    expect(project.has('dist/histories/first.json')).toBe(true);
    expect(project.has('dist/histories/second.json')).toBe(true);
  });

  test('puts the page that the service shows beside its code', async () => {
    await setup();
    expect(project.read('dist/docs/errors.md')).toBe('# Errors');
  });

  test('leaves nothing in dist/ for which there is no source any more', async () => {
    project.write('src/gone.ts', 'export {};');
    await setup();
    expect(project.has('dist/src/gone.js')).toBe(true);
    project.delete('src/gone.ts');
    await setup();
    expect(project.has('dist/src/gone.js')).toBe(false);
    expect(project.has('dist/src/main.js')).toBe(true);
  });

  test('is repeated when one of its files is missing', async () => {
    await setup();
    project.delete('dist/workflow-bundle.js');
    await setup();
    expect(project.has('dist/workflow-bundle.js')).toBe(true);
  });

  test('that was killed half-way is done again', async () => {
    const killed = project.start('setup.mjs', [], { BUNDLING_TAKES_FOR_EVER: 'yes' });
    await eventually(() => project.events().includes('bundles'));
    killed.kill('SIGKILL');
    await killed.ended;
    expect((await setup()).stdout).toMatch(/build +built/);
  });

  test('that fails shows what the compiler said, and is done again', async () => {
    project.write('src/wrong.ts', 'type error');
    const { code, stderr } = await setup();
    expect(code).toBe(1);
    expect(stderr).toContain('error TS1: a type error');
    project.write('src/wrong.ts', '');
    expect((await setup()).code).toBe(0);
  });

  test('is done once by two commands that start together', async () => {
    const both = await Promise.all([setup(), setup()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(compilations()).toBe(1);
  });
});

describe('the packages', () => {
  test('are left alone when they are newer than the lock file', async () => {
    await setup();
    expect(project.events()).not.toContainEqual(expect.stringContaining('npm ci'));
  });

  test('are installed with the development tools when the lock file is newer', async () => {
    utimesSync(join(project.folder, 'package-lock.json'), new Date(), new Date(Date.now() + 2000));
    await setup();
    expect(project.events()[0]).toContain('npm ci --include=dev');
  });

  test('are installed when an installation was interrupted', async () => {
    project.delete('node_modules/.package-lock.json');
    await setup();
    expect(project.events()[0]).toContain('npm ci');
  });

  test('are installed when one that package.json names is missing', async () => {
    const manifest = JSON.parse(project.read('package.json')) as object;
    project.write('package.json', JSON.stringify({ ...manifest, devDependencies: { 'some-tool': '1.0.0' } }));
    await setup();
    expect(project.events()[0]).toContain('npm ci');
  });
});

/** `npm run setup`, which prepares everything that other commands need. */
async function setup() {
  return project.run('setup.mjs');
}

function compilations(): number {
  return project.events().filter((event) => event === 'compiles').length;
}
