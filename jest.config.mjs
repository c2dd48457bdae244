// Two projects: `pure` runs in parallel; the files of `server` each start a real Temporal server, two at a time.
// As part of a regular expression: <rootDir> would be put into patterns as it is, whatever the checkout is named.
const root = import.meta.dirname.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

const common = {
  testEnvironment: 'node',
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
};
const needServer = `^${root}/test/(temporal|workflows|system)/`;

export default {
  projects: [
    {
      ...common,
      displayName: 'pure',
      testRegex: [`^${root}/test/.*\\.test\\.ts$`],
      testPathIgnorePatterns: [needServer],
    },
    { ...common, displayName: 'server', testRegex: [`${needServer}.*\\.test\\.ts$`] },
  ],
};
