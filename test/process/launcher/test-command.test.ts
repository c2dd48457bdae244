import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { addFakes } from './sources.js';
import { type Finished, type Project, aProject, start } from './support.js';

jest.setTimeout(60_000);

const FIVE_AND_TWO = { unit: { numPassedTests: 5 }, system: { numPassedTests: 2 } };

let project: Project;

beforeEach(() => {
  project = aProject();
  addFakes(project);
});
afterEach(async () => project.remove());

describe('npm test', () => {
  test('runs every tier but the long one, says so, and ends with the sum, in a line of its own', async () => {
    const result = await npmTest({ ...FIVE_AND_TWO, long: { numPassedTests: 100 } });
    expect(tiersRun()).toEqual(['unit', 'process', 'temporal', 'system']);
    expect(result.stdout).toContain('Not run: the long tier. npm run test:all runs it too.');
    expect(lastLine(result)).toBe('7 passed, 0 failed');
    expect(result.code).toBe(0);
  });

  test('runs the long tier too when asked for all, and one tier when asked for it or for a path in it', async () => {
    expect(lastLine(await npmTest({ ...FIVE_AND_TWO, long: { numPassedTests: 3 } }, {}, ['--all']))).toBe(
      '10 passed, 0 failed',
    );
    expect(tiersRun()).toEqual(['unit', 'process', 'temporal', 'system', 'long']);
    await npmTest(FIVE_AND_TWO, {}, ['--tier', 'unit']);
    expect(tiersRun().slice(5)).toEqual(['unit']);
    await npmTest(FIVE_AND_TWO, {}, ['test/long/storms']);
    expect(tiersRun().slice(6)).toEqual(['long']);
  });

  test('refuses a tier that there is not', async () => {
    const result = await npmTest(FIVE_AND_TWO, {}, ['--tier', 'fast']);
    expect(result.stdout).toContain('--tier is one of unit, process, temporal, system, long.');
    expect(lastLine(result)).toBe('0 passed, 1 failed');
    expect(result.code).toBe(1);
  });

  test('shows the ten files of a tier that took longest', async () => {
    const testResults = Array.from({ length: 12 }, (_, index) => ({
      name: `${project.folder}/test/unit/domain/file-${index}.test.ts`,
      startTime: 1_000,
      endTime: 1_000 + index * 1_500,
    }));
    const { stdout } = await npmTest({ unit: { numPassedTests: 5, testResults } });
    const shown = stdout.match(/\d+\.\d s {2}domain\/file-\d+\.test\.ts/g);
    expect(shown).toHaveLength(10);
    expect(shown?.[0]).toBe('16.5 s  domain/file-11.test.ts');
    expect(shown?.[9]).toBe('3.0 s  domain/file-2.test.ts');
  });

  test('fails when a test fails, in any tier', async () => {
    const result = await npmTest({
      unit: { numPassedTests: 5, numFailedTests: 1 },
      system: { numPassedTests: 2, numFailedTests: 2 },
    });
    expect(lastLine(result)).toBe('7 passed, 3 failed');
    expect(result.code).toBe(1);
  });

  test('counts a test file that does not load as failed', async () => {
    const result = await npmTest({ unit: { numPassedTests: 5, numRuntimeErrorTestSuites: 1 } });
    expect(lastLine(result)).toBe('5 passed, 1 failed');
  });

  test('counts a run that fails although no test does', async () => {
    const result = await npmTest({ unit: { numPassedTests: 5, exitsWithError: true } });
    expect(lastLine(result)).toBe('5 passed, 1 failed');
  });

  test('counts a run without results as failed', async () => {
    const result = await npmTest({ unit: 'crash', system: { numPassedTests: 2 } });
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
      const result = await npmTest({ unit: { numPassedTests: 5 } }, { FAILING_SCRIPT: script });
      expect(lastLine(result)).toBe('5 passed, 1 failed');
      expect(result.stdout).toContain('line 7 is not well formed');
    },
  );

  test('counts a failed build as one, and does not test an old build', async () => {
    project.write('src/wrong.ts', 'type error');
    const result = await npmTest(FIVE_AND_TWO);
    expect(lastLine(result)).toBe('5 passed, 1 failed');
    expect(result.stdout).toContain('error TS1: a type error');
  });

  test('counts it as one when there is no Temporal server to be had', async () => {
    rmSync(join(project.binFolder, 'temporal'));
    const result = await npmTest(FIVE_AND_TWO);
    expect(lastLine(result)).toBe('5 passed, 1 failed');
    expect(result.stdout).toContain('There is no Temporal server to use.');
  });

  test('hands jest the arguments and the server, and none of the settings of this shell', async () => {
    await npmTest({}, { LCM_API_PORT: '4000' }, ['test/system/start', '-t', 'a title']);
    const calls = project.events().filter((event) => event.startsWith('jest '));
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatch(
      /^jest test\/system\/start -t a title --maxWorkers=\d+ .*--selectProjects system/,
    );
    expect(calls[0]).toContain(`Temporal ${join(project.binFolder, 'temporal')}, port undefined`);
  });
});

describe('the budget of a tier', () => {
  const unit = { name: 'unit', budgetSeconds: 100 };

  test.each([
    ['within it', 99, 1, undefined],
    ['beyond it', 1_000, 1, /^The tier unit took 1000 s, more than its \d+ s/],
    ['beyond it, on a machine that is busy with something else', 1_000, 20, undefined],
  ])('%s', async (_what, seconds, busy, expected) => {
    const told = await inTiers(
      `overBudget(${JSON.stringify(unit)}, { seconds: ${seconds}, busy: () => ${busy} })`,
    );
    if (expected === undefined) expect(told).toBe('undefined');
    else expect(told).toMatch(expected);
  });

  test.each([
    ['alone', 1, '1'],
    ['beside as much again', 2, '2'],
    ['on a clock that is too coarse', 0.5, '1'],
  ])('is measured by a calculation: %s', async (_what, wallPerProcessorMs, expected) => {
    const clocks = `{ wallMs: () => now * ${wallPerProcessorMs}, processorMs: () => (now += 1) - 1 }`;
    expect(await inTiers(`contention(${clocks})`)).toMatch(new RegExp(`^${expected}(\\.0\\d*)?$`));
  });
});

/** What the module says, evaluated in a process of its own: it is no TypeScript. */
async function inTiers(expression: string): Promise<string> {
  const tiers = pathToFileURL(resolve('scripts/lib/tiers.mjs')).href;
  const program = `
    import { contention, overBudget } from ${JSON.stringify(tiers)};
    let now = 0;
    console.log(String(${expression}));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  return stdout.trim();
}

describe('.ci/run', () => {
  test.each([
    [0, '1 passed, 0 failed'],
    [1, '1 passed, 1 failed'],
  ])('ends with the same line and the exit code %d', async (code, line) => {
    rmSync(join(project.binFolder, 'npm'));
    const scripts = {
      'test:all': 'node scripts/test.mjs --all',
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
        JEST_unit: JSON.stringify({ numPassedTests: 1, numFailedTests: code }),
      },
    });
    const result = await ci.ended;
    expect(lastLine(result)).toBe(line);
    expect(result.code).toBe(code);
  });
});

function tiersRun(): (string | undefined)[] {
  const calls = project.events().filter((event) => event.startsWith('jest '));
  return calls.map((call) => /--selectProjects (\w+)/.exec(call)?.[1]);
}

async function npmTest(
  results: Readonly<Record<string, unknown>>,
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
