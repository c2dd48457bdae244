import { z } from 'zod';

import type {
  ForeignItem,
  LateItem,
  OperationItem,
  RenewalItem,
  Timeline,
  TimelineItem,
} from '../../domain/report/timeline.js';
import { agreesWith } from './agree.js';
import { changeSchema } from './change.js';
import {
  correlationId,
  errorCode,
  instant,
  isFinal,
  lateBy,
  lateKind,
  lateNote,
  lateWhy,
  onlyAuxiliary,
  renewalResult,
  repeats,
  reportedAction,
  retryOf,
  scope,
  source,
  virtualCardId,
  walletProviderId,
} from './fields.js';
import { actionSchema, attentionSchema, statusSchema } from './operation.js';

const kind = <const Kind extends TimelineItem['kind']>(value: Kind) =>
  z.literal(value).meta({ description: 'What the item tells of; it decides which fields there are.' });

const operationItemSchema = agreesWith<OperationItem>()(
  z
    .strictObject({
      kind: kind('operation'),
      at: instant('When it was requested.'),
      operationId: z.string().meta({ description: 'Its address in this API.' }),
      scope: scope(),
      action: actionSchema,
      virtualCardId: virtualCardId().exactOptional(),
      status: statusSchema,
      effectiveStatus: statusSchema,
      final: isFinal(),
      errorCode: errorCode().exactOptional(),
      attention: attentionSchema.exactOptional(),
      retryOf: retryOf().exactOptional(),
    })
    .meta({ id: 'OperationItem', description: 'An operation, as it stands now.' }),
);

const foreignItemSchema = agreesWith<ForeignItem>()(
  z
    .strictObject({
      kind: kind('foreign'),
      at: instant('When it was first heard.'),
      correlationId: correlationId(),
      virtualCardId: virtualCardId(),
      walletProviderId: walletProviderId().exactOptional(),
      action: reportedAction().exactOptional(),
      errorCode: errorCode().exactOptional(),
      source: source().exactOptional(),
      lastAt: instant('When it was last heard.').exactOptional(),
      repeats: repeats().exactOptional(),
    })
    .meta({ id: 'ForeignItem', description: 'A change that nobody asked for here.' }),
);

const lateItemSchema = agreesWith<LateItem>()(
  z
    .strictObject({
      kind: kind('late'),
      at: instant('When it came.'),
      correlationId: correlationId(),
      operationId: z
        .string()
        .meta({ description: 'The operation that had ended; absent after a foreign change.' })
        .exactOptional(),
      judged: lateKind().exactOptional(),
      change: changeSchema.exactOptional(),
      status: statusSchema.exactOptional(),
      note: lateNote().exactOptional(),
      by: lateBy().exactOptional(),
      why: lateWhy().exactOptional(),
    })
    .meta({ id: 'LateItem', description: 'What came after an operation or a foreign change had ended.' }),
);

const renewalItemSchema = agreesWith<RenewalItem>()(
  z
    .strictObject({
      kind: kind('renewal'),
      at: instant('When it was first heard.'),
      virtualCardId: virtualCardId(),
      correlationId: correlationId(),
      isPrimary: onlyAuxiliary().exactOptional(),
      result: renewalResult(),
      errorCode: errorCode().exactOptional(),
      firstAt: instant('When it was first heard.'),
      lastAt: instant('When it was last heard.'),
      repeats: repeats(),
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
