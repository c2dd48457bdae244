import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';

import type { Config } from '../../config/config.js';
import type { Logger } from '../../config/logger.js';
import { GatewayUnavailableError, type Gateway } from '../../application/gateway.js';
import { createAnyBodyReader } from './any-body.js';
import type { Body } from '../request/body.js';
import { isPath } from './callback-path.js';
import { toLoggedId } from '../../references/card-numbers.js';
import { createNameCounts, type NameCounts } from '../request/name-counts.js';
import {
  LONGEST_CORRELATION_ID,
  parseCallback,
  parseCallbackHeaders,
  type ParsedCallback,
} from './parse-callback.js';
import { logRequests, noteFacts } from '../server/request-log.js';
import { createSharedStoring } from './shared-storing.js';

/** What the hub sends that we do not read, for metrics. */
export interface CallbackCounts {
  readonly unknownFields: NameCounts;
  readonly mistypedFields: NameCounts;
}

export function createCallbackCounts(): CallbackCounts {
  return { unknownFields: createNameCounts(), mistypedFields: createNameCounts() };
}

export interface CallbackDependencies {
  readonly gateway: Pick<Gateway, 'deliver'>;
  readonly config: Pick<Config, 'issuerIds' | 'numericReferences'> & {
    readonly callbacks: Pick<Config['callbacks'], 'basePath'>;
  };
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly counts?: CallbackCounts;
  /** How long storing may take before the hub is told to send again; 2000 by default. */
  readonly deliverTimeoutMs?: number;
}

const BODY_LIMIT_BYTES = 64 * 1024;
const DELIVER_TIMEOUT_MS = 2000;
const RETRY_AFTER_SECONDS = 1;
/** An issuer becomes ours by a new configuration, not within a second. */
const UNKNOWN_ISSUER_RETRY_AFTER_SECONDS = 60;
/** The same holds for a path: somebody has to change a setting. */
const WRONG_PLACE_RETRY_AFTER_SECONDS = 60;
const WRONG_PATH_WARNING_EVERY_MS = 60_000;

/** The codes of the hub's own table that fit our refusals (contract 4.3). */
const MALFORMED = 112;
const UNKNOWN_REQUEST = 121;
const SERVER_ERROR = 921;

/**
 * The listener for the hub's callbacks. 2xx means stored (I1); 400 means that the same bytes can never be valid;
 * everything else is 503, so that the hub keeps the callback and sends it again (I7).
 */
export function createCallbackApp(dependencies: CallbackDependencies): Express {
  const { config } = dependencies;
  const logger = dependencies.logger.child({ part: 'callbacks' });
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(logRequests(logger));
  const path = `${config.callbacks.basePath}/notifyVirtualCardChange`;
  app.use((request, _response, next) => {
    if (isPath(request.url, path)) request.url = path;
    next();
  });
  app
    .route(path)
    .post(receiveChange({ ...dependencies, logger }))
    .all(refuseMethod);
  app.use(postponeWrongPath({ path, logger, clock: dependencies.clock }));
  app.use(answerErrors(logger));
  return app;
}

/** What only looks delivers nothing: a balancer's probe gets a plain no. Whatever else comes is kept by the hub (I7). */
const refuseMethod: RequestHandler = (request, response) => {
  if (!isOnlyLooking(request)) return postpone(response, 'only POST', WRONG_PLACE_RETRY_AFTER_SECONDS);
  response.set('Allow', 'POST');
  refuse(response, 405, { responseCode: UNKNOWN_REQUEST, errorMessage: 'only POST' });
};

function isOnlyLooking({ method }: Request): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method);
}

/**
 * A box in front that writes the path anew must not end the hub's deliveries: 503, and from time to time a warning that says
 * what was expected.
 */
function postponeWrongPath({
  path,
  logger,
  clock,
}: {
  readonly path: string;
  readonly logger: Logger;
  readonly clock: () => number;
}): RequestHandler {
  let quietUntil = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  return (request, response) => {
    if (isOnlyLooking(request)) {
      return refuse(response, 404, { responseCode: UNKNOWN_REQUEST, errorMessage: 'no such path' });
    }
    unsaid += 1;
    if (clock() >= quietUntil) {
      const expected = { expectedPath: path, requests: unsaid };
      logger.warn(expected, 'a request for another path: is LCM_CALLBACK_BASE_PATH what the hub calls?');
      quietUntil = clock() + WRONG_PATH_WARNING_EVERY_MS;
      unsaid = 0;
    }
    postpone(response, 'no such path', WRONG_PLACE_RETRY_AFTER_SECONDS);
  };
}

function receiveChange(dependencies: CallbackDependencies): RequestHandler {
  const { gateway, config, logger, clock } = dependencies;
  const counts = dependencies.counts ?? createCallbackCounts();
  const timeoutMs = dependencies.deliverTimeoutMs ?? DELIVER_TIMEOUT_MS;
  const store = createSharedStoring((issuerId, change) => gateway.deliver(issuerId, change));
  const readBody = createAnyBodyReader(BODY_LIMIT_BYTES);

  return async (request, response) => {
    const headers = parseCallbackHeaders({
      issuerIds: request.headersDistinct['x-issuer-id'],
      correlationIds: request.headersDistinct['x-correlation-id'],
    });
    noteIds(request, response);
    if (!headers.ok) return refuse(response, 400, headers.failure);
    const { issuerId, correlationId } = headers;
    if (!config.issuerIds.includes(issuerId)) {
      return postpone(response, 'issuer not known', UNKNOWN_ISSUER_RETRY_AFTER_SECONDS);
    }

    const body = await readBody(request, response);
    if (body.kind !== 'read') return refuseBody(response, body.kind);
    const receivedAt = new Date(clock()).toISOString();
    const parsed = parseCallback({
      correlationId,
      body: body.bytes,
      receivedAt,
      numericReferences: config.numericReferences,
    });
    if (!parsed.ok) return refuse(response, 400, parsed.failure);
    count(counts, parsed);

    try {
      await inTime(store(issuerId, parsed.change), timeoutMs);
    } catch (error) {
      reportFailure(error, logger);
      return postpone(response, 'not stored', RETRY_AFTER_SECONDS);
    }
    acknowledge(response);
  };
}

function acknowledge(response: Response): void {
  response.status(200).json({});
}

function refuse(
  response: Response,
  status: number,
  answer: { readonly responseCode: number; readonly errorMessage: string },
): void {
  noteFacts(response, { code: String(answer.responseCode) });
  response.status(status).json(answer);
}

/** The hub is to keep the callback and send it again. */
function postpone(response: Response, reason: string, retryAfterSeconds: number): void {
  response.set('Retry-After', String(retryAfterSeconds));
  refuse(response, 503, { responseCode: SERVER_ERROR, errorMessage: `${reason}: send it again` });
}

function refuseBody(response: Response, kind: Exclude<Body['kind'], 'read'>): void {
  if (kind === 'too-large') {
    refuse(response, 413, { responseCode: MALFORMED, errorMessage: 'the body has more than 64 KiB' });
  } else {
    // Broken on its way, or compressed in a way that we may learn: not for ever invalid.
    postpone(response, 'the body could not be read', RETRY_AFTER_SECONDS);
  }
}

function count(counts: CallbackCounts, parsed: Extract<ParsedCallback, { ok: true }>): void {
  for (const name of parsed.unknownFields) counts.unknownFields.add(name);
  for (const name of parsed.mistypedFields) counts.mistypedFields.add(name);
}

function noteIds(request: Request, response: Response): void {
  noteFacts(response, {
    issuerId: toLoggedId(request.get('x-issuer-id'), 10),
    correlationId: toLoggedCorrelationId(request.get('x-correlation-id')),
  });
}

/** Never card data by contract (1.1), so that it can be looked for as it is; what is too long is no such id. */
function toLoggedCorrelationId(id: string | undefined): string | undefined {
  return id !== undefined && id.length <= LONGEST_CORRELATION_ID ? id : undefined;
}

class NotStoredInTimeError extends Error {
  override readonly name = 'NotStoredInTimeError';
}

async function inTime(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    const error = new NotStoredInTimeError(`not stored within ${timeoutMs} ms`);
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  try {
    // The race also handles a rejection of the loser, which nobody else would.
    await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function reportFailure(error: unknown, logger: Logger): void {
  const isExpected = error instanceof GatewayUnavailableError || error instanceof NotStoredInTimeError;
  if (isExpected) logger.warn({ err: error }, 'a callback was not stored');
  else logger.error({ err: error }, 'a callback was not stored: unexpected error');
}

function answerErrors(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response: Response, _next) => {
    logger.error({ err: error }, 'unexpected error');
    if (response.headersSent) response.destroy();
    else if (!response.closed) postpone(response, 'an error of this service', RETRY_AFTER_SECONDS);
  };
}
