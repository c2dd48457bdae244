// Two projects: `pure` runs in parallel; the files of `server` each start a real Temporal server, two at a time.
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
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};
const needServer = ['<rootDir>/test/temporal/', '<rootDir>/test/workflows/', '<rootDir>/test/system/'];

export default {
  projects: [
    {
      ...common,
      displayName: 'pure',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: needServer,
    },
    { ...common, displayName: 'server', testMatch: needServer.map((folder) => `${folder}**/*.test.ts`) },
  ],
};
