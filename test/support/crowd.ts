import { Agent, request } from 'node:http';

/** Does something for each item, at most `width` of them at a time, and starts them in order. */
export async function forEachOf<T>(
  items: readonly T[],
  width: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  // The lanes share one iterator: whoever is free takes the next item.
  const lane = async (): Promise<void> => {
    for (const item of waiting) await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}

/** What became of a storm. */
export interface StormResult {
  /** Callbacks that were answered 200 in the end. */
  readonly stored: number;
  /** Answers 503 on the way there; each of them was sent again. */
  readonly postponed: number;
  readonly tookMs: number;
}

export interface StormCallback {
  readonly correlationId: string;
  readonly body: unknown;
}

export interface StormOptions {
  readonly issuerId: string;
  readonly connections?: number;
  /** Called before a callback is sent for the first time, and once it has been answered 200. */
  readonly onSend?: (callback: StormCallback) => void;
  readonly onStored?: (callback: StormCallback) => void;
}

const PAUSE_MS = 100;
const MOST_TRIES = 600;

/**
 * Sends all of these callbacks at once over this many connections, each again until it is answered 200, as the hub does.
 * @throws on any answer but 200 and 503
 */
export async function storm(
  callbackUrl: string,
  callbacks: readonly StormCallback[],
  { issuerId, connections = 50, onSend, onStored }: StormOptions,
): Promise<StormResult> {
  // Connections are kept: thousands of new ones within a minute would use up the ports of this machine.
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const startedAt = performance.now();
  let stored = 0;
  let postponed = 0;
  try {
    await forEachOf(callbacks, connections, async (callback) => {
      const { correlationId, body } = callback;
      onSend?.(callback);
      for (let attempt = 1; ; attempt += 1) {
        const status = await send(callbackUrl, agent, { issuerId, correlationId, body });
        if (status === 200) break;
        if (status !== 503) throw new Error(`a callback was answered ${status}`);
        if (attempt === MOST_TRIES) throw new Error('a callback was never stored');
        postponed += 1;
        await new Promise((wake) => setTimeout(wake, PAUSE_MS));
      }
      stored += 1;
      onStored?.(callback);
    });
  } finally {
    agent.destroy();
  }
  return { stored, postponed, tookMs: Math.round(performance.now() - startedAt) };
}

async function send(
  url: string,
  agent: Agent,
  { issuerId, correlationId, body }: StormCallback & { issuerId: string },
): Promise<number> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: 'POST',
      agent,
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(text)),
        'x-issuer-id': issuerId,
        'x-correlation-id': correlationId,
      },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      incoming.once('error', reject);
      incoming.once('end', () => resolve(incoming.statusCode ?? 0));
      incoming.resume();
    });
    outgoing.end(text);
  });
}
