import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';

import type { Config } from '../../config/config.js';
import type { Logger } from '../../config/logger.js';
import type { TokenReader } from '../../application/token-reader.js';
import { GatewayUnavailableError, type Gateway } from '../../application/gateway.js';
import { createCardRoutes } from './card-routes.js';
import { COMMON_HEADERS } from '../server/fault-answers.js';
import { createHealthRoutes, type Readiness, type ReadinessDetails } from '../server/health.js';
import { createJsonReader } from '../request/json-body.js';
import { createListRoute } from './list-route.js';
import { createOperationRoutes } from './operation-routes.js';
import { createPages } from '../pages/index.js';
import { Problem, PROBLEMS, sendProblem } from '../server/problems.js';
import { logRequests, noteFacts } from '../server/request-log.js';
import { takesParameters } from './requests.js';
import { createTokenRoute, HubUnavailableError } from './token-route.js';
import { createWaiting } from './waiting.js';

export interface ApiDependencies {
  readonly gateway: Gateway;
  readonly tokens: TokenReader;
  readonly config: Pick<Config, 'issuerIds' | 'deadlines' | 'numericReferences' | 'cardResume'>;
  readonly logger: Logger;
  readonly readiness: () => Readiness | Promise<Readiness>;
  /** What `/readyz` says beside it; nothing by default. */
  readonly details?: () => ReadinessDetails;
  /** Where `docs/errors.md` is at run time. */
  readonly errorsPagePath: string;
  /** Aborted when the service is about to stop: waiting clients are then answered at once. */
  readonly closing?: AbortSignal;
  /** Beyond this number of waiting requests, one more is answered at once; 1000 by default. */
  readonly maxConcurrentWaits?: number;
}

const BODY_LIMIT_BYTES = 16 * 1024;
const DEFAULT_CONCURRENT_WAITS = 1000;

/** The API of design section 7. Every refusal is a problem detail; no answer holds a library's words. */
export function createApiApp(dependencies: ApiDependencies): Express {
  const { gateway, config, readiness, details, closing } = dependencies;
  const logger = dependencies.logger.child({ part: 'api' });
  const maxConcurrentWaits = dependencies.maxConcurrentWaits ?? DEFAULT_CONCURRENT_WAITS;
  const operations = createOperationRoutes({
    gateway,
    config,
    readJson: createJsonReader(BODY_LIMIT_BYTES),
    waitUntilFinal: createWaiting({ gateway, maxConcurrentWaits, closing }),
  });
  const list = createListRoute({ gateway, config });
  const cards = createCardRoutes({ gateway, config });
  const listTokens = createTokenRoute({ tokens: dependencies.tokens, config });

  const health = createHealthRoutes({ readiness, details, logger });

  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(logRequests(logger, ['/livez', '/readyz']), setCommonHeaders);

  app.route('/livez').get(health.alive).all(refuseMethod('GET, HEAD'));
  app.route('/readyz').get(health.ready).all(refuseMethod('GET, HEAD'));
  const path = '/v1/issuers/:issuerId/operations';
  app.route(path).get(list).post(takesParameters(), operations.start).all(refuseMethod('GET, HEAD, POST'));
  app
    .route(`${path}/:operationId`)
    .get(takesParameters('wait'), operations.show)
    .all(refuseMethod('GET, HEAD'));
  app
    .route(`${path}/:operationId/cancel`)
    .post(takesParameters(), operations.cancel)
    .all(refuseMethod('POST'));
  app.route(`${path}/:operationId/read`).post(takesParameters(), operations.read).all(refuseMethod('POST'));
  app
    .route(`${path}/:operationId/resolve`)
    .post(takesParameters(), operations.resolve)
    .all(refuseMethod('POST'));
  app.route(`${path}/:operationId/retry`).post(takesParameters(), operations.retry).all(refuseMethod('POST'));
  const cardPath = '/v1/issuers/:issuerId/cards/:issuerCardRefId';
  app.route(`${cardPath}/tokens`).get(takesParameters(), listTokens).all(refuseMethod('GET, HEAD'));
  app.route(`${cardPath}/timeline`).get(takesParameters(), cards.timeline).all(refuseMethod('GET, HEAD'));
  app.route(`${cardPath}/renewals`).get(takesParameters(), cards.renewals).all(refuseMethod('GET, HEAD'));

  // Whoever opens the address in a browser wants to know what this is.
  app
    .route('/')
    .get((_request, response) => response.redirect(302, '/docs'))
    .all(refuseMethod('GET, HEAD'));
  for (const [path, show] of Object.entries(createPages(dependencies.errorsPagePath))) {
    app.route(path).get(show).all(refuseMethod('GET, HEAD'));
  }

  app.use(() => {
    throw pathNotFound();
  });
  app.use(answerErrors(logger));
  return app;
}

const setCommonHeaders: RequestHandler = (_request, response, next) => {
  response.set(COMMON_HEADERS);
  next();
};

function refuseMethod(allowed: string): RequestHandler {
  return () => {
    throw new Problem('method_not_allowed', { detail: `Allowed: ${allowed}.`, headers: { Allow: allowed } });
  };
}

function pathNotFound(): Problem {
  return new Problem('path_not_found', {
    detail: 'This service has no such path; /docs shows those that it has.',
  });
}

function answerErrors(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response: Response, _next) => {
    const problem = toProblem(error);
    noteFacts(response, { code: problem.code });
    reportCause(problem, logger);
    if (response.headersSent) response.destroy();
    else if (!response.closed) sendProblem(response, problem);
  };
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // The router throws one for a path whose percent signs cannot be decoded.
  if (error instanceof URIError) return pathNotFound();
  return new Problem('internal_error', { detail: 'This is our fault. It has been logged.', cause: error });
}

function reportCause({ code, cause }: Problem, logger: Logger): void {
  if (PROBLEMS[code].status < 500 || cause === undefined) return;
  if (cause instanceof GatewayUnavailableError) logger.warn({ err: cause }, 'Temporal is not available');
  else if (cause instanceof HubUnavailableError) logger.warn({ err: cause }, 'the hub is not available');
  else logger.error({ err: cause }, 'unexpected error');
}
