import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { call, type Answered } from '../support/processes/http-client.js';
import type { Random } from './random.js';

/** Stands before the processes that take callbacks, as a load balancer does: the hub knows one address. */
export interface CallbackFront {
  /** How many answers it has lost on their way back to the hub. */
  readonly lost: () => number;
  close(): Promise<void>;
}

/** Longer than the two seconds within which a callback has to be answered. */
const TIMEOUT_MS = 8_000;

/**
 * Passes each callback on to one of the ports. Some answers get lost on their way back: the callback is stored, and the
 * hub sends it again, perhaps through the other process.
 */
export async function startCallbackFront(options: {
  port: number;
  ports: readonly number[];
  random: Random;
  loses: number;
}): Promise<CallbackFront> {
  const { port, ports, random, loses } = options;
  let lost = 0;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const order = random.chance(0.5) ? ports : ports.toReversed();
    const isLost = random.chance(loses);
    const body = await textOf(request);
    const answered = await firstAnswer(order, request, body);
    if (isLost) lost += 1;
    if (answered === undefined || isLost) return void response.destroy();
    const retryAfter = answered.headers['retry-after'];
    response.writeHead(answered.status, {
      'content-type': 'application/json',
      ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
    });
    response.end(JSON.stringify(answered.body));
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    lost: () => lost,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The next process is asked only when nobody listens at the first: anything else may have been stored. */
async function firstAnswer(
  ports: readonly number[],
  request: IncomingMessage,
  body: string,
): Promise<Answered | undefined> {
  for (const port of ports) {
    try {
      const url = `http://127.0.0.1:${port}${request.url ?? ''}`;
      return await call('POST', url, { body, headers: hubHeaders(request), timeoutMs: TIMEOUT_MS });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') return undefined;
    }
  }
  return undefined;
}

function hubHeaders({ headers }: IncomingMessage): Record<string, string> {
  const names = ['x-correlation-id', 'x-issuer-id', 'content-type'];
  return Object.fromEntries(names.map((name) => [name, String(headers[name] ?? '')]));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
