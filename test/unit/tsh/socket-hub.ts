import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface SocketHub {
  readonly url: string;
  readonly port: number;
  /** Every byte that came, over all connections. */
  received(): string;
  connections(): number;
  closedConnections(): number;
  close(): Promise<void>;
}

/**
 * A hub as plain sockets, for what an HTTP server never does: it shows every byte that has arrived.
 * `onRequest` is called once per complete request, with the number of requests before it.
 */
export async function aSocketHub(behaviour: {
  readonly onConnection?: (socket: Socket) => void;
  readonly onRequest?: (socket: Socket, before: number) => void;
}): Promise<SocketHub> {
  const sockets = new Set<Socket>();
  let received = '';
  let connections = 0;
  let requests = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    let pending = '';
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      pending += chunk.toString('latin1');
      if (!isComplete(pending)) return;
      pending = '';
      behaviour.onRequest?.(socket, requests);
      requests += 1;
    });
    behaviour.onConnection?.(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received: () => received,
    connections: () => connections,
    closedConnections: () => connections - sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers as an HTTP server with a keep-alive connection would. */
export function answer(socket: Socket, status = '200 OK', body = ''): void {
  socket.write(`HTTP/1.1 ${status}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function isComplete(text: string): boolean {
  const headEnd = text.indexOf('\r\n\r\n');
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return headEnd !== -1 && text.length >= headEnd + 4 + length;
}

/** A port that nobody listens on: it was ours until a moment ago. */
export async function aRefusedPort(): Promise<number> {
  const hub = await aSocketHub({});
  await hub.close();
  return hub.port;
}
