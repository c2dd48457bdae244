import { readFileSync } from 'node:fs';
import { BUNDLE_PATH } from '../../support/temporal/temporal.js';

const bundle = readFileSync(BUNDLE_PATH, 'utf8');
const mapAt = bundle.lastIndexOf('//# sourceMappingURL=');
const code = bundle.slice(0, mapAt);

it('carries its inline source map, without which the worker refuses it', () => {
  expect(mapAt).toBeGreaterThan(0);
});

it('holds the workflows and neither zod nor activities: module code is evaluated anew for every workflow', () => {
  expect(code).toContain('tokenOperation');
  expect(code).not.toMatch(/node_modules\/(zod|undici|express|pino)\//);
  expect(code).not.toMatch(/\/activities\/update-card-state/);
});

it('is smaller than 700 KB without its source map', () => {
  expect(Buffer.byteLength(code)).toBeLessThan(700_000);
});
