import { z } from 'zod';

import { OPERATION_REQUESTS } from '../../../application/request-schema.js';
import { operationSchema } from '../../schemas/operation.js';
import { BODY_PROBLEMS, jsonAnswer, PATH_PROBLEMS, problemAnswers, toExamples } from '../answers.js';
import type { Entry } from '../entry.js';
import { CARD, confirmed, ISSUER_ID, OPERATION_ID, partlyConfirmed, requested } from '../examples.js';
import { issuerPath, startHeaders } from '../parameters.js';

const requestSchema = OPERATION_REQUESTS.refuse.meta({
  id: 'OperationRequest',
  description: 'One change that is wanted, of a token or of all tokens of a card.',
});

const headers = z.object({
  Location: z.string().meta({
    description: 'The path of the operation.',
    examples: [`/v1/issuers/${ISSUER_ID}/operations/${OPERATION_ID}`],
  }),
  'Preference-Applied': z
    .string()
    .optional()
    .meta({ description: 'The wait that was granted.', examples: ['wait=5'] }),
});

export const startOperation: Entry = {
  method: 'post',
  path: '/v1/issuers/{issuerId}/operations',
  operation: {
    operationId: 'startOperation',
    tags: ['Operations'],
    summary: 'Suspend, resume or delete a token, or all tokens of a card',
    description:
      'Accepted means stored: the operation is carried out whatever crashes, and ends by its hard deadline at the latest. Repeat the request with the same `Idempotency-Key` until there is an answer.',
    requestParams: { path: issuerPath, header: startHeaders },
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: requestSchema,
          examples: toExamples({
            token: {
              action: 'SUSPEND',
              issuerCardRefId: CARD,
              virtualCardId: 'card-1-apple',
              reason: { code: 32, text: 'reported stolen' },
              requestedBy: 'fraud-engine',
            },
            allTokensOfTheCard: { action: 'DELETE', issuerCardRefId: CARD },
            ownDeadlines: {
              action: 'RESUME',
              issuerCardRefId: CARD,
              virtualCardId: 'card-1-apple',
              softDeadlineSeconds: 60,
              hardDeadlineSeconds: 3600,
            },
          }),
        },
      },
    },
    responses: {
      '200': jsonAnswer(
        'The operation has ended: it was waited for, or found.',
        operationSchema,
        { confirmed, partlyConfirmed },
        headers,
      ),
      '202': jsonAnswer('The operation runs.', operationSchema, { requested }, headers),
      ...problemAnswers([
        ...BODY_PROBLEMS,
        'idempotency_key_missing',
        'idempotency_key_malformed',
        'idempotency_key_reused',
        'card_resume_refused',
        ...PATH_PROBLEMS,
        'temporal_unavailable',
      ]),
    },
  },
};
