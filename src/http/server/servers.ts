import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

import type { Config } from '../../config/config.js';
import { ConfigurationError } from '../../config/environment.js';
import type { Logger } from '../../config/logger.js';
import type { Secrets, ServerTls } from '../../config/secrets.js';
import { toPostponement, toProblemAnswer } from './fault-answers.js';
import { serve } from './faults.js';

export interface RunningServer {
  /** The real port, also when 0 was configured. */
  readonly port: number;
  /**
   * Takes no more connections, answers every request that it has accepted, and resolves when the last connection has
   * ended. What is not answered after `graceMs` is cut off.
   */
  close(graceMs?: number): Promise<void>;
}

/** How long a client may take, in milliseconds. */
export interface ServerTimeouts {
  readonly headersMs: number;
  /** For the whole request, not for our answer. */
  readonly requestMs: number;
  /** How long an idle connection is kept: longer than a balancer in front keeps it, or it sends into one that is closing. */
  readonly keepAliveMs: number;
  readonly handshakeMs: number;
  /** How often the first two are checked. */
  readonly checkEveryMs: number;
}

export const DEFAULT_TIMEOUTS: ServerTimeouts = {
  headersMs: 10_000,
  requestMs: 20_000,
  keepAliveMs: 75_000,
  handshakeMs: 10_000,
  checkEveryMs: 1_000,
};

function timeoutsOf({ keepAliveSeconds }: Pick<Config, 'keepAliveSeconds'>): ServerTimeouts {
  return { ...DEFAULT_TIMEOUTS, keepAliveMs: keepAliveSeconds * 1000 };
}

const DEFAULT_GRACE_MS = 10_000;

/**
 * Listens for the API.
 * @throws {ConfigurationError} naming LCM_API_PORT or LCM_API_HOST, when the address cannot be had.
 */
export async function listenApi(options: {
  readonly app: RequestListener;
  readonly config: Pick<Config, 'api' | 'keepAliveSeconds'>;
  readonly timeouts?: ServerTimeouts;
}): Promise<RunningServer> {
  const timeouts = options.timeouts ?? timeoutsOf(options.config);
  const server = createServer(toServerOptions(timeouts));
  serve(server, options.app, toProblemAnswer);
  return listen(server, { ...options.config.api, variables: 'LCM_API' });
}

/**
 * Listens for callbacks: with mutual TLS when there are certificates, in the clear otherwise, which the configuration
 * allows on loopback only.
 * @throws {ConfigurationError} naming LCM_CALLBACK_PORT or LCM_CALLBACK_HOST, when the address cannot be had.
 */
export async function listenCallbacks(options: {
  readonly app: RequestListener;
  readonly config: Pick<Config, 'callbacks' | 'keepAliveSeconds'>;
  readonly secrets: Pick<Secrets, 'callbackTls'>;
  readonly logger: Logger;
  readonly timeouts?: ServerTimeouts;
}): Promise<RunningServer> {
  const { app, secrets, logger } = options;
  const { host, port, clientFingerprints } = options.config.callbacks;
  const timeouts = options.timeouts ?? timeoutsOf(options.config);
  const server =
    secrets.callbackTls === undefined
      ? createServer(toServerOptions(timeouts))
      : createMutualTlsServer({ tls: secrets.callbackTls, clientFingerprints, logger, timeouts });
  serve(server, app, toPostponement);
  return listen(server, { host, port, variables: 'LCM_CALLBACK' });
}

function createMutualTlsServer(options: {
  readonly tls: ServerTls;
  readonly clientFingerprints: readonly string[];
  readonly logger: Logger;
  readonly timeouts: ServerTimeouts;
}): Server {
  const { tls, clientFingerprints, logger, timeouts } = options;
  const server = createTlsServer({
    ...toServerOptions(timeouts),
    cert: tls.cert,
    key: tls.key,
    ca: tls.clientCa,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    handshakeTimeout: timeouts.handshakeMs,
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
    const { code = 'UNKNOWN' } = error;
    if (NO_HANDSHAKE.test(code)) logger.debug({ code }, 'a connection to the callback port spoke no TLS');
    else logger.warn({ code }, 'a client could not prove itself to the callback port');
  });
  // First in line: the HTTP server must not read from a client that is not on the list.
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    if (clientFingerprints.length === 0 || clientFingerprints.includes(fingerprintOf(socket))) return;
    logger.warn({ clientFingerprint: fingerprintOf(socket) }, 'a client certificate is not on the list');
    socket.destroy();
  });
  return server;
}

/** A probe of a balancer or a scanner: it went away, said nothing, or spoke something else. */
const NO_HANDSHAKE =
  /^(?:ECONNRESET|EPIPE|ERR_TLS_HANDSHAKE_TIMEOUT|ERR_SSL_(?:HTTP_REQUEST|HTTPS_PROXY_REQUEST|WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|BAD_RECORD_TYPE|UNEXPECTED_EOF_WHILE_READING))$/;

/** SHA-256 of the client's certificate, lower-case hexadecimal; empty when there is none. */
function fingerprintOf(socket: TLSSocket): string {
  const fingerprint: string | undefined = socket.getPeerCertificate().fingerprint256;
  return (fingerprint ?? '').replaceAll(':', '').toLowerCase();
}

function toServerOptions(timeouts: ServerTimeouts) {
  return {
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    connectionsCheckingInterval: timeouts.checkEveryMs,
    // Asked for by `serve`, which has an answer with a body.
    requireHostHeader: false,
  };
}

interface Address {
  readonly host: string;
  readonly port: number;
  /** What the names of the variables that say so begin with. */
  readonly variables: 'LCM_API' | 'LCM_CALLBACK';
}

async function listen(server: Server, address: Address): Promise<RunningServer> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(toListenError(error, address)));
    server.listen({ host: address.host, port: address.port, exclusive: true }, resolve);
  });
  // Until it is closed, an answered connection is kept; from then on each one ends with its answer.
  server.prependListener('request', (_request, response) => {
    if (!server.listening) response.setHeader('Connection', 'close');
    response.once('finish', () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs = DEFAULT_GRACE_MS) => close(server, graceMs),
  };
}

function toListenError(error: NodeJS.ErrnoException, { host, port, variables }: Address): Error {
  if (error.code === 'EADDRINUSE') {
    return problem(`${variables}_PORT`, `a free port: ${port} on ${host} is already in use`);
  }
  if (error.code === 'EACCES') {
    return problem(`${variables}_PORT`, `a port that this user may open: ${port} is not`);
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return problem(`${variables}_HOST`, 'an address of this machine');
  }
  return error;
}

function problem(name: string, expected: string): ConfigurationError {
  return new ConfigurationError([{ name, expected }]);
}

async function close(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
  try {
    server.closeIdleConnections();
    await closed;
  } finally {
    clearTimeout(cutOff);
  }
}
