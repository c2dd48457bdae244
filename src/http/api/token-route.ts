import type { RequestHandler, Response } from 'express';

import type { Config } from '../../config/config.js';
import { toTokenView, type CardTokens, type TokenReader } from '../../application/token-reader.js';
import { meaningOf } from '../../domain/hub/hub-errors.js';
import { toKeptReference } from '../../references/card-numbers.js';
import { Problem } from '../server/problems.js';
import { cardOf } from './requests.js';

export interface TokenRouteDependencies {
  readonly tokens: TokenReader;
  readonly config: Pick<Config, 'issuerIds' | 'numericReferences'>;
}

/** Why there is no list of tokens: a short code, for the log. */
export class HubUnavailableError extends Error {
  override readonly name = 'HubUnavailableError';
}

/** The handler of `GET /v1/issuers/{issuerId}/cards/{issuerCardRefId}/tokens`: what the hub lists now. */
export function createTokenRoute({ tokens, config }: TokenRouteDependencies): RequestHandler {
  return async (request, response) => {
    const card = cardOf(request, response, config);
    const answer = await tokens.listTokens(card, untilClosed(response));
    if (answer.kind !== 'listed') throw toProblem(answer);
    const toKept = (reference: string): string => toKeptReference(reference, config.numericReferences);
    response.json({ items: answer.tokens.map((token) => toTokenView(token, toKept)) });
  };
}

/** Nobody is asked for somebody who has gone. */
function untilClosed(response: Response): AbortSignal {
  const ending = new AbortController();
  response.once('close', () => ending.abort());
  if (response.closed) ending.abort();
  return ending.signal;
}

function toProblem(answer: Exclude<CardTokens, { kind: 'listed' }>): Problem {
  switch (answer.kind) {
    case 'unknown-card':
      return new Problem('card_not_found', { detail: 'The hub knows no such card, or no token of it.' });
    case 'refused': {
      const { httpStatus, errorCode } = answer;
      const code = `code ${errorCode} (${meaningOf(errorCode)})`;
      return new Problem('hub_refused', {
        detail: `The hub does not list the tokens of this card: HTTP ${httpStatus}, ${code}.`,
      });
    }
    case 'unavailable':
      return new Problem('hub_unavailable', {
        detail: 'The hub did not say in time which tokens the card has. Send the same request again.',
        headers: { 'Retry-After': String(Math.max(1, Math.ceil((answer.retryInMs ?? 0) / 1000))) },
        cause: new HubUnavailableError(answer.cause),
      });
  }
}
