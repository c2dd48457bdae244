import { timelineSchema } from '../../schemas/timeline.js';
import { jsonAnswer, PATH_PROBLEMS, problemAnswers } from '../answers.js';
import type { Entry } from '../entry.js';
import { timeline } from '../examples.js';
import { cardPath } from '../parameters.js';

export const getTimeline: Entry = {
  method: 'get',
  path: '/v1/issuers/{issuerId}/cards/{issuerCardRefId}/timeline',
  operation: {
    operationId: 'getTimeline',
    tags: ['Cards'],
    summary: 'What happened to a card, in order of time',
    description:
      'What was asked for here, what others did, what came late, and what was renewed, as far back as this service remembers.',
    requestParams: { path: cardPath },
    responses: {
      '200': jsonAnswer('The timeline.', timelineSchema, { timeline, nothing: { items: [] } }),
      ...problemAnswers(['invalid_request', ...PATH_PROBLEMS, 'temporal_unavailable']),
    },
  },
};
