import type { RequestHandler } from 'express';

import type { Config } from '../../config/config.js';
import type { Gateway } from '../../application/gateway.js';
import { toCursor } from './list-cursor.js';
import { parseListRequest } from './list-request.js';
import { ask, invalidRequest, issuerOf } from './requests.js';

export interface ListRouteDependencies {
  readonly gateway: Pick<Gateway, 'listOperations'>;
  readonly config: Pick<Config, 'issuerIds' | 'numericReferences'>;
}

/** The handler of `GET /v1/issuers/{issuerId}/operations`. */
export function createListRoute({ gateway, config }: ListRouteDependencies): RequestHandler {
  return async (request, response) => {
    const issuerId = issuerOf(request, response, config);
    const { numericReferences } = config;
    const parsed = parseListRequest(request.query, { issuerId, numericReferences });
    if (!parsed.ok) throw invalidRequest(parsed.errors);
    const { items, next, partial } = await ask(() => gateway.listOperations(parsed.value));
    response.json({
      items,
      ...(next !== undefined && { nextCursor: toCursor(parsed.value, next) }),
      ...(partial === true && { partial }),
    });
  };
}
