import { renewalsSchema } from '../../schemas/renewals.js';
import { jsonAnswer, PATH_PROBLEMS, problemAnswers } from '../answers.js';
import type { Entry } from '../entry.js';
import { CARD, renewals } from '../examples.js';
import { cardPath } from '../parameters.js';

export const getRenewals: Entry = {
  method: 'get',
  path: '/v1/issuers/{issuerId}/cards/{issuerCardRefId}/renewals',
  operation: {
    operationId: 'getRenewals',
    tags: ['Cards'],
    summary: 'Which tokens of a card the network has renewed',
    description:
      'The network renews expiring tokens by itself. A token without renewals has not been heard of; a card that nobody has heard of has no tokens here.',
    requestParams: { path: cardPath },
    responses: {
      '200': jsonAnswer('The renewals.', renewalsSchema, {
        oneFailed: renewals,
        nothingHeard: { issuerCardRefId: CARD, tokens: [], open: false },
      }),
      ...problemAnswers(['invalid_request', ...PATH_PROBLEMS, 'temporal_unavailable']),
    },
  },
};
