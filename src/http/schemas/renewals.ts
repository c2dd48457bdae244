import { z } from 'zod';

import type { RenewalsView } from '../../domain/unsolicited/to-view.js';
import { agreesWith } from './agree.js';
import {
  correlationId,
  errorCode,
  instant,
  issuerCardRefId,
  onlyAuxiliary,
  renewalResult,
  repeats,
  virtualCardId,
} from './fields.js';
import { attentionSchema } from './operation.js';

const renewalSchema = z
  .strictObject({
    correlationId: correlationId(),
    isPrimary: onlyAuxiliary().exactOptional(),
    result: renewalResult(),
    errorCode: errorCode().exactOptional(),
    firstAt: instant('When it was first heard.'),
    lastAt: instant('When it was last heard.'),
    repeats: repeats(),
  })
  .meta({ id: 'Renewal', description: 'One renewal of one token by its TSP.' });

/** The renewals of a card’s tokens. */
export const renewalsSchema = agreesWith<RenewalsView>()(
  z
    .strictObject({
      issuerCardRefId: issuerCardRefId(),
      tokens: z
        .array(
          z.strictObject({
            virtualCardId: virtualCardId(),
            expected: z
              .boolean()
              .meta({ description: 'The card lists it in a state in which the TSP tells of renewals.' }),
            renewals: z
              .array(renewalSchema)
              .meta({ description: 'In order of arrival; empty: not heard of.' }),
          }),
        )
        .meta({ description: 'Expected tokens, and those that were heard of.' }),
      open: z.boolean().meta({ description: 'More is waited for.' }),
      attention: attentionSchema.exactOptional(),
      omitted: z.int().min(0).meta({ description: 'How many more there were.' }).exactOptional(),
      partial: z
        .literal(true)
        .meta({ description: 'Something may be missing: not every run could be asked.' })
        .exactOptional(),
    })
    .meta({
      id: 'Renewals',
      description: 'Which tokens of a card were renewed, and which were not heard of.',
    }),
);
