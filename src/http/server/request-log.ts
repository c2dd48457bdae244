import { performance } from 'node:perf_hooks';

import type { Request, RequestHandler, Response } from 'express';

import type { Logger } from '../../config/logger.js';

/** What the log line of a request says beside method, route, status and duration. Nothing here may be card data. */
export interface RequestFacts {
  readonly issuerId?: string | undefined;
  readonly operationId?: string | undefined;
  readonly correlationId?: string | undefined;
  /** Why it was refused. */
  readonly code?: string | undefined;
}

const facts = new WeakMap<Response, RequestFacts>();

/** Adds to what will be said about this request in the log. */
export function noteFacts(response: Response, more: RequestFacts): void {
  facts.set(response, { ...facts.get(response), ...more });
}

/**
 * Writes one line per request once it has been answered, or its client has gone. The route is the pattern, not the
 * address: an address may hold anything.
 * @param quietRoutes routes that are asked all the time: a line at debug level only
 */
export function logRequests(logger: Logger, quietRoutes: readonly string[] = []): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    response.once('close', () => {
      const route = routeOf(request);
      const isAnswered = response.writableFinished;
      const line = {
        method: request.method,
        route,
        ...(isAnswered ? { status: response.statusCode } : { clientGone: true }),
        durationMs: Math.round(performance.now() - startedAt),
        ...facts.get(response),
      };
      if (quietRoutes.includes(route)) logger.debug(line, 'request');
      else if (response.statusCode >= 500) logger.warn(line, 'request failed');
      else logger.info(line, 'request');
    });
    next();
  };
}

function routeOf(request: Request): string {
  const route: unknown = request.route;
  const path = typeof route === 'object' && route !== null && 'path' in route ? route.path : undefined;
  return typeof path === 'string' ? path : 'unknown';
}
