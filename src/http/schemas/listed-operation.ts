import { z } from 'zod';

import type { ListedOperation } from '../../domain/report/report.js';
import { agreesWith } from './agree.js';
import {
  correlationId,
  errorCode,
  instant,
  isFinal,
  issuerCardRefId,
  issuerId,
  retryOf,
  scope,
  virtualCardId,
} from './fields.js';
import { actionSchema, attentionSchema, statusSchema } from './operation.js';

const listedOperationSchema = agreesWith<ListedOperation>()(
  z
    .strictObject({
      operationId: z.string().meta({ description: 'Its address in this API.' }),
      correlationId: correlationId(),
      issuerId: issuerId(),
      scope: scope(),
      action: actionSchema,
      issuerCardRefId: issuerCardRefId(),
      virtualCardId: virtualCardId().exactOptional(),
      status: statusSchema,
      effectiveStatus: statusSchema,
      final: isFinal(),
      errorCode: errorCode().exactOptional(),
      attention: attentionSchema.exactOptional(),
      requestedAt: instant('When this service took the request.'),
      softDeadlineAt: instant('From here on it is OVERDUE.'),
      hardDeadlineAt: instant('By then it is final.'),
      retryOf: retryOf().exactOptional(),
      outcomes: z.array(z.never()).meta({ description: 'Always empty: get the operation for them.' }),
      partial: z.literal(true).meta({
        description: 'Always: told from what Temporal has stored; get the operation for the rest.',
      }),
    })
    .meta({
      id: 'ListedOperation',
      description: 'An operation as a list shows it: what is known without asking its workflow.',
    }),
);

/** A page of operations. */
export const operationListSchema = z
  .strictObject({
    items: z.array(listedOperationSchema).meta({ description: 'Newest request first.' }),
    nextCursor: z.string().exactOptional().meta({
      description: 'For the next page, with the same filters; absent when there is nothing more.',
    }),
    partial: z.literal(true).exactOptional().meta({
      description:
        'More came late than could be looked through: an operation may be missing, or shown without it.',
    }),
  })
  .meta({ id: 'OperationList', description: 'A page of operations.' });
