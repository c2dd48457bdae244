import { Writable } from 'node:stream';

import { loadConfig, type Config } from '../../../src/config/config.js';
import { createLogger, type Logger } from '../../../src/config/logger.js';
import type { TokenReader } from '../../../src/application/token-reader.js';
import { createApiApp, type ApiDependencies } from '../../../src/http/api/api.js';
import { createCallbackApp, type CallbackDependencies } from '../../../src/http/callbacks/callbacks.js';
import { listenApi, listenCallbacks, type RunningServer } from '../../../src/http/server/servers.js';
import { aFakeGateway, ISSUER_ID, type FakeGateway } from './fake-gateway.js';

export const CARD_NUMBER = '4111111111111111';
/** 2026-01-01T00:00:00Z */
export const NOW = 1_767_225_600_000;

export function aConfig(variables: Readonly<Record<string, string>> = {}): Config {
  return loadConfig({
    TEMPORAL_ADDRESS: '127.0.0.1:7233',
    LCM_HUB_URL: 'http://127.0.0.1:3002',
    LCM_ISSUER_IDS: ISSUER_ID,
    LCM_API_PORT: '0',
    LCM_CALLBACK_PORT: '0',
    ...variables,
  });
}

export interface LogCapture {
  readonly logger: Logger;
  /** Everything that was written. */
  readonly text: () => string;
  readonly lines: () => readonly Record<string, unknown>[];
}

export function captureLog(): LogCapture {
  const chunks: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString('utf8'));
      done();
    },
  });
  const text = () => chunks.join('');
  return {
    logger: createLogger('debug', destination),
    text,
    lines: () =>
      text()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

export interface RunningTest {
  readonly url: string;
  readonly gateway: FakeGateway;
  readonly log: LogCapture;
  readonly server: RunningServer;
}

const running: RunningServer[] = [];

/** To be called after each test. */
export async function closeServers(): Promise<void> {
  await Promise.all(running.splice(0).map((server) => server.close(0)));
}

export async function startApi(
  options: Partial<ApiDependencies> & { gateway?: FakeGateway } = {},
): Promise<RunningTest> {
  const gateway = options.gateway ?? aFakeGateway();
  const log = captureLog();
  const config = aConfig();
  const readiness = () => ({ temporal: true });
  const tokens: TokenReader = { listTokens: async () => ({ kind: 'listed', tokens: [] }) };
  const app = createApiApp({
    config,
    logger: log.logger,
    readiness,
    tokens,
    errorsPagePath: 'docs/errors.md',
    ...options,
    gateway,
  });
  const server = await listenApi({ app, config });
  running.push(server);
  return { url: `http://127.0.0.1:${server.port}`, gateway, log, server };
}

export async function startCallbacks(
  options: Partial<CallbackDependencies> & { gateway?: FakeGateway } = {},
): Promise<RunningTest> {
  const gateway = options.gateway ?? aFakeGateway();
  const log = captureLog();
  const config = aConfig();
  const app = createCallbackApp({ config, logger: log.logger, clock: () => NOW, ...options, gateway });
  const server = await listenCallbacks({
    app,
    config,
    secrets: { callbackTls: undefined },
    logger: log.logger,
  });
  running.push(server);
  const url = `http://127.0.0.1:${server.port}/issuer/igwapi/v2.0/notifyVirtualCardChange`;
  return { url, gateway, log, server };
}

/** Waits until something is true; a test that waits in vain fails after two seconds. */
export async function eventually(isTrue: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 2000;
  while (!isTrue()) {
    if (Date.now() > giveUpAt) throw new Error('it did not come true within two seconds');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
