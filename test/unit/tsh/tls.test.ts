import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { constants } from 'node:crypto';

import { createHubClient, type HubClientOptions, type SendOutcome } from '../../../src/tsh/hub-client.js';
import { aSelfSignedCertificate, aServerCertificate, type Certificate } from './certificates.js';

let hubCertificate: Certificate & { ca: string };
let issuerCertificate: Certificate;

beforeAll(() => {
  hubCertificate = aServerCertificate();
  issuerCertificate = aSelfSignedCertificate('test-issuer');
});

interface TlsHub {
  readonly server: Server;
  readonly requests: () => number;
}

const running: Server[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

/** A hub that demands our certificate, as the real one does (contract section 6). */
async function aTlsHub(options: ServerOptions = {}): Promise<TlsHub> {
  let requests = 0;
  const { cert, key } = hubCertificate;
  const trusted = { requestCert: true, rejectUnauthorized: true, ca: issuerCertificate.cert };
  const server = createServer({ cert, key, ...trusted, ...options }, (_request, response) => {
    requests += 1;
    response.end();
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  running.push(server);
  return { server, requests: () => requests };
}

async function suspend(hub: TlsHub, tls: NonNullable<HubClientOptions['tls']>): Promise<SendOutcome> {
  const baseUrl = `https://127.0.0.1:${(hub.server.address() as AddressInfo).port}`;
  const client = createHubClient({ baseUrl, timeoutMs: 3_000, tls });
  try {
    return await client.updateCardState({
      issuerId: 'ISSUER0001',
      correlationId: 'op-1',
      issuerCardRefId: 'card-1',
      action: 'SUSPEND',
    });
  } finally {
    await client.close();
  }
}

test('both sides prove who they are', async () => {
  const hub = await aTlsHub();
  const outcome = await suspend(hub, { ...issuerCertificate, ca: hubCertificate.ca });
  expect(outcome).toMatchObject({ kind: 'answered', answer: { kind: 'accepted' } });
});

describe('nothing has left', () => {
  test('when the hub shows a certificate of an unknown CA', async () => {
    const hub = await aTlsHub();
    const outcome = await suspend(hub, { ...issuerCertificate, ca: aSelfSignedCertificate('other-ca').cert });
    expect(outcome).toEqual({ kind: 'nothing-left', cause: expect.stringMatching(/CERT|VERIFY|ISSUER/) });
    expect(hub.requests()).toBe(0);
  });

  test('when no CA is configured and the hub is not of a public one', async () => {
    const hub = await aTlsHub();
    expect(await suspend(hub, issuerCertificate)).toMatchObject({ kind: 'nothing-left' });
    expect(hub.requests()).toBe(0);
  });

  test('when the certificate is for another name', async () => {
    const other = aServerCertificate({ altName: 'DNS:another.example' });
    const hub = await aTlsHub({ cert: other.cert, key: other.key });
    const outcome = await suspend(hub, { ...issuerCertificate, ca: other.ca });
    expect(outcome).toEqual({ kind: 'nothing-left', cause: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(hub.requests()).toBe(0);
  });

  test('when the hub speaks nothing newer than TLS 1.1 (contract section 6)', async () => {
    // OpenSSL offers the old versions at its lowest security level only.
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const hub = await aTlsHub({ ...old, secureOptions: constants.SSL_OP_NO_TICKET });
    const outcome = await suspend(hub, { ...issuerCertificate, ca: hubCertificate.ca });
    expect(outcome).toMatchObject({ kind: 'nothing-left' });
    expect(hub.requests()).toBe(0);
  });

  test('when the hub refuses our certificate during a TLS 1.2 handshake', async () => {
    const hub = await aTlsHub({ maxVersion: 'TLSv1.2' });
    expect(await suspend(hub, { ca: hubCertificate.ca })).toMatchObject({ kind: 'nothing-left' });
    expect(hub.requests()).toBe(0);
  });
});

test('the request may have left when a hub with TLS 1.3 refuses our certificate', async () => {
  // There the handshake is over for us before the hub has seen our certificate: the request is on its way.
  const hub = await aTlsHub({ minVersion: 'TLSv1.3' });
  expect(await suspend(hub, { ca: hubCertificate.ca })).toMatchObject({ kind: 'unanswered' });
  expect(hub.requests()).toBe(0);
});
