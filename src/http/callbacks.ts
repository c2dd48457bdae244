import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';

import type { Config } from '../config/config.js';
import type { Logger } from '../config/logger.js';
import type { VirtualCardChange } from '../domain/change.js';
import { GatewayUnavailableError, type Gateway } from '../temporal/gateway.js';
import { createBodyReader, type Body } from './body.js';
import { toLoggedId } from '../references/card-numbers.js';
import { createNameCounts, type NameCounts } from './name-counts.js';
import { parseCallback, parseCallbackHeaders, type ParsedCallback } from './parse-callback.js';
import { createRecentChanges } from './recent-changes.js';
import { logRequests, noteFacts } from './request-log.js';

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
  app
    .route(`${config.callbacks.basePath}/notifyVirtualCardChange`)
    .post(receiveChange({ ...dependencies, logger }))
    .all((_request, response) => {
      response.set('Allow', 'POST');
      refuse(response, 405, { responseCode: UNKNOWN_REQUEST, errorMessage: 'only POST' });
    });
  app.use((_request, response) => {
    refuse(response, 404, { responseCode: UNKNOWN_REQUEST, errorMessage: 'no such path' });
  });
  app.use(answerErrors(logger));
  return app;
}

function receiveChange(dependencies: CallbackDependencies): RequestHandler {
  const { gateway, config, logger, clock } = dependencies;
  const counts = dependencies.counts ?? createCallbackCounts();
  const timeoutMs = dependencies.deliverTimeoutMs ?? DELIVER_TIMEOUT_MS;
  const recent = createRecentChanges(clock);
  const readBody = createBodyReader(BODY_LIMIT_BYTES);

  /** Remembers the change also when it is stored too late for this answer. */
  async function store(issuerId: string, change: VirtualCardChange): Promise<void> {
    await gateway.deliver(issuerId, change);
    recent.add(issuerId, change);
  }

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
    noteFacts(response, { correlationId: toLoggedId(parsed.change.correlationId, 64) });

    if (recent.has(issuerId, parsed.change)) {
      noteFacts(response, { repeat: true });
      return acknowledge(response);
    }
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
    correlationId: toLoggedId(request.get('x-correlation-id'), 64),
  });
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
