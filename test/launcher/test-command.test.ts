import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { addFakes } from './sources.js';
import { type Finished, type Project, aProject, start } from './support.js';

jest.setTimeout(60_000);

let project: Project;

beforeEach(() => {
  project = aProject();
  addFakes(project);
});
afterEach(async () => project.remove());

describe('npm test', () => {
  test('ends with the sum of both runs, in a line of its own', async () => {
    const result = await npmTest({ pure: { numPassedTests: 5 }, server: { numPassedTests: 2 } });
    expect(lastLine(result)).toBe('7 passed, 0 failed');
    expect(result.code).toBe(0);
  });

  test('fails when a test fails, in either run', async () => {
    const result = await npmTest({
      pure: { numPassedTests: 5, numFailedTests: 1 },
      server: { numPassedTests: 2, numFailedTests: 2 },
    });
    expect(lastLine(result)).toBe('7 passed, 3 failed');
    expect(result.code).toBe(1);
  });

  test('counts a test file that does not load as failed', async () => {
    const result = await npmTest({ pure: { numPassedTests: 5, numRuntimeErrorTestSuites: 1 } });
    expect(lastLine(result)).toBe('5 passed, 1 failed');
  });

  test('counts a run that fails although no test does', async () => {
    const result = await npmTest({ pure: { numPassedTests: 5, exitsWithError: true } });
    expect(lastLine(result)).toBe('5 passed, 1 failed');
  });

  test('counts a run without results as failed', async () => {
    const result = await npmTest({ pure: 'crash', server: { numPassedTests: 2 } });
    expect(lastLine(result)).toBe('2 passed, 1 failed');
    expect(result.code).toBe(1);
  });

  test('fails when no test ran', async () => {
    const result = await npmTest({});
    expect(lastLine(result)).toBe('0 passed, 0 failed');
    expect(result.code).toBe(1);
  });

  test.each(['lint', 'typecheck', 'format:check'])(
    'counts a failed %s as one and shows why',
    async (script) => {
      const result = await npmTest({ pure: { numPassedTests: 5 } }, { FAILING_SCRIPT: script });
      expect(lastLine(result)).toBe('5 passed, 1 failed');
      expect(result.stdout).toContain('line 7 is not well formed');
    },
  );

  test('counts a failed build as one, and does not test an old build', async () => {
    project.write('src/wrong.ts', 'type error');
    const result = await npmTest({ pure: { numPassedTests: 5 }, server: { numPassedTests: 2 } });
    expect(lastLine(result)).toBe('5 passed, 1 failed');
    expect(result.stdout).toContain('error TS1: a type error');
  });

  test('counts it as one when there is no Temporal server to be had', async () => {
    rmSync(join(project.binFolder, 'temporal'));
    const result = await npmTest({ pure: { numPassedTests: 5 }, server: { numPassedTests: 2 } });
    expect(lastLine(result)).toBe('5 passed, 1 failed');
    expect(result.stdout).toContain('There is no Temporal server to use.');
  });

  test('hands jest the arguments and the server, and none of the settings of this shell', async () => {
    await npmTest({}, { LCM_API_PORT: '4000' }, ['test/domain', '-t', 'a title']);
    const calls = project.events().filter((event) => event.startsWith('jest '));
    expect(calls).toHaveLength(2);
    expect(calls[0]).toMatch(/^jest test\/domain -t a title .*--ci .*--selectProjects pure/);
    expect(calls[1]).toMatch(/^jest test\/domain -t a title --maxWorkers=2 .*--selectProjects server/);
    expect(calls[1]).toContain(`Temporal ${join(project.binFolder, 'temporal')}, port undefined`);
  });
});

describe('.ci/run', () => {
  test.each([
    [0, '1 passed, 0 failed'],
    [1, '1 passed, 1 failed'],
  ])('ends with the same line and the exit code %d', async (code, line) => {
    rmSync(join(project.binFolder, 'npm'));
    const scripts = {
      test: 'node scripts/test.mjs',
      lint: 'true',
      typecheck: 'true',
      'format:check': 'true',
    };
    project.write('package.json', JSON.stringify({ type: 'module', engines: { node: '>=20.12' }, scripts }));
    const ci = start(join(project.folder, '.ci', 'run'), [], {
      cwd: project.folder,
      env: {
        ...project.environment,
        PATH: `${project.binFolder}:${process.env['PATH']}`,
        JEST_pure: JSON.stringify({ numPassedTests: 1, numFailedTests: code }),
      },
    });
    const result = await ci.ended;
    expect(lastLine(result)).toBe(line);
    expect(result.code).toBe(code);
  });
});

async function npmTest(
  results: { pure?: unknown; server?: unknown },
  environment: Record<string, string> = {},
  args: string[] = [],
): Promise<Finished> {
  const given = Object.entries(results).map(([name, value]) => [
    `JEST_${name}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return project.run('test.mjs', args, { ...environment, ...Object.fromEntries(given) });
}

function lastLine({ stdout }: Finished): string | undefined {
  return stdout.trimEnd().split('\n').at(-1);
}
