import { z } from 'zod';

import { OPERATION_SCOPES, type ListedOperation } from '../../domain/report.js';
import { agreesWith } from './agree.js';
import { correlationId, errorCode, instant, issuerCardRefId, issuerId, virtualCardId } from './fields.js';
import { actionSchema, attentionSchema, statusSchema } from './operation.js';

const listedOperationSchema = agreesWith<ListedOperation>()(
  z
    .strictObject({
      operationId: z.string().meta({ description: 'Its address in this API.' }),
      correlationId: correlationId(),
      issuerId: issuerId(),
      scope: z.enum(OPERATION_SCOPES),
      action: actionSchema,
      issuerCardRefId: issuerCardRefId(),
      virtualCardId: virtualCardId().exactOptional(),
      status: statusSchema,
      effectiveStatus: statusSchema,
      final: z.boolean(),
      errorCode: errorCode().exactOptional(),
      attention: attentionSchema.exactOptional(),
      requestedAt: instant('When it was accepted.'),
      softDeadlineAt: instant('From here on it is OVERDUE.'),
      hardDeadlineAt: instant('By then it is final.'),
      retryOf: z.string().meta({ description: 'The operation that it tries again.' }).exactOptional(),
      outcomes: z.array(z.never()).meta({ description: 'Always empty: get the operation for them.' }),
      partial: z.literal(true),
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
