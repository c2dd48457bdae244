import { createServer, type RequestListener } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

import {
  DEFAULT_TIMEOUTS,
  listenApi,
  listenCallbacks,
  type RunningServer,
} from '../../../src/http/server/servers.js';
import { sendRaw, untilClosed } from './raw.js';
import { aConfig, captureLog, eventually } from './support.js';

const opened: RunningServer[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close(0)));
});

async function start(app: RequestListener, timeouts = DEFAULT_TIMEOUTS): Promise<RunningServer> {
  const server = await listenApi({ app, config: aConfig(), timeouts });
  opened.push(server);
  return server;
}

describe('a port', () => {
  it.each(['LCM_API_PORT', 'LCM_CALLBACK_PORT'])('that is in use is an error that names %s', async (name) => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const config = aConfig({ [name]: String((holder.address() as AddressInfo).port) });
    const app = () => undefined;
    const { logger } = captureLog();
    const listening =
      name === 'LCM_API_PORT'
        ? listenApi({ app, config })
        : listenCallbacks({ app, config, secrets: { callbackTls: undefined }, logger });
    await expect(listening).rejects.toThrow(
      new RegExp(`^${name}: a free port: \\d+ on 127.0.0.1 is already in use$`),
    );
    await new Promise((resolve) => holder.close(resolve));
  });

  it('at an address that is not ours is an error that names LCM_CALLBACK_HOST', async () => {
    const config = aConfig();
    const callbacks = { ...config.callbacks, host: '192.0.2.1' };
    const listening = listenCallbacks({
      app: () => undefined,
      config: { callbacks, keepAliveSeconds: 75 },
      secrets: { callbackTls: undefined },
      logger: captureLog().logger,
    });
    await expect(listening).rejects.toThrow(/^LCM_CALLBACK_HOST: /);
  });
});

describe('a slow sender', () => {
  const quick = { ...DEFAULT_TIMEOUTS, headersMs: 100, requestMs: 200, checkEveryMs: 20 };

  it.each([
    ['headers', 'POST / HTTP/1.1\r\nhost: x\r\n'],
    ['body', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{'],
  ])(
    'of %s gets a problem from the API, and is told by the callback port to send again',
    async (_what, sent) => {
      const app: RequestListener = (request, response) => {
        request.on('end', () => response.end('done')).resume();
      };
      const { port } = await start(app, quick);
      expect(await sendRaw(port, sent)).toMatchObject({
        status: 408,
        body: { code: 'request_timeout', recoverable: true },
      });
      const callbacks = await listenCallbacks({
        app,
        config: aConfig(),
        secrets: { callbackTls: undefined },
        logger: captureLog().logger,
        timeouts: quick,
      });
      opened.push(callbacks);
      expect(await sendRaw(callbacks.port, sent)).toMatchObject({ status: 503, body: { responseCode: 921 } });
    },
  );
});

describe('an idle connection', () => {
  it('is kept for 75 s, longer than balancers keep theirs, or as long as LCM_KEEP_ALIVE_SECONDS says', async () => {
    const keptBy = async (variables: Readonly<Record<string, string>>) => {
      const config = aConfig(variables);
      const server = await listenApi({ app: (_request, response) => response.end('done'), config });
      opened.push(server);
      const headers = (await fetch(`http://127.0.0.1:${server.port}`)).headers;
      return headers.get('keep-alive');
    };
    expect(await keptBy({})).toBe('timeout=75');
    expect(await keptBy({ LCM_KEEP_ALIVE_SECONDS: '90' })).toBe('timeout=90');
  });

  it('is kept longer than a request may take', async () => {
    const timeouts = { ...DEFAULT_TIMEOUTS, headersMs: 50, requestMs: 100, checkEveryMs: 10 };
    const { port } = await start((_request, response) => response.end('done'), timeouts);
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const answered = () => text.split('done').length - 1;
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await eventually(() => answered() === 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await eventually(() => answered() === 2);
    socket.destroy();
  });

  it('that was only opened and closed, on the port for callbacks, writes nothing', async () => {
    const log = captureLog();
    const config = aConfig();
    const server = await listenCallbacks({
      app: () => undefined,
      config,
      secrets: { callbackTls: undefined },
      logger: log.logger,
    });
    opened.push(server);
    const socket = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.resetAndDestroy();
    await server.close();
    expect(log.text()).toBe('');
  });
});

describe('closing', () => {
  /** An app that answers when it is told to. */
  function aSlowApp() {
    const waiting: (() => void)[] = [];
    const app: RequestListener = (_request, response) => waiting.push(() => response.end('done'));
    return { app, waiting, answerAll: () => waiting.forEach((answer) => answer()) };
  }

  const REQUEST = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';

  it('answers what was accepted, then ends its connection although the client would keep it', async () => {
    const { app, waiting, answerAll } = aSlowApp();
    const server = await start(app);
    const answer = untilClosed(server.port, REQUEST);
    await eventually(() => waiting.length === 1);
    const closed = server.close();
    await expect(fetch(`http://127.0.0.1:${server.port}`)).rejects.toThrow();
    answerAll();
    expect(await answer).toMatch(/^HTTP\/1.1 200 [^]*done/);
    await closed;
  });

  it('ends connections that nobody uses', async () => {
    const server = await start((_request, response) => response.end('done'));
    const answer = untilClosed(server.port, REQUEST);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.close();
    expect(await answer).toContain('done');
  });

  it('cuts off what is not answered within the grace', async () => {
    const { app, waiting } = aSlowApp();
    const server = await start(app);
    const answer = untilClosed(server.port, REQUEST);
    await eventually(() => waiting.length === 1);
    await server.close(30);
    expect(await answer).toBe('');
  });

  it('can be asked for twice', async () => {
    const server = await start(() => undefined);
    await Promise.all([server.close(), server.close()]);
  });
});
