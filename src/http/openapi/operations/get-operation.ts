import { operationSchema } from '../../schemas/operation.js';
import { jsonAnswer, PATH_PROBLEMS, problemAnswers } from '../answers.js';
import type { Entry } from '../entry.js';
import { amended, confirmed, partlyConfirmed, requested } from '../examples.js';
import { operationPath, waitQuery } from '../parameters.js';

export const getOperation: Entry = {
  method: 'get',
  path: '/v1/issuers/{issuerId}/operations/{operationId}',
  operation: {
    operationId: 'getOperation',
    tags: ['Operations'],
    summary: 'An operation as it stands, with what came after its end',
    description:
      'With `wait` the answer comes when the operation has ended or the time is over, whichever is first. It may come earlier when too many are waiting.',
    requestParams: { path: operationPath, query: waitQuery },
    responses: {
      '200': jsonAnswer('The operation.', operationSchema, {
        requested,
        confirmed,
        partlyConfirmed,
        amended,
      }),
      ...problemAnswers(['invalid_request', ...PATH_PROBLEMS, 'operation_not_found', 'temporal_unavailable']),
    },
  },
};
