import { loadConfig } from '../../../src/config/config.js';
import {
  ConfigurationError,
  givenVariables,
  namesOfProxyVariables,
  temporalVariables,
} from '../../../src/config/environment.js';

const REQUIRED = {
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  LCM_HUB_URL: 'https://hub.example/gtep/igwapi/v2.0',
  LCM_ISSUER_IDS: 'ISSUER1234',
};

function problemsOf(variables: Readonly<Record<string, string | undefined>>) {
  try {
    loadConfig({ ...REQUIRED, ...variables });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map(({ name }) => name);
    throw error;
  }
}

const FINGERPRINT = 'ab'.repeat(32);
const TLS = {
  LCM_CALLBACK_TLS_CERT: 'cert.pem',
  LCM_CALLBACK_TLS_KEY: 'key.pem',
  LCM_CALLBACK_TLS_CLIENT_CA: 'ca.pem',
};

describe('the configuration', () => {
  it('has a default for all but what must be known', () => {
    expect(loadConfig(REQUIRED)).toEqual({
      roles: ['api', 'callbacks', 'worker'],
      logLevel: 'info',
      issuerIds: ['ISSUER1234'],
      temporal: { address: '127.0.0.1:7233', namespace: undefined, taskQueue: 'lcm' },
      api: { host: '127.0.0.1', port: 3000 },
      callbacks: {
        host: '127.0.0.1',
        port: 3001,
        basePath: '/issuer/igwapi/v2.0',
        tls: undefined,
        clientFingerprints: [],
      },
      hub: {
        url: 'https://hub.example/gtep/igwapi/v2.0',
        tls: { certFile: undefined, keyFile: undefined, caFile: undefined },
        timeoutMs: 10_000,
        maxRequestsPerSecond: undefined,
      },
      deadlines: { softSeconds: 900, hardSeconds: 259_200 },
      readIntervalSeconds: 900,
      foreignQuietSeconds: 60,
      lateQuietSeconds: 600,
      renewalQuietSeconds: 2_592_000,
      confirmByReading: 'resume',
      cardResume: 'allow',
      numericReferences: 'refuse',
      keepAliveSeconds: 75,
    });
  });

  it('takes what is given', () => {
    const config = loadConfig({
      ...REQUIRED,
      ...TLS,
      TEMPORAL_NAMESPACE: 'lcm',
      LCM_ROLES: 'worker, api',
      LCM_TASK_QUEUE: 'other',
      LCM_LOG_LEVEL: 'debug',
      LCM_ISSUER_IDS: 'ISSUER1234, ISSUER_567,ISSUER1234',
      LCM_API_PORT: '0',
      LCM_API_HOST: '::1',
      LCM_CALLBACK_PORT: '8443',
      LCM_CALLBACK_HOST: '0.0.0.0',
      LCM_CALLBACK_BASE_PATH: '/v2/',
      LCM_CALLBACK_CLIENT_FINGERPRINTS: `${'AB:'.repeat(31)}AB, ${'cd'.repeat(32)}`,
      LCM_HUB_URL: 'http://127.0.0.1:3002/',
      LCM_HUB_TLS_CERT: 'hub-cert.pem',
      LCM_HUB_TLS_KEY: 'hub-key.pem',
      LCM_HUB_TLS_CA: 'hub-ca.pem',
      LCM_HUB_TIMEOUT_MS: '2500',
      LCM_HUB_MAX_REQUESTS_PER_SECOND: '0.5',
      LCM_SOFT_DEADLINE_SECONDS: '2',
      LCM_HARD_DEADLINE_SECONDS: '2',
      LCM_READ_INTERVAL_SECONDS: '1',
      LCM_FOREIGN_QUIET_SECONDS: '3',
      LCM_LATE_QUIET_SECONDS: '4',
      LCM_RENEWAL_QUIET_SECONDS: '5',
      LCM_CONFIRM_BY_READING: 'never',
      LCM_CARD_RESUME: 'refuse',
      LCM_NUMERIC_REFERENCES: 'allow',
      LCM_KEEP_ALIVE_SECONDS: '90',
    });
    expect(config).toMatchObject({
      roles: ['api', 'worker'],
      temporal: { namespace: 'lcm', taskQueue: 'other' },
      logLevel: 'debug',
      issuerIds: ['ISSUER1234', 'ISSUER_567'],
      api: { host: '::1', port: 0 },
      callbacks: {
        host: '0.0.0.0',
        port: 8443,
        basePath: '/v2',
        tls: { certFile: 'cert.pem', keyFile: 'key.pem', clientCaFile: 'ca.pem' },
        clientFingerprints: [FINGERPRINT, 'cd'.repeat(32)],
      },
      hub: {
        url: 'http://127.0.0.1:3002',
        tls: { certFile: 'hub-cert.pem', keyFile: 'hub-key.pem', caFile: 'hub-ca.pem' },
        timeoutMs: 2500,
        maxRequestsPerSecond: 0.5,
      },
      deadlines: { softSeconds: 2, hardSeconds: 2 },
      readIntervalSeconds: 1,
      foreignQuietSeconds: 3,
      lateQuietSeconds: 4,
      renewalQuietSeconds: 5,
      confirmByReading: 'never',
      cardResume: 'refuse',
      numericReferences: 'allow',
      keepAliveSeconds: 90,
    });
  });

  it('treats an empty variable as one that is not set', () => {
    expect(loadConfig({ ...REQUIRED, LCM_API_PORT: '', LCM_HUB_TIMEOUT_MS: '  ' })).toEqual(
      loadConfig(REQUIRED),
    );
    expect(problemsOf({ TEMPORAL_ADDRESS: '' })).toEqual(['TEMPORAL_ADDRESS']);
  });

  it.each([
    ['TEMPORAL_ADDRESS', undefined],
    ['TEMPORAL_NAMESPACE', 'a b'],
    ['LCM_ISSUER_IDS', undefined],
    ['LCM_ISSUER_IDS', 'ISSUER"234'],
    ['LCM_ISSUER_IDS', 'ISSUER\\234'],
    ['LCM_ISSUER_IDS', 'ISSUER123'],
    ['LCM_ISSUER_IDS', 'ISSUER12345'],
    ['LCM_ISSUER_IDS', 'ISSUER/234'],
    ['LCM_ISSUER_IDS', 'ISSUER 234'],
    ['LCM_ISSUER_IDS', 'ÄBCDEFGHIJ'],
    ['LCM_ISSUER_IDS', 'ISSUER\u00071234'],
    ['LCM_ISSUER_IDS', 'ISSUER1234,'],
    ['LCM_ROLES', 'api,web'],
    ['LCM_ROLES', ','],
    ['LCM_TASK_QUEUE', 'a b'],
    ['LCM_LOG_LEVEL', 'loud'],
    ['LCM_API_PORT', '65536'],
    ['LCM_API_PORT', '3000.5'],
    ['LCM_API_PORT', '0x10'],
    ['LCM_CALLBACK_PORT', '-1'],
    ['LCM_CALLBACK_HOST', '[::1]'],
    ['LCM_CALLBACK_BASE_PATH', 'issuer'],
    ['LCM_CALLBACK_BASE_PATH', '/issuer/:id'],
    ['LCM_HUB_URL', 'hub.example'],
    ['LCM_HUB_URL', 'ftp://hub.example'],
    ['LCM_HUB_URL', 'https://user:password@hub.example'],
    ['LCM_HUB_URL', 'https://hub.example/?a=1'],
    ['LCM_HUB_TIMEOUT_MS', '0'],
    ['LCM_HUB_MAX_REQUESTS_PER_SECOND', '0'],
    ['LCM_HUB_MAX_REQUESTS_PER_SECOND', 'many'],
    ['LCM_CALLBACK_CLIENT_FINGERPRINTS', 'abcd'],
    ['LCM_SOFT_DEADLINE_SECONDS', '0'],
    ['LCM_SOFT_DEADLINE_SECONDS', '259201'],
    ['LCM_HARD_DEADLINE_SECONDS', '2592001'],
    ['LCM_READ_INTERVAL_SECONDS', 'false'],
    ['LCM_CONFIRM_BY_READING', 'sometimes'],
    ['LCM_CARD_RESUME', 'true'],
    ['LCM_NUMERIC_REFERENCES', 'yes'],
    ['LCM_KEEP_ALIVE_SECONDS', '0'],
  ])('stops the start for %s = %j, and names only that', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([name]);
  });

  it('names all problems at once, with what is expected, and never a value', () => {
    const load = () =>
      loadConfig({
        ...REQUIRED,
        LCM_API_PORT: 'private-1',
        LCM_LOG_LEVEL: 'private-2',
        LCM_API_HOST: '10.0.0.1',
      });
    expect(load).toThrow(
      new ConfigurationError([
        { name: 'LCM_LOG_LEVEL', expected: 'one of fatal, error, warn, info, debug, trace, silent' },
        { name: 'LCM_API_PORT', expected: 'a port number, a whole number from 0 to 65535' },
        {
          name: 'LCM_API_HOST',
          expected: 'a loopback address (127.0.0.1, ::1, localhost): the API has no authentication yet',
        },
      ]),
    );
    expect(load).not.toThrow(/private|10\.0/);
  });

  it('needs the hub where operations are worked on or tokens are shown', () => {
    for (const roles of [undefined, 'worker', 'api', 'api,callbacks']) {
      expect(problemsOf({ LCM_HUB_URL: undefined, LCM_ROLES: roles })).toEqual(['LCM_HUB_URL']);
    }
    expect(problemsOf({ LCM_HUB_URL: undefined, LCM_ROLES: 'callbacks' })).toEqual([]);
  });

  it('needs both halves of a client certificate', () => {
    expect(problemsOf({ LCM_HUB_TLS_CERT: 'cert.pem' })).toEqual(['LCM_HUB_TLS_KEY']);
    expect(problemsOf({ LCM_HUB_TLS_KEY: 'key.pem' })).toEqual(['LCM_HUB_TLS_CERT']);
  });
});

describe('off loopback', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost', 'LOCALHOST'])('%s is not', (host) => {
    expect(problemsOf({ LCM_API_HOST: host, LCM_CALLBACK_HOST: host })).toEqual([]);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', '0', 'localhost.example', '::ffff:10.0.0.1'])(
    'the API does not listen on %s',
    (host) => {
      expect(problemsOf({ LCM_API_HOST: host })).toEqual(['LCM_API_HOST']);
    },
  );

  it.each(['0.0.0.0', '::', '10.0.0.1', 'hub-facing.example'])(
    'callbacks are not taken on %s without what proves the hub',
    (host) => {
      expect(problemsOf({ LCM_CALLBACK_HOST: host })).toEqual(Object.keys(TLS));
      expect(problemsOf({ LCM_CALLBACK_HOST: host, ...TLS })).toEqual([]);
    },
  );

  it.each(Object.keys(TLS))('callbacks are not taken without %s', (name) => {
    expect(problemsOf({ LCM_CALLBACK_HOST: '0.0.0.0', ...TLS, [name]: '' })).toEqual([name]);
  });

  it('a role that is not played asks for nothing', () => {
    const hosts = { LCM_API_HOST: '0.0.0.0', LCM_CALLBACK_HOST: '0.0.0.0' };
    expect(problemsOf({ ...hosts, LCM_ROLES: 'worker' })).toEqual([]);
  });
});

describe('on loopback', () => {
  it.each(Object.keys(TLS))('half a set of certificates (no %s) is a mistake', (name) => {
    expect(problemsOf({ ...TLS, [name]: '' })).toEqual([name]);
  });

  it('fingerprints without certificates are a mistake, since nothing would be checked', () => {
    expect(problemsOf({ LCM_CALLBACK_CLIENT_FINGERPRINTS: FINGERPRINT })).toEqual([
      'LCM_CALLBACK_CLIENT_FINGERPRINTS',
    ]);
  });
});

describe('the variables of Temporal', () => {
  it('are handed on without empty ones and without ours', () => {
    const environment = { TEMPORAL_ADDRESS: ' a:1 ', TEMPORAL_API_KEY: '', LCM_ROLES: 'api', HOME: 'x' };
    expect(temporalVariables(environment)).toEqual({ TEMPORAL_ADDRESS: 'a:1' });
    expect(givenVariables({ A: undefined })).toEqual({});
  });

  it('for proxies are told by their names, never by what they hold', () => {
    const environment = { https_proxy: 'http://user:secret@proxy:1', HTTP_PROXY: 'http://b', all_proxy: ' ' };
    expect(namesOfProxyVariables({ ...environment, no_proxy: 'x', PATH: '/' })).toEqual([
      'https_proxy',
      'HTTP_PROXY',
    ]);
  });
});
