import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, type Server, type ServerResponse, createServer, request } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type CallbackEntry, type RequestEntry } from '../../../src/simulator/cards/journal.js';
import { type PlanView } from '../../../src/simulator/plan/plan-words.js';
import { type CardRenewal } from '../../../src/simulator/callbacks/renewals.js';
import { type Seeding } from '../../../src/simulator/plan/seeding.js';
import { type SimulatorSettings } from '../../../src/simulator/settings.js';
import { createSimulator } from '../../../src/simulator/simulator.js';
import { type Effect } from '../../../src/simulator/cards/state.js';

export const issuerId = 'ISSUER1234';
export const quickSettings = {
  effectDelayMs: { min: 2, max: 5 },
  slowCallbackDelayMs: 200,
  betweenCallbacksMs: 2,
  callbackTimeoutMs: 2_000,
  firstRedeliveryMs: 5,
  redeliveryCeilingMs: 20,
} satisfies Partial<SimulatorSettings>;

/** An answer of the hub; `undefined` if the client went away without one. */
export type HubAnswer = { status: number; headers: Headers; text: string; body: unknown } | undefined;

export interface TokenView {
  virtualCardId: string;
  walletProviderId: string;
  status: string;
  suspenders: string[];
  renewsAt?: string;
}

/** A running simulator with clients for both of its sides. */
export type TestHub = Awaited<ReturnType<typeof startHub>>;

export async function startHub(given: {
  callbackUrl: string;
  stateFile?: string;
  issuerIds?: string[];
  seeding?: Seeding;
  settings?: Partial<SimulatorSettings>;
}) {
  const simulator = createSimulator({
    callbackUrl: given.callbackUrl,
    stateFile: given.stateFile,
    issuerIds: given.issuerIds ?? [issuerId],
    seeding: given.seeding,
    settings: { ...quickSettings, ...given.settings },
    log: pino({ level: 'silent' }),
  });
  const { url } = await simulator.listen(0);

  async function send(
    path: string,
    correlationId: string,
    body: unknown,
    patienceMs = 5_000,
  ): Promise<HubAnswer> {
    try {
      const response = await fetch(`${url}/${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-correlation-id': correlationId,
          'x-issuer-id': issuerId,
        },
        body: JSON.stringify(body),
        redirect: 'manual',
        signal: AbortSignal.timeout(patienceMs),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, body: parseOrUndefined(text) };
    } catch {
      return undefined;
    }
  }

  /** The bytes as they come: `fetch` undoes codings, and believes what they are called. */
  async function raw(path: string, correlationId: string, body: unknown) {
    const headers = {
      'content-type': 'application/json',
      'x-correlation-id': correlationId,
      'x-issuer-id': issuerId,
    };
    return new Promise<{ head: IncomingHttpHeaders; bytes: Buffer }>((resolve, reject) => {
      const sent = request(`${url}/${path}`, { method: 'POST', headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ head: response.headers, bytes: Buffer.concat(chunks) }));
      });
      sent.on('error', reject).end(JSON.stringify(body));
    });
  }

  async function control<T>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: T }> {
    const response = await fetch(`${url}/_simulator${path}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    return { status: response.status, body: (await response.json()) as T };
  }

  async function items<T>(path: string): Promise<T[]> {
    return (await control<{ items: T[] }>('GET', path)).body.items;
  }

  return {
    url,
    control,
    raw,
    close: () => simulator.close(),
    update: (
      correlationId: string,
      body: { issuerCardRefId: string; virtualCardId?: string; action: string },
      patienceMs?: number,
    ) => send('updateCardState', correlationId, body, patienceMs),
    cardInfo: (issuerCardRefId: string) => send('getCardInfo', 'a-reading', { issuerCardRefId }),
    effects: (query = '') => items<Effect>(`/effects${query}`),
    requests: (query = '') => items<RequestEntry>(`/requests${query}`),
    callbacks: (query = '') => items<CallbackEntry>(`/callbacks${query}`),
    plans: (query = '') => items<PlanView>(`/plans${query}`),
    renew: (issuerCardRefId: string, body?: object) =>
      control<CardRenewal>('POST', `/cards/${issuerCardRefId}/renew`, body),
    putCard: (issuerCardRefId: string, tokens: object[]) =>
      control<{ tokens: TokenView[] }>('PUT', `/cards/${issuerCardRefId}`, { tokens }),
    async token(issuerCardRefId: string, virtualCardId: string): Promise<TokenView | undefined> {
      const card = await control<{ tokens: TokenView[] }>('GET', `/cards/${issuerCardRefId}`);
      return card.body.tokens.find((token) => token.virtualCardId === virtualCardId);
    },
    /** Nothing is under way any more: what has not happened by now never will. */
    async idle(): Promise<void> {
      await eventually(async () => {
        const { body } = await control<Record<string, unknown>>('GET', '/health');
        expect(body).toMatchObject({ pendingOperations: 0, pendingCallbacks: 0 });
      });
    },
  };
}

export interface ReceivedCallback {
  path: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

export interface Receiver {
  callbackUrl: string;
  port: number;
  received: ReceivedCallback[];
  /** How the next callbacks are answered; afterwards it is 200. */
  answers: ((response: ServerResponse) => void)[];
  close(): Promise<void>;
}

/** The issuer's side: a real server that takes callbacks. */
export async function startReceiver(port = 0): Promise<Receiver> {
  const received: ReceivedCallback[] = [];
  const answers: Receiver['answers'] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const body = JSON.parse(text) as Record<string, unknown>;
      received.push({ path: request.url ?? '', headers: request.headers, body });
      const answer = answers.shift() ?? answerWith(200);
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const taken = (server.address() as AddressInfo).port;
  const callbackUrl = `http://127.0.0.1:${taken}/issuer/igwapi/v2.0/notifyVirtualCardChange`;
  return { callbackUrl, port: taken, received, answers, close: () => closeServer(server) };
}

export function answerWith(status: number, headers: Record<string, string> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end('{}');
  };
}

/** Repeats the check until it passes. */
export async function eventually(check: () => Promise<void> | void, patienceMs = 4_000): Promise<void> {
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** A folder of its own for a test, and how to remove it. */
export function aFolder(): { path: (name: string) => string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  return {
    path: (name) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
