import type { FieldError, ProblemCode } from './api-types.js';
import { PROBLEM_CODES } from './api-types.js';
import { ProblemError, UnavailableError, UnexpectedAnswerError } from './errors.js';
import { backOffMs, pause, throwIfAborted, type BackOff } from './back-off.js';

/** How a client reaches the API. */
export interface ExchangeSettings {
  /** Scheme, host, and the path under which the API stands, without `/v1`. */
  readonly baseUrl: string;
  /** For one attempt, in milliseconds; a wait that was asked for comes on top. */
  readonly timeoutMs: number;
  /** Attempts at one call, the first included. */
  readonly attempts: number;
  readonly backOff: BackOff;
  readonly fetch: typeof fetch;
  /** Sent with every request; asked anew for each attempt. */
  readonly headers: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
}

export interface Call {
  readonly method: 'GET' | 'POST';
  /** From `/v1` on, each segment encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** How long the service was asked to wait with its answer, in seconds. */
  readonly waitSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type Exchange = (call: Call) => Promise<unknown>;

/** What one attempt came to; `again`: nobody knows whether it had an effect, and repeating it is safe. */
type Attempt =
  | { readonly kind: 'answered'; readonly body: unknown }
  | { readonly kind: 'again'; readonly cause: unknown; readonly retryAfterMs: number };

/** Repeats each call, word for word, until it is answered for good: all calls of the API are safe to repeat. */
export function createExchange(settings: ExchangeSettings): Exchange {
  return async (call) => {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await attemptOnce(settings, call);
      if (outcome.kind === 'answered') return outcome.body;
      if (attempt >= settings.attempts) throw new UnavailableError(attempt, { cause: outcome.cause });
      const delayMs = Math.max(backOffMs(settings.backOff, attempt), outcome.retryAfterMs);
      await pause(delayMs, call.signal);
    }
  };
}

async function attemptOnce(settings: ExchangeSettings, call: Call): Promise<Attempt> {
  throwIfAborted(call.signal);
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const timer = setTimeout(end, settings.timeoutMs + (call.waitSeconds ?? 0) * 1000);
  call.signal?.addEventListener('abort', end, { once: true });
  try {
    const response = await send(settings, call, ending.signal);
    return await read(response);
  } catch (error) {
    throwIfAborted(call.signal);
    if (error instanceof ProblemError || error instanceof UnexpectedAnswerError) throw error;
    return { kind: 'again', cause: error, retryAfterMs: 0 };
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener('abort', end);
  }
}

async function send(settings: ExchangeSettings, call: Call, signal: AbortSignal): Promise<Response> {
  const own = await settings.headers();
  return settings.fetch(toUrl(settings.baseUrl, call), {
    method: call.method,
    signal,
    // A redirect would send the request, body and all, to somebody else.
    redirect: 'manual',
    headers: {
      accept: 'application/json, application/problem+json',
      ...(call.body !== undefined && { 'content-type': 'application/json' }),
      ...call.headers,
      ...own,
    },
    ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
  });
}

function toUrl(baseUrl: string, { path, query = {} }: Call): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  const asked = new URLSearchParams(given).toString();
  return `${baseUrl}${path}${asked === '' ? '' : `?${asked}`}`;
}

/** A proxy between us may say that there is nobody behind it; that is no word of the service. */
const NOBODY_THERE = new Set([408, 429, 500, 502, 503, 504]);

async function read(response: Response): Promise<Attempt> {
  const body = parse(await response.text());
  if (response.ok && body !== undefined) return { kind: 'answered', body };
  const problem = toProblem(response.status, body);
  if (problem?.recoverable === true || (problem === undefined && NOBODY_THERE.has(response.status))) {
    const cause = problem?.error ?? new UnexpectedAnswerError(response.status);
    return { kind: 'again', cause, retryAfterMs: toMs(response.headers.get('retry-after')) };
  }
  throw problem?.error ?? new UnexpectedAnswerError(response.status);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toProblem(
  status: number,
  body: unknown,
): { readonly error: ProblemError; readonly recoverable: boolean } | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { code, detail, recoverable, errors } = body as Readonly<Record<string, unknown>>;
  const known = PROBLEM_CODES.find((candidate): candidate is ProblemCode => candidate === code);
  if (known === undefined || typeof detail !== 'string') return undefined;
  const fields = Array.isArray(errors) ? (errors as FieldError[]) : [];
  return { error: new ProblemError(known, status, { detail, fields }), recoverable: recoverable === true };
}

const LONGEST_RETRY_AFTER_MS = 60_000;

function toMs(retryAfter: string | null): number {
  return /^\d{1,6}$/.test(retryAfter ?? '') ? Math.min(Number(retryAfter) * 1000, LONGEST_RETRY_AFTER_MS) : 0;
}
