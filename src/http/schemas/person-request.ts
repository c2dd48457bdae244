import { z } from 'zod';

import { DECIDABLE_OF_CARD } from '../../domain/token/index.js';
import { NO_OBJECT, textSchema } from '../../application/request-schema.js';

const words = (description: string, example: string) =>
  textSchema()
    .refine((value) => value.trim() !== '', { error: 'must not be blank' })
    .meta({ description, examples: [example] });

/** The body of `resolve`. Of one token PARTIALLY_CONFIRMED is refused later: the body does not say what the operation is on. */
export const resolveSchema = z
  .strictObject(
    {
      status: z.enum(DECIDABLE_OF_CARD, { error: `one of ${DECIDABLE_OF_CARD.join(', ')}` }).meta({
        description: 'What is true. PARTIALLY_CONFIRMED only of an operation on all tokens of a card.',
      }),
      note: words('How that is known.', 'the portal of the hub shows it suspended, ticket 4711'),
      by: words('Who says so.', 'night shift').optional(),
    },
    { error: NO_OBJECT },
  )
  .meta({ id: 'Decision', description: 'What a person has found out.' });

/** The body of a request that may say who asks and why. */
export const remarkSchema = z
  .strictObject(
    {
      by: words('Who asks.', 'night shift').optional(),
      note: words('Why.', 'the customer calls').optional(),
    },
    { error: NO_OBJECT },
  )
  .meta({ id: 'Remark', description: 'Who asks, and why.' });
