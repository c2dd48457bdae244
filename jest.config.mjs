// A tier is a folder of `test/` and a project: what its tests need, and so how long they take (scripts/lib/tiers.mjs).
// As part of a regular expression: <rootDir> would be put into patterns as it is, whatever the checkout is named.
const root = import.meta.dirname.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

const tier = (displayName, more = {}) => ({
  displayName,
  testEnvironment: 'node',
  testRegex: [`^${root}/test/${displayName}/.*\\.test\\.ts$`],
  transform: {
    '^.+\\.(ts|js)$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  // Only packages that are ES modules and nothing else.
  transformIgnorePatterns: ['/node_modules/(?!marked/)'],
  extensionsToTreatAsEsm: [],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: [`^${root}/dist/`],
  ...more,
});

export default {
  projects: [
    tier('unit'),
    tier('process'),
    tier('temporal', {
      globalSetup: './test/support/temporal/shared-temporal.mjs',
      globalTeardown: './test/support/temporal/stop-shared-temporal.mjs',
    }),
    tier('system'),
    tier('long'),
  ],
};
