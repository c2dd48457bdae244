import { readSimulatorConfig } from '../../src/config/simulator-config.js';

describe('the configuration of the simulator', () => {
  test('needs nothing', () => {
    expect(readSimulatorConfig({ LCM_SIMULATOR_PORT: '' })).toEqual({
      port: 3002,
      callbackUrl: 'http://127.0.0.1:3001/issuer/igwapi/v2.0/notifyVirtualCardChange',
      issuerIds: ['ISSUER1234'],
      logLevel: 'info',
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
    });
    expect(config).toEqual({
      port: 4002,
      callbackUrl: 'http://[::1]:4001/v2/notifyVirtualCardChange',
      issuerIds: ['ISSUER1234', 'ISSUER5678'],
      logLevel: 'debug',
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
  ])('names %s when it is wrong', (name, value) => {
    expect(() => readSimulatorConfig({ [name]: value })).toThrow(name);
  });
});
