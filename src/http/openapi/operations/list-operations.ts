import { z } from 'zod';

import { DEFAULT_LIMIT, listQuerySchemas, MOST_LISTED } from '../../api/list-request.js';
import { operationListSchema } from '../../schemas/listed-operation.js';
import { jsonAnswer, PATH_PROBLEMS, problemAnswers } from '../answers.js';
import type { Entry } from '../entry.js';
import { CARD, listed } from '../examples.js';
import { issuerPath } from '../parameters.js';

const { shape } = listQuerySchemas.refuse;

const query = z.object({
  status: shape.status.meta({
    description: 'The recorded status: what came late does not change it.',
    param: { example: 'UNKNOWN' },
  }),
  action: shape.action.meta({ description: 'What was to be done.', param: { example: 'SUSPEND' } }),
  scope: shape.scope.meta({
    description: 'One token, or all tokens of a card.',
    param: { example: 'TOKEN' },
  }),
  card: shape.card.meta({
    description: 'The funding card: its `issuerCardRefId`.',
    param: { example: CARD },
  }),
  virtualCard: shape.virtualCard.meta({
    description: 'The token: its `virtualCardId`.',
    param: { example: 'card-1-apple' },
  }),
  attention: shape.attention.meta({
    description: 'Why a person should look, with what came late.',
    param: { example: 'UNKNOWN_OUTCOME' },
  }),
  from: shape.from.meta({
    description: 'Requested at this time or later.',
    param: { example: '2026-01-01T00:00:00Z' },
  }),
  to: shape.to.meta({
    description: 'Requested before this time.',
    param: { example: '2026-02-01T00:00:00Z' },
  }),
  // No example: a cursor belongs to a list that somebody has begun.
  cursor: shape.cursor.meta({ description: '`nextCursor` of the page before, which had the same filters.' }),
  // Read as text, as every parameter; this is the same rule for a number.
  limit: z
    .int()
    .min(1)
    .max(MOST_LISTED)
    .optional()
    .meta({
      description: `The most operations of a page; ${DEFAULT_LIMIT} without it. A page may have fewer and not be the last.`,
      param: { example: DEFAULT_LIMIT },
    }),
});

export const listOperations: Entry = {
  method: 'get',
  path: '/v1/issuers/{issuerId}/operations',
  operation: {
    operationId: 'listOperations',
    tags: ['Operations'],
    summary: 'Operations of an issuer, newest request first',
    description:
      'Those for which every filter holds. Pages neither overlap nor leave anything out, whatever starts meanwhile.',
    requestParams: { path: issuerPath, query },
    responses: {
      '200': jsonAnswer('A page.', operationListSchema, {
        last: { items: [listed] },
        oneOfMore: { items: [listed], nextCursor: 'WzEsMTc2NzIyNTYwMDAwMCwib3AtMCIsIjAwMDAiXQ' },
        nothing: { items: [] },
      }),
      ...problemAnswers(['invalid_request', ...PATH_PROBLEMS, 'temporal_unavailable']),
    },
  },
};
