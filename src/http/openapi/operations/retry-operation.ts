import { z } from 'zod';

import { ISSUER_ID, requestedAgain } from '../examples.js';
import { demand } from './demand.js';

export const retryOperation = demand({
  verb: 'retry',
  operationId: 'retryOperation',
  summary: 'Ask the hub once more, by a new operation',
  description:
    'Answers 200 with the new operation, not with the one in the path; `Location` is its address. Only of what ended FAILED, REJECTED or UNKNOWN, and is still one of them. There is one retry of an operation: who asks again is answered with the same. `retryOf` names the first, and `retriedBy` of the first names it. Of an operation on a card it is the whole card again.',
  examples: { requestedAgain },
  headers: z.object({
    Location: z.string().meta({
      description: 'The path of the new operation.',
      examples: [`/v1/issuers/${ISSUER_ID}/operations/${requestedAgain.operationId}`],
    }),
  }),
  problems: ['operation_not_retryable', 'card_resume_refused'],
});
