import { Pool } from 'undici';

import type { Answer } from '../domain/hub/answer.js';
import { HUB_PATHS, toUpdateCardStateBody, type UpdateCardStateRequest } from './assumptions.js';
import type { AttemptResult } from './circuit.js';
import { ABORTED, connectTimeoutMs, exchange, type Exchange } from './exchange.js';
import {
  NOT_THE_HUB,
  toAnswer,
  toInstant,
  toReading,
  toRetryAfterMs,
  type CardInfoReading,
} from './interpret.js';

export type { UpdateCardStateRequest } from './assumptions.js';
export type { CardInfoReading } from './interpret.js';

/** What one attempt at `updateCardState` came to. Causes are short codes for logs, never values. */
export type SendOutcome =
  | { readonly kind: 'answered'; readonly answer: Answer; readonly httpStatus: number }
  /** Proven that no byte of the request has left: the attempt may be repeated as if it had not been made. */
  | { readonly kind: 'nothing-left'; readonly cause: string }
  /** It may have reached the hub; nobody knows. With a status: something answered that cannot be the hub. */
  | { readonly kind: 'unanswered'; readonly cause: string; readonly httpStatus?: number };

export interface GetCardInfoRequest {
  readonly issuerId: string;
  readonly correlationId: string;
  readonly issuerCardRefId: string;
}

export interface CallOptions {
  /** For the whole exchange, instead of the client's own. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The operations of the hub's inbound API that we use. Neither throws for what the hub or the network does. */
export interface HubClient {
  updateCardState(request: UpdateCardStateRequest, options?: CallOptions): Promise<SendOutcome>;
  getCardInfo(request: GetCardInfoRequest, options?: CallOptions): Promise<CardInfoReading>;
  /** Lets exchanges in flight end, then closes the connections. Later calls find nothing left. */
  close(): Promise<void>;
}

export interface HubClientOptions {
  /** Base of the inbound API, path included (contract section 1). */
  readonly baseUrl: string;
  /** For a whole exchange: connecting, TLS, request, answer. */
  readonly timeoutMs: number;
  /** For a log line: nobody would look for a firewall that answers in the hub's place. */
  readonly onForeignAnswer?: (answer: { readonly path: string; readonly httpStatus: number }) => void;
  /** Our certificate and key, and the CA of the hub's certificate; PEM (contract section 6). */
  readonly tls?:
    | {
        readonly cert?: string | Buffer | undefined;
        readonly key?: string | Buffer | undefined;
        readonly ca?: string | Buffer | undefined;
      }
    | undefined;
}

/** More than a worker has activities at a time, so that waiting for a connection stays the exception. */
const MOST_CONNECTIONS = 128;
/** Short, so that the hub seldom closes an idle connection while a request is on its way to it. */
const IDLE_CONNECTION_MS = 4_000;
/** A busy connection is renewed too, so that a change of the hub's address in DNS is followed (contract section 6). */
const REQUESTS_PER_CONNECTION = 100;

const CLOSED = 'CLOSED';

export function createHubClient(options: HubClientOptions): HubClient {
  const { baseUrl, timeoutMs, tls = {}, onForeignAnswer } = options;
  const base = parseBaseUrl(baseUrl);
  const pool = new Pool(base.origin, {
    connections: MOST_CONNECTIONS,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    keepAliveMaxTimeout: IDLE_CONNECTION_MS,
    maxRequestsPerClient: REQUESTS_PER_CONNECTION,
    pipelining: 1, // One request at a time: with more, undici sends those behind a broken one again.
    allowH2: false, // The proof in `exchange` is about HTTP/1.1.
    headersTimeout: 0, // One deadline for all, in `exchange`.
    bodyTimeout: 0,
    connectTimeout: connectTimeoutMs(timeoutMs), // Clears away connections that nobody waits for any more.
    connect: {
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true, // Said aloud: an environment variable of Node could turn it off.
      ...(tls.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls.key === undefined ? {} : { key: tls.key }),
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    },
  });
  const inFlight = new Set<Promise<Exchange>>();
  let isClosed = false;

  async function post(
    path: string,
    { issuerId, correlationId }: { issuerId: string; correlationId: string },
    body: object,
    options: CallOptions,
  ): Promise<Exchange> {
    checkHeaders({ issuerId, correlationId });
    if (isClosed) return { kind: 'nothing-left', cause: CLOSED };
    const sent = exchange(
      pool,
      {
        path: `${base.path}${path}`,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'accept-encoding': 'identity', // What comes packed all the same is undone, in `content`.
          'x-correlation-id': correlationId,
          'x-issuer-id': issuerId,
        },
        body: JSON.stringify(body),
      },
      { timeoutMs: options.timeoutMs ?? timeoutMs, signal: options.signal },
    );
    inFlight.add(sent);
    try {
      return await sent;
    } finally {
      inFlight.delete(sent);
    }
  }

  return {
    async updateCardState(request, options = {}) {
      const result = await post(HUB_PATHS.updateCardState, request, toUpdateCardStateBody(request), options);
      if (result.kind !== 'response') return result;
      const { httpStatus, retryAfter, date, content } = result.response;
      const retryAfterMs = toRetryAfterMs(retryAfter, toInstant(date) ?? Date.now());
      const answer = toAnswer({ httpStatus, content, retryAfterMs });
      if (answer === undefined) {
        onForeignAnswer?.({ path: HUB_PATHS.updateCardState, httpStatus });
        return { kind: 'unanswered', cause: NOT_THE_HUB, httpStatus };
      }
      return { kind: 'answered', answer, httpStatus };
    },
    async getCardInfo(request, options = {}) {
      const body = { issuerCardRefId: request.issuerCardRefId };
      const result = await post(HUB_PATHS.getCardInfo, request, body, options);
      if (result.kind !== 'response') return { kind: 'failed', cause: result.cause };
      const reading = toReading(result.response);
      if (reading.kind === 'failed' && reading.cause === NOT_THE_HUB) {
        onForeignAnswer?.({ path: HUB_PATHS.getCardInfo, httpStatus: result.response.httpStatus });
      }
      return reading;
    },
    async close() {
      isClosed = true;
      await Promise.allSettled(inFlight);
      await pool.destroy();
    },
  };
}

/** What an attempt tells the circuit about the hub. One that we ended ourselves tells nothing. */
export function toAttemptResult(outcome: SendOutcome | CardInfoReading): AttemptResult {
  const cause = 'cause' in outcome ? outcome.cause : undefined;
  if (cause === ABORTED || cause === CLOSED) return 'abandoned';
  if (cause === NOT_THE_HUB) return 'failed';
  const httpStatus = 'httpStatus' in outcome ? outcome.httpStatus : undefined;
  return httpStatus !== undefined && httpStatus < 500 ? 'answered' : 'failed';
}

function parseBaseUrl(baseUrl: string): { origin: string; path: string } {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const isPlain = url !== undefined && `${url.search}${url.hash}${url.username}${url.password}` === '';
  if (!isPlain || !/^https?:$/.test(url.protocol)) {
    throw new TypeError('baseUrl must be an http or https URL without credentials, query and fragment');
  }
  return { origin: url.origin, path: url.pathname.replace(/\/+$/, '') };
}

/** Both headers are required, with these lengths (contract 1.1). Anything else is a bug of the caller. */
function checkHeaders({ issuerId, correlationId }: { issuerId: string; correlationId: string }): void {
  if (!/^[\x21-\x7e]{10}$/.test(issuerId)) throw new TypeError('issuerId must be 10 visible characters');
  if (!/^[\x20-\x7e]{1,64}$/.test(correlationId)) {
    throw new TypeError('correlationId must be 1 to 64 visible characters');
  }
}
