import type { Request, RequestHandler, Response } from 'express';

import type { Config } from '../../config/config.js';
import { GatewayUnavailableError, type CardRef } from '../../application/gateway.js';
import { parseCardReference } from '../../application/operation-request.js';
import { toShownName, unknownRule } from '../../application/field-error.js';
import { Problem } from '../server/problems.js';
import { noteFacts } from '../server/request-log.js';

/** The issuer in the path, if it is ours. */
export function issuerOf(request: Request, response: Response, config: Pick<Config, 'issuerIds'>): string {
  const issuerId = request.params['issuerId'];
  if (typeof issuerId !== 'string' || !config.issuerIds.includes(issuerId)) {
    throw new Problem('issuer_not_found', {
      detail: 'Check the issuer id in the path: it is none of those that this installation serves.',
    });
  }
  noteFacts(response, { issuerId });
  return issuerId;
}

/** The card in the path, of an issuer that is ours. */
export function cardOf(
  request: Request,
  response: Response,
  config: Pick<Config, 'issuerIds' | 'numericReferences'>,
): CardRef {
  const issuerId = issuerOf(request, response, config);
  const reference = parseCardReference(request.params['issuerCardRefId'], config);
  if (!reference.ok) throw invalidRequest(reference.errors);
  return { issuerId, issuerCardRefId: reference.value };
}

/** Whatever goes wrong behind the gateway, it is not known whether the call was applied. */
export async function ask<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new Problem('temporal_unavailable', {
      detail: `${whatHappened(error)} Send the same request again.`,
      headers: { 'Retry-After': '1' },
      cause: error,
    });
  }
}

function whatHappened(error: unknown): string {
  if (!(error instanceof GatewayUnavailableError)) return 'The request could not be carried out.';
  return error.refused
    ? 'Temporal refused the call; when its namespace is the reason, /readyz says what has to be mended.'
    : 'Temporal did not take the call in time.';
}

const MOST_ERRORS = 20;

/** Tells of at most {@link MOST_ERRORS} broken rules: an answer does not grow with what was sent. */
export function invalidRequest(broken: Problem['errors']): Problem {
  const errors = broken.slice(0, MOST_ERRORS);
  const fields = errors.map(({ field }) => field).join(', ');
  return new Problem('invalid_request', { detail: `See errors: ${fields}.`, errors });
}

/**
 * Refuses every query parameter that is not one of these: a filter whose name is mistyped would otherwise answer more than
 * was asked for.
 */
export function takesParameters(...known: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    const unknown = Object.keys(request.query).filter((name) => !known.includes(name));
    if (unknown.length === 0) return next();
    throw invalidRequest(
      unknown.map((name) => ({ field: toShownName(name), rule: unknownRule('parameter') })),
    );
  };
}
