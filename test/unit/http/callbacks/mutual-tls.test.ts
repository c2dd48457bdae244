import { Agent, request, type RequestOptions } from 'node:https';
import { connect } from 'node:net';

import { createCallbackApp } from '../../../../src/http/callbacks/callbacks.js';
import { listenCallbacks, type RunningServer } from '../../../../src/http/server/servers.js';
import { aCertificate, aCertificateAuthority, type Certificate } from './certificates.js';
import { aFakeGateway, ISSUER_ID } from '../fake-gateway.js';
import { aConfig, captureLog, eventually, NOW } from '../support.js';

const ours = aCertificateAuthority('our authority');
const hubs = aCertificateAuthority('authority of the hub');
const serverCertificate = aCertificate('our server', ours);
const hub = aCertificate('hub', hubs);
const stranger = aCertificate('hub', aCertificateAuthority('authority of the hub'));

let server: RunningServer | undefined;

afterEach(async () => {
  await server?.close(0);
});

async function start(clientFingerprints: readonly string[] = []) {
  const gateway = aFakeGateway();
  const log = captureLog();
  const { logger } = log;
  const config = aConfig();
  const app = createCallbackApp({ gateway, config, logger, clock: () => NOW });
  server = await listenCallbacks({
    app,
    config: { ...config, callbacks: { ...config.callbacks, clientFingerprints } },
    secrets: {
      callbackTls: { cert: serverCertificate.cert, key: serverCertificate.key, clientCa: hubs.cert },
    },
    logger,
  });
  return { port: server.port, gateway, log };
}

async function send(
  port: number,
  client: Certificate | undefined,
  options: RequestOptions = {},
): Promise<number> {
  const identity = client === undefined ? {} : { cert: client.cert, key: client.key };
  return new Promise((resolve, reject) => {
    const sending = request(
      {
        port,
        host: '127.0.0.1',
        path: '/issuer/igwapi/v2.0/notifyVirtualCardChange',
        method: 'POST',
        headers: { 'x-correlation-id': 'op-1', 'x-issuer-id': ISSUER_ID },
        ca: ours.cert,
        agent: false,
        ...identity,
        ...options,
      },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
      },
    );
    sending.once('error', reject);
    sending.end('{"virtualCardId":"token-1"}');
  });
}

describe('the callback port with certificates', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('takes callbacks of the hub over %s', async (version) => {
    const { port, gateway } = await start();
    expect(await send(port, hub, { minVersion: version, maxVersion: version })).toBe(200);
    expect(gateway.calls.delivered).toHaveLength(1);
  });

  it.each([
    ['without a certificate', undefined],
    ['whose certificate another authority of the same name has signed', stranger],
    ['that shows a certificate of our own authority', serverCertificate],
  ])('takes nothing from a client %s', async (_what, client) => {
    const { port, gateway } = await start();
    await expect(send(port, client)).rejects.toThrow();
    expect(gateway.calls.delivered).toEqual([]);
  });

  it('takes callbacks of a client whose fingerprint is on the list, on every connection', async () => {
    const { port } = await start(['0'.repeat(64), hub.fingerprint]);
    // One agent, no kept connections: the second and third are resumed sessions.
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 });
    for (const _turn of [1, 2, 3]) expect(await send(port, hub, { agent })).toBe(200);
  });

  it('takes nothing from a client that is not on the list, although the authority is right', async () => {
    const { port, gateway } = await start(['0'.repeat(64)]);
    await expect(send(port, hub)).rejects.toThrow();
    expect(gateway.calls.delivered).toEqual([]);
  });

  it.each<[string, string | Buffer | undefined]>([
    ['is opened and closed', undefined],
    ['speaks HTTP in the clear', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['speaks something else', Buffer.alloc(64, 'x')],
  ])('writes no warning and no stack for a connection that only %s', async (_what, sent) => {
    const { port, log } = await start();
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    if (sent === undefined) socket.end();
    else socket.write(sent);
    await eventually(() => log.lines().length === 1);
    expect(log.lines()[0]).toMatchObject({ level: 20, code: expect.any(String) });
    expect(log.text()).not.toContain('"stack"');
    socket.destroy();
  });

  it('warns of a client that cannot prove itself, without a stack', async () => {
    const { port, log } = await start();
    await expect(send(port, stranger)).rejects.toThrow();
    await eventually(() => log.lines().length > 0);
    expect(log.lines()[0]).toMatchObject({ level: 40, code: expect.any(String) });
    expect(log.text()).not.toContain('"stack"');
  });
});
