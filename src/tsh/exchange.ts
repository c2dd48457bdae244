import type { Dispatcher } from 'undici';

import { LARGEST_BODY_BYTES, readContent, UNREADABLE, type Content } from './content.js';

/** What came back, of the hub or of something in front of it, before anybody has thought about it. */
export interface HubResponse {
  readonly httpStatus: number;
  /** The `Retry-After` header, raw. */
  readonly retryAfter?: string;
  /** The `Date` header, raw: the time by the clock of the machine that has answered. */
  readonly date?: string;
  readonly content: Content;
}

/** What one HTTP exchange came to. A cause is a short code such as ECONNREFUSED, for logs. */
export type Exchange =
  | { readonly kind: 'response'; readonly response: HubResponse }
  /** Proven: no byte of the request has left, and none will. */
  | { readonly kind: 'nothing-left'; readonly cause: string }
  /** The request, or a part of it, may have reached the hub. */
  | { readonly kind: 'unanswered'; readonly cause: string };

/** Causes of our own; all others are codes of Node, OpenSSL or undici. */
const TIMEOUT = 'TIMEOUT';
const CONNECT_TIMEOUT = 'CONNECT_TIMEOUT';
export const ABORTED = 'ABORTED';

/**
 * One POST, sent at most once, with one deadline for all of it.
 *
 * The proof that nothing left (design 5.1) does not rest on error codes, since the same ECONNRESET ends a failed TLS
 * handshake and a request that the hub has read. It rests on a moment: over HTTP/1.1 undici calls `onRequestStart` right
 * before it writes the first byte of a request, on a connection whose handshake is done. An exchange that ends
 * before has sent nothing; from then on everything counts as possibly sent. `onRequestStart` is also where sending can still be
 * refused, so a request that was given up while it waited, or that undici would send a second time, stops there.
 */
export function exchange(
  dispatcher: Pick<Dispatcher, 'dispatch'>,
  request: {
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  },
  limits: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<Exchange> {
  const { timeoutMs, signal } = limits;
  if (signal?.aborted === true) return Promise.resolve({ kind: 'nothing-left', cause: ABORTED });
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let isSettled = false;
    let head: Omit<HubResponse, 'content'> = { httpStatus: 0 };
    let codings = '';
    const chunks: Buffer[] = [];
    let size = 0;

    const timer = setTimeout(() => giveUp(TIMEOUT), timeoutMs);
    const startTimer = setTimeout(() => giveUp(CONNECT_TIMEOUT), connectTimeoutMs(timeoutMs));
    const onAbort = (): void => giveUp(ABORTED);
    signal?.addEventListener('abort', onAbort);

    function settle(settlePromise: () => void): void {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      clearTimeout(startTimer);
      signal?.removeEventListener('abort', onAbort);
      settlePromise();
    }
    function end(result: Exchange): void {
      settle(() => resolve(result));
    }
    function endWithout(cause: string): void {
      end({ kind: controller === undefined ? 'nothing-left' : 'unanswered', cause });
    }
    function giveUp(cause: string): void {
      endWithout(cause);
      controller?.abort(new Error('The exchange was given up.'));
    }

    dispatcher.dispatch(
      { ...request, method: 'POST', idempotent: false },
      {
        onRequestStart(started) {
          if (isSettled || controller !== undefined) {
            started.abort(new Error('A request is sent once, and not after it was given up.'));
            return;
          }
          controller = started;
          clearTimeout(startTimer);
        },
        onResponseStart(_controller, httpStatus, headers) {
          const { 'retry-after': retryAfter, date } = headers;
          head = {
            httpStatus,
            ...(typeof retryAfter === 'string' ? { retryAfter } : {}),
            ...(typeof date === 'string' ? { date } : {}),
          };
          codings = String(headers['content-encoding'] ?? ''); // Several are joined by commas.
        },
        onResponseData(_controller, chunk) {
          size += chunk.length;
          if (size <= LARGEST_BODY_BYTES) {
            chunks.push(chunk);
          } else {
            end({ kind: 'response', response: { ...head, content: UNREADABLE } });
            controller?.abort(new Error('The body is too large.'));
          }
        },
        onResponseEnd() {
          const content = readContent(Buffer.concat(chunks), codings);
          end({ kind: 'response', response: { ...head, content } });
        },
        onResponseError(_controller, error) {
          // Bad arguments are a bug of ours; calling that "nothing left" would try it again for ever.
          if (codeOf(error) === 'UND_ERR_INVALID_ARG') settle(() => reject(error));
          // An answer that breaks off is none: what is missing may be the code that says what happened.
          else endWithout(codeOf(error) ?? 'UNKNOWN');
        },
      },
    );
  });
}

/**
 * How long a request may wait for a connection: half of its time. A request that went out in its last moments would end
 * unanswered, where "nothing left" can still be had.
 */
export function connectTimeoutMs(timeoutMs: number): number {
  return Math.ceil(timeoutMs / 2);
}

/** The code of an error, never its message, which may hold a value. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(error.code)) {
    return error.code;
  }
  // Several addresses were tried (AggregateError), or the reason lies one level down.
  if ('errors' in error && Array.isArray(error.errors)) return codeOf(error.errors[0]);
  return 'cause' in error ? codeOf(error.cause) : undefined;
}
