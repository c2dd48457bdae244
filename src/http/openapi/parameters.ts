import { z } from 'zod';

import { LONGEST_CARD_REFERENCE, referenceSchema } from '../../application/request-schema.js';
import { CARD, ISSUER_ID, OPERATION_ID } from './examples.js';

const issuerId = z.string().meta({
  description: 'The issuer, as the hub knows it: one of those that this installation serves.',
  param: { example: ISSUER_ID },
});

const operationId = z.string().meta({
  description: 'The id of an operation, as the answer to its start told it.',
  param: { example: OPERATION_ID },
});

/** The parameters in the paths. */
export const issuerPath = z.object({ issuerId });
export const operationPath = z.object({ issuerId, operationId });
export const cardPath = z.object({
  issuerId,
  issuerCardRefId: referenceSchema(LONGEST_CARD_REFERENCE, 'refuse').meta({
    description: 'The funding card: a reference, never its number. Slashes in it are sent as `%2F`.',
    param: { example: CARD },
  }),
});

/** How long a request may wait for the end of an operation. */
export const waitQuery = z.object({
  wait: z
    .int()
    .min(0)
    .max(999_999_999)
    .optional()
    .meta({
      description: 'Seconds to wait for the end of the operation; more than 60 count as 60.',
      param: { example: 5 },
    }),
});

/** The headers of a start. */
export const startHeaders = z.object({
  'Idempotency-Key': z
    .string()
    .min(1)
    .max(255)
    // A key in double quotes, as RFC 8941 writes strings, is taken for the same as the bare one.
    .regex(/^[!#-~][!-~]*$/)
    .meta({
      description:
        'The same key for every repetition of one request: repeated, it finds the operation instead of starting another. Visible ASCII characters; one in double quotes is the same as the bare one.',
      param: { example: 'order-4711-suspend' },
    }),
  Prefer: z
    .string()
    .optional()
    .meta({
      description:
        '`wait=N` (RFC 7240): wait up to N seconds, at most 60, for the end of the operation. Any other preference is ignored.',
      param: { example: 'wait=5' },
    }),
});
