import { tokensSchema } from '../../schemas/tokens.js';
import { jsonAnswer, PATH_PROBLEMS, problemAnswers } from '../answers.js';
import type { Entry } from '../entry.js';
import { tokens } from '../examples.js';
import { cardPath } from '../parameters.js';

export const getTokens: Entry = {
  method: 'get',
  path: '/v1/issuers/{issuerId}/cards/{issuerCardRefId}/tokens',
  operation: {
    operationId: 'getTokens',
    tags: ['Cards'],
    summary: 'The tokens of a card, as the hub lists them now',
    description: 'Asked of the hub at this moment, and not kept.',
    requestParams: { path: cardPath },
    responses: {
      '200': jsonAnswer('What the hub lists.', tokensSchema, { two: { items: tokens }, none: { items: [] } }),
      ...problemAnswers([
        'invalid_request',
        ...PATH_PROBLEMS,
        'card_not_found',
        'hub_refused',
        'hub_unavailable',
      ]),
    },
  },
};
