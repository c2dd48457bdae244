import { readSimulatorConfig } from '../../../src/config/simulator-config.js';

describe('the configuration of the simulator', () => {
  test('needs nothing', () => {
    expect(readSimulatorConfig({ LCM_SIMULATOR_PORT: '' })).toEqual({
      port: 3002,
      callbackUrl: 'http://127.0.0.1:3001/issuer/igwapi/v2.0/notifyVirtualCardChange',
      issuerIds: ['ISSUER1234'],
      logLevel: 'info',
      seed: undefined,
      nastyShare: undefined,
      logEntries: undefined,
    });
  });

  test('takes every value from the environment', () => {
    const config = readSimulatorConfig({
      LCM_SIMULATOR_PORT: '4002',
      LCM_CALLBACK_HOST: '::1',
      LCM_CALLBACK_PORT: '4001',
      LCM_CALLBACK_BASE_PATH: '/v2/',
      LCM_ISSUER_IDS: 'ISSUER1234, ISSUER5678',
      LCM_LOG_LEVEL: 'debug',
      LCM_SIMULATOR_SEED: '0',
      LCM_SIMULATOR_NASTY_SHARE: '0.25',
      LCM_SIMULATOR_LOG_ENTRIES: '100000',
    });
    expect(config).toEqual({
      port: 4002,
      callbackUrl: 'http://[::1]:4001/v2/notifyVirtualCardChange',
      issuerIds: ['ISSUER1234', 'ISSUER5678'],
      logLevel: 'debug',
      seed: 0,
      nastyShare: 0.25,
      logEntries: 100_000,
    });
  });

  test.each(['0.0.0.0', '::'])('calls this machine back when the service listens on %s', (host) => {
    expect(readSimulatorConfig({ LCM_CALLBACK_HOST: host }).callbackUrl).toMatch(
      /^http:\/\/127\.0\.0\.1:3001\//,
    );
  });

  test.each([
    ['LCM_SIMULATOR_PORT', 'many'],
    ['LCM_CALLBACK_PORT', '70000'],
    ['LCM_CALLBACK_BASE_PATH', 'v2'],
    ['LCM_ISSUER_IDS', 'ISSUER1234,SHORT'],
    ['LCM_LOG_LEVEL', 'loud'],
    ['LCM_SIMULATOR_SEED', 'lucky'],
    ['LCM_SIMULATOR_SEED', ' '],
    ['LCM_SIMULATOR_SEED', '-1'],
    ['LCM_SIMULATOR_SEED', '0x10'],
    ['LCM_SIMULATOR_NASTY_SHARE', '1.5'],
    ['LCM_SIMULATOR_LOG_ENTRIES', '0'],
  ])('names %s when it is wrong', (name, value) => {
    expect(() => readSimulatorConfig({ [name]: value })).toThrow(name);
  });

  test('says what it expects of a seed', () => {
    expect(() => readSimulatorConfig({ LCM_SIMULATOR_SEED: '4294967296' })).toThrow(
      'LCM_SIMULATOR_SEED: a whole number from 0 to 4294967295',
    );
    expect(readSimulatorConfig({ LCM_SIMULATOR_SEED: '4294967295' }).seed).toBe(4_294_967_295);
  });
});
