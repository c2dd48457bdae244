import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Why a request is refused before any route sees it. */
export type TransportFault =
  /** Not HTTP, broken off, without one Host header, or meant for a proxy (CONNECT). */
  | 'malformed'
  /** It did not arrive completely in time. */
  | 'timeout'
  /** The address and the headers are longer than Node takes, 16 KiB together. */
  | 'headers-too-large';

/** What is sent back in such a case; the connection is closed after it. */
export interface FaultAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A client that has not read our answer by then will not. Closing at once could take it away while it is still sending. */
const LINGER_MS = 500;

/**
 * Lets `app` serve a server's requests, and answers in its place, with `toAnswer`, what is no proper request. Node's own
 * answers to those have no body, or are none.
 */
export function serve(
  server: Server,
  app: RequestListener,
  toAnswer: (fault: TransportFault) => FaultAnswer,
): void {
  const answering = new WeakMap<Duplex, ServerResponse>();
  const ended = new WeakSet<Duplex>();

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    answering.set(request.socket, response);
    if (hasOneHost(request)) return app(request, response);
    const answer = toAnswer('malformed');
    response.writeHead(answer.status, closingHeaders(answer)).end(answer.body);
  }

  function end(socket: Duplex, fault: TransportFault): void {
    // What follows on the same connection is not worth a second answer.
    if (ended.has(socket)) return;
    ended.add(socket);
    const response = answering.get(socket);
    const isBegun = response?.headersSent === true && !response.writableFinished;
    if (!socket.writable || isBegun) {
      socket.destroy();
      return;
    }
    const linger = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(linger));
    socket.end(toRaw(toAnswer(fault)));
  }

  server.on('request', onRequest);
  // An expectation other than 100-continue may be ignored (RFC 9110, 10.1.1).
  server.on('checkExpectation', onRequest);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => end(socket, toFault(error)));
  server.on('connect', (_request, socket) => end(socket, 'malformed'));
}

function hasOneHost(request: IncomingMessage): boolean {
  const hosts = request.headersDistinct['host']?.length ?? 0;
  return hosts === 1 || (hosts === 0 && request.httpVersion === '1.0');
}

function toFault(error: NodeJS.ErrnoException): TransportFault {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'timeout';
  return error.code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : 'malformed';
}

function toRaw(answer: FaultAnswer): string {
  const lines = Object.entries(closingHeaders(answer)).map(([name, value]) => `${name}: ${value}`);
  // The reason phrase may be empty (RFC 9112, 4); the space before it may not.
  return [`HTTP/1.1 ${answer.status} `, ...lines, '', answer.body].join('\r\n');
}

function closingHeaders({ headers, body }: FaultAnswer): Record<string, string> {
  return { ...headers, 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close' };
}
