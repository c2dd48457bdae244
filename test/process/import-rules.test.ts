import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

interface Cruise {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
  };
}

const ROOMS = ['src', 'workflows', 'activities', 'packages/client/src'];

/** Reads the imports of a tree with the project's rules. */
function cruise(folder: string): Cruise {
  const binary = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [binary, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...ROOMS];
  try {
    return JSON.parse(
      execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 }),
    );
  } catch (error) {
    // It exits with the number of violations.
    return JSON.parse((error as { stdout: string }).stdout);
  }
}

jest.setTimeout(180_000);

it('keeps the rooms apart', () => {
  const { modules, summary } = cruise('.');
  const files = modules.filter(({ source }) => ROOMS.some((room) => source.startsWith(`${room}/`)));
  expect(files.length).toBeGreaterThan(50);
  expect(summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`)).toEqual([]);
});

describe('in a tree with one planted violation of each rule', () => {
  const planted: Record<string, [file: string, text: string]> = {
    'domain-imports-nothing': [
      'src/domain/planted.ts',
      "import { z } from 'zod';\nexport const planted = z;\n",
    ],
    'contract-holds-names-only': [
      'src/contract/planted.ts',
      "import { pino } from 'pino';\nexport const planted = pino;\n",
    ],
    'application-knows-the-rules-only': [
      'src/application/planted.ts',
      "import { PROBLEMS } from '../http/server/problems.js';\nexport const planted = PROBLEMS;\n",
    ],
    'temporal-stands-behind-its-port': [
      'src/http/planted-b.ts',
      "import { isRefusal } from '../temporal/operations/refusals.js';\nexport const planted = isRefusal;\n",
    ],
    'temporal-sees-workflows-as-types': [
      'src/temporal/planted-b.ts',
      "import { now } from '../../workflows/runtime.js';\nexport const planted = now;\n",
    ],
    'workflows-import-domain-and-contract': [
      'workflows/planted-a.ts',
      "import { pino } from 'pino';\nexport const planted = pino;\n",
    ],
    'workflows-see-activities-as-types': [
      'workflows/planted-b.ts',
      "import { createActivities } from '../activities/index.js';\nexport const planted = createActivities;\n",
    ],
    'activities-know-no-entry-point': [
      'activities/planted.ts',
      "import { createTemporalGateway } from '../src/temporal/temporal-gateway.js';\nexport const planted = createTemporalGateway;\n",
    ],
    'http-speaks-to-ports-only': [
      'src/http/planted.ts',
      "import { Client } from '@temporalio/client';\nexport const planted = Client;\n",
    ],
    'client-depends-on-nothing': [
      'packages/client/src/planted.ts',
      "import { ACTIONS } from '../../../src/domain/hub/token-state.js';\nexport const planted = ACTIONS;\n",
    ],
    'one-gateway-to-temporal': [
      'src/config/planted.ts',
      "import { Client } from '@temporalio/client';\nexport const planted = Client;\n",
    ],
    'hub-client-knows-domain-and-ports': [
      'src/tsh/planted.ts',
      "import { readEnvironment } from '../config/environment.js';\nexport const planted = readEnvironment;\n",
    ],
    'simulator-shares-no-code': [
      'src/simulator/planted.ts',
      "import { toTokenState } from '../domain/hub/token-state.js';\nexport const planted = toTokenState;\n",
    ],
    'tests-stay-in-test': [
      'src/temporal/planted.ts',
      "import { aChange } from '../../test/planted.js';\nexport const planted = aChange;\n",
    ],
    'no-cycles': ['src/domain/planted-b.ts', "import { c } from './planted-c.js';\nexport const b = c;\n"],
  };

  it('finds each of them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'import-rules-'));
    try {
      for (const entry of [...ROOMS, 'tsconfig.json', 'package.json', '.dependency-cruiser.cjs']) {
        cpSync(entry, join(folder, entry), { recursive: true });
      }
      symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
      for (const [file, text] of Object.values(planted)) writeFileSync(join(folder, file), text);
      writeFileSync(
        join(folder, 'src/domain/planted-c.ts'),
        "import { b } from './planted-b.js';\nexport const c = b;\n",
      );
      cpSync('test/support', join(folder, 'test'), { recursive: true });
      writeFileSync(join(folder, 'test/planted.ts'), 'export const aChange = 1;\n');
      const found = new Set(cruise(folder).summary.violations.map(({ rule }) => rule.name));
      expect([...found].sort()).toEqual(Object.keys(planted).sort());
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('plants one for every rule there is', async () => {
    const rules = await import(resolve('.dependency-cruiser.cjs'));
    const names: string[] = rules.default.forbidden.map(({ name }: { name: string }) => name);
    expect(names.sort()).toEqual(Object.keys(planted).sort());
  });
});
