import type {
  ListedOperation,
  Operation,
  OperationFilter,
  OperationList,
  OperationRequest,
  Remark,
  Renewals,
  Decision,
  Timeline,
  Tokens,
} from './api-types.js';
import type { BackOff } from './back-off.js';
import { ProblemError } from './errors.js';
import { createExchange } from './exchange.js';
import { waitUntilFinal } from './wait.js';

export interface LcmClientOptions {
  /** Where the API stands, e.g. `http://127.0.0.1:3000`. */
  readonly baseUrl: string;
  /** The issuer for which all calls of this client are made. */
  readonly issuerId: string;
  /** For one attempt at one call, in milliseconds; 10 s by default. A wait that is asked for comes on top. */
  readonly timeoutMs?: number;
  /** Attempts at one call, the first included; 5 by default. */
  readonly attempts?: number;
  /** Pauses between attempts; from 200 ms to 5 s by default. */
  readonly backOff?: BackOff;
  /** Headers for every request, e.g. what a proxy asks for; asked for anew at each attempt. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Instead of the global `fetch`. */
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  /** Ends the call, also between two attempts. */
  readonly signal?: AbortSignal;
}

export interface StartOptions extends CallOptions {
  /**
   * Names the request: however often it is sent with the same key, there is one operation. Keep it with your own record of
   * what you want done before you call, so that a crash of yours repeats the request with the same key.
   */
  readonly idempotencyKey: string;
  /** How long the service may wait with its answer for the end, in seconds, at most 60. */
  readonly waitSeconds?: number;
}

export interface WaitOptions extends CallOptions {
  /** After which time to give up, in milliseconds; 5 minutes by default. */
  readonly timeoutMs?: number;
}

/** The API, for one issuer. Every method may throw an `LcmError`, and may be repeated after an `UnavailableError`. */
export interface LcmClient {
  /** Starts an operation, or finds the one that the same request started before. */
  startOperation(request: OperationRequest, options: StartOptions): Promise<Operation>;
  getOperation(operationId: string, options?: CallOptions & { waitSeconds?: number }): Promise<Operation>;
  /** Resolves to the operation once it is final; throws a `NotFinalError` with the latest state when the time is up. */
  waitForOperation(operationId: string, options?: WaitOptions): Promise<Operation>;
  /** One page of operations, newest first. */
  listOperations(filter?: OperationFilter, options?: CallOptions): Promise<OperationList>;
  /** All operations that a filter finds, page by page. */
  operations(
    filter?: OperationFilter,
    options?: CallOptions,
  ): AsyncGenerator<ListedOperation, void, undefined>;
  /**
   * Asks a running operation to end as soon as what is known allows. One that has ended after somebody asked for that is
   * the answer too; any other that has ended is a problem, `operation_already_final`.
   */
  cancelOperation(operationId: string, request?: Remark, options?: CallOptions): Promise<Operation>;
  /** Makes an operation look at the hub now, also a closed one. */
  readOperation(operationId: string, request?: Remark, options?: CallOptions): Promise<Operation>;
  /** Records what a person has found out about an operation that is stuck. */
  resolveOperation(operationId: string, request: Decision, options?: CallOptions): Promise<Operation>;
  /** Starts the one operation that repeats a failed, rejected or unknown one; `retryOf` of the answer names the first. */
  retryOperation(operationId: string, request?: Remark, options?: CallOptions): Promise<Operation>;
  /** The tokens of a card as the hub knows them now. */
  listTokens(issuerCardRefId: string, options?: CallOptions): Promise<Tokens>;
  getRenewals(issuerCardRefId: string, options?: CallOptions): Promise<Renewals>;
  /** What has happened to a card, in order of time. */
  getTimeline(issuerCardRefId: string, options?: CallOptions): Promise<Timeline>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_ATTEMPTS = 5;
const DEFAULT_BACK_OFF: BackOff = { firstMs: 200, longestMs: 5_000 };
/** How long the service may take for a look at the hub. */
const LOOK_SECONDS = 25;
const DEFAULT_WAIT_MS = 5 * 60_000;

/** @throws {TypeError} when `baseUrl` is no http or https address. */
export function createLcmClient(options: LcmClientOptions): LcmClient {
  const backOff = options.backOff ?? DEFAULT_BACK_OFF;
  const exchange = createExchange({
    baseUrl: toBase(options.baseUrl),
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    attempts: options.attempts ?? DEFAULT_ATTEMPTS,
    backOff,
    fetch: options.fetch ?? fetch,
    headers: options.headers ?? (() => ({})),
  });
  const issuer = `/v1/issuers/${toSegment(options.issuerId)}`;
  const operationPath = (operationId: string): string => `${issuer}/operations/${toSegment(operationId)}`;
  const cardPath = (issuerCardRefId: string): string => `${issuer}/cards/${toSegment(issuerCardRefId)}`;

  const get = async <T>(path: string, call: CallOptions = {}): Promise<T> =>
    (await exchange({ method: 'GET', path, signal: call.signal })) as T;
  const act = async (
    operationId: string,
    what: 'cancel' | 'read' | 'resolve' | 'retry',
    { body, call = {} }: { body: Remark | Decision | undefined; call?: CallOptions | undefined },
  ): Promise<Operation> =>
    (await exchange({
      method: 'POST',
      path: `${operationPath(operationId)}/${what}`,
      body,
      // The service asks the hub before it answers.
      ...(what === 'read' && { waitSeconds: LOOK_SECONDS }),
      signal: call.signal,
    })) as Operation;

  const client: LcmClient = {
    startOperation: async (request, options?: StartOptions) => {
      const { waitSeconds, signal } = options ?? {};
      return (await exchange({
        method: 'POST',
        path: `${issuer}/operations`,
        body: request,
        headers: {
          'idempotency-key': toQuoted(options?.idempotencyKey),
          ...(waitSeconds !== undefined && { prefer: `wait=${toWholeSeconds(waitSeconds)}` }),
        },
        waitSeconds,
        signal,
      })) as Operation;
    },
    getOperation: async (operationId, { waitSeconds, signal } = {}) =>
      (await exchange({
        method: 'GET',
        path: operationPath(operationId),
        query: { wait: waitSeconds === undefined ? undefined : toWholeSeconds(waitSeconds) },
        waitSeconds,
        signal,
      })) as Operation,
    waitForOperation: async (operationId, { timeoutMs = DEFAULT_WAIT_MS, signal } = {}) =>
      waitUntilFinal(
        async (waitSeconds) =>
          client.getOperation(operationId, { waitSeconds, ...(signal !== undefined && { signal }) }),
        { timeoutMs: toTime('timeoutMs', timeoutMs), backOff, signal },
      ),
    listOperations: async (filter = {}, call = {}) =>
      (await exchange({
        method: 'GET',
        path: `${issuer}/operations`,
        query: { ...filter },
        signal: call.signal,
      })) as OperationList,
    async *operations(filter = {}, call = {}) {
      let cursor = filter.cursor;
      do {
        const page: OperationList = await client.listOperations(
          { ...filter, ...(cursor !== undefined && { cursor }) },
          call,
        );
        yield* page.items;
        cursor = page.nextCursor;
      } while (cursor !== undefined);
    },
    async cancelOperation(operationId, body, call) {
      try {
        return await act(operationId, 'cancel', { body, call });
      } catch (error) {
        const isOver = error instanceof ProblemError && error.code === 'operation_already_final';
        if (!isOver) throw error;
        // An attempt of ours may have ended it, and its answer been lost.
        const operation = await client.getOperation(operationId, call);
        const isCancelled = operation.requests?.some(({ kind }) => kind === 'cancel') === true;
        if (!isCancelled) throw error;
        return operation;
      }
    },
    readOperation: async (operationId, body, call) => act(operationId, 'read', { body, call }),
    resolveOperation: async (operationId, body, call) => act(operationId, 'resolve', { body, call }),
    retryOperation: async (operationId, body, call) => act(operationId, 'retry', { body, call }),
    listTokens: async (issuerCardRefId, call) => get(`${cardPath(issuerCardRefId)}/tokens`, call),
    getRenewals: async (issuerCardRefId, call) => get(`${cardPath(issuerCardRefId)}/renewals`, call),
    getTimeline: async (issuerCardRefId, call) => get(`${cardPath(issuerCardRefId)}/timeline`, call),
  };
  return client;
}

function toBase(baseUrl: string): string {
  const { protocol, origin, pathname, search, hash } = new URL(baseUrl);
  if (!['http:', 'https:'].includes(protocol) || search !== '' || hash !== '') {
    throw new TypeError('baseUrl: an http or https address without query and fragment');
  }
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

/** No address can have one or two dots for a segment, encoded or not: they would lead elsewhere. */
function toSegment(text: string): string {
  if (['', '.', '..'].includes(text))
    throw new TypeError('an id or a reference: not empty, and no dots alone');
  return encodeURIComponent(text);
}

/** As a structured-field string (RFC 8941), in which every key can be written that the service takes. */
function toQuoted(idempotencyKey: unknown): string {
  if (typeof idempotencyKey !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) {
    throw new TypeError('idempotencyKey: 1 to 255 visible ASCII characters');
  }
  return `"${idempotencyKey.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** The service takes whole seconds only. */
function toWholeSeconds(waitSeconds: number): number {
  return Math.floor(toTime('waitSeconds', waitSeconds));
}

/** Callers without a compiler may give anything, and a timer takes what is no number for no time at all. */
function toTime(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw new TypeError(`${name}: a number, at least 0 and finite`);
  }
  return value;
}
