import { once } from 'node:events';
import {
  connect,
  constants,
  createServer,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';

/** What becomes of one gRPC call: it goes through, is refused with a gRPC status, or its whole connection is torn down. */
export type Fate = 'pass' | 'tear' | { readonly status: number; readonly message: string };

/** One gRPC call as it arrives, before its message. */
export interface ArrivingCall {
  /** `ListSearchAttributes`, … */
  readonly method: string;
  readonly service: 'OperatorService' | 'WorkflowService' | 'other';
  /** The client of HTTP's side, or the native one of the worker. */
  readonly from: 'client' | 'worker';
}

/** Something between the service and Temporal: an authoriser, or a network that fails where the test wants it to. */
export interface TemporalFront {
  readonly address: string;
  /** Every call so far. */
  readonly arrived: readonly ArrivingCall[];
  /** From now on; connections that stand are judged call by call. */
  decide(fateOf: (call: ArrivingCall) => Fate): void;
  close(): Promise<void>;
}

export const PERMISSION_DENIED = { status: 7, message: 'Request unauthorized.' } as const;

export async function startTemporalFront(target: string): Promise<TemporalFront> {
  const arrived: ArrivingCall[] = [];
  const sessions = new Set<ServerHttp2Session>();
  let fateOf: (call: ArrivingCall) => Fate = () => 'pass';
  let upstream: ClientHttp2Session | undefined;

  function toTemporal(): ClientHttp2Session {
    if (upstream === undefined || upstream.closed || upstream.destroyed) {
      upstream = connect(`http://${target}`).on('error', () => undefined);
    }
    return upstream;
  }

  const server = createServer();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined).once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    const call = toCall(headers);
    arrived.push(call);
    const fate = fateOf(call);
    if (fate === 'tear') stream.session?.destroy();
    else if (fate === 'pass') forward(stream, headers, toTemporal());
    else refuse(stream, fate);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    decide: (wanted) => (fateOf = wanted),
    async close() {
      for (const session of sessions) session.destroy();
      upstream?.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function toCall(headers: IncomingHttpHeaders): ArrivingCall {
  const [, service = '', method = ''] = String(headers[':path']).split('/');
  const known = (['OperatorService', 'WorkflowService'] as const).find((name) => service.endsWith(name));
  const isClient = headers['user-agent']?.startsWith('grpc-node') === true;
  return { method, service: known ?? 'other', from: isClient ? 'client' : 'worker' };
}

function refuse(stream: ServerHttp2Stream, { status, message }: Exclude<Fate, string>): void {
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': String(status),
      'grpc-message': encodeURIComponent(message),
    },
    { endStream: true },
  );
}

function forward(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  upstream: ClientHttp2Session,
): void {
  const outgoing = upstream.request(headers);
  outgoing.on('error', () => stream.destroy());
  outgoing.once('response', (answer, flags) => {
    if (stream.destroyed) return;
    // A refusal is all headers.
    if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) return stream.respond(answer, { endStream: true });
    stream.respond(answer, { waitForTrailers: true });
    let trailers: IncomingHttpHeaders = {};
    outgoing.once('trailers', (received) => (trailers = received));
    stream.once('wantTrailers', () => stream.sendTrailers(trailers));
    outgoing.pipe(stream);
  });
  stream.once('close', () => outgoing.close(stream.rstCode));
  stream.pipe(outgoing);
}
