import { z } from 'zod';

import { OPERATION_SCOPES, LATE_KINDS } from '../../domain/report.js';
import type { ForeignItem, LateItem, OperationItem, RenewalItem, Timeline } from '../../domain/timeline.js';
import { RENEWAL_RESULTS } from '../../domain/renewals/state.js';
import { agreesWith } from './agree.js';
import { changeSchema } from './change.js';
import { correlationId, errorCode, instant, virtualCardId } from './fields.js';
import { actionSchema, attentionSchema, statusSchema } from './operation.js';

const operationItemSchema = agreesWith<OperationItem>()(
  z
    .strictObject({
      kind: z.literal('operation'),
      at: instant('When it was requested.'),
      operationId: z.string(),
      scope: z.enum(OPERATION_SCOPES),
      action: actionSchema,
      virtualCardId: virtualCardId().exactOptional(),
      status: statusSchema,
      effectiveStatus: statusSchema,
      final: z.boolean(),
      errorCode: errorCode().exactOptional(),
      attention: attentionSchema.exactOptional(),
      retryOf: z.string().exactOptional(),
    })
    .meta({ id: 'OperationItem', description: 'An operation, as it stands now.' }),
);

const foreignItemSchema = agreesWith<ForeignItem>()(
  z
    .strictObject({
      kind: z.literal('foreign'),
      at: instant('When it was first heard.'),
      correlationId: correlationId(),
      virtualCardId: virtualCardId(),
      walletProviderId: z.string().exactOptional(),
      action: z.string().exactOptional(),
      errorCode: errorCode().exactOptional(),
      source: z.string().exactOptional(),
      lastAt: instant('When it was last heard.').exactOptional(),
      repeats: z.int().min(0).exactOptional(),
    })
    .meta({ id: 'ForeignItem', description: 'A change that nobody asked for here.' }),
);

const lateItemSchema = agreesWith<LateItem>()(
  z
    .strictObject({
      kind: z.literal('late'),
      at: instant('When it came.'),
      correlationId: correlationId(),
      operationId: z.string().exactOptional(),
      judged: z.enum(LATE_KINDS).meta({ description: 'What it means for the operation.' }).exactOptional(),
      change: changeSchema.exactOptional(),
      status: statusSchema.exactOptional(),
      note: z.string().exactOptional(),
      by: z.string().exactOptional(),
      why: z.string().exactOptional(),
    })
    .meta({ id: 'LateItem', description: 'What came after an operation or a foreign change had ended.' }),
);

const renewalItemSchema = agreesWith<RenewalItem>()(
  z
    .strictObject({
      kind: z.literal('renewal'),
      at: instant('When it was first heard.'),
      virtualCardId: virtualCardId(),
      correlationId: correlationId(),
      isPrimary: z.literal(false).exactOptional(),
      result: z.enum(RENEWAL_RESULTS),
      errorCode: errorCode().exactOptional(),
      firstAt: instant('When it was first heard.'),
      lastAt: instant('When it was last heard.'),
      repeats: z.int().min(0),
    })
    .meta({ id: 'RenewalItem', description: 'A renewal of a token by its TSP.' }),
);

/** What happened to a card. */
export const timelineSchema = agreesWith<Timeline>()(
  z
    .strictObject({
      items: z
        .array(
          z.discriminatedUnion('kind', [
            operationItemSchema,
            foreignItemSchema,
            lateItemSchema,
            renewalItemSchema,
          ]),
        )
        .meta({ description: 'In order of time, the newest last.' }),
      partial: z.literal(true).exactOptional().meta({
        description:
          'Something may be missing: nobody answered for it, or there is more than one answer holds.',
      }),
    })
    .meta({ id: 'Timeline', description: 'What happened to a card, in order of time.' }),
);
