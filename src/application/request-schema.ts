import { z } from 'zod';

import { holdsCardNumber } from '../domain/hub/card-data.js';
import { LONGEST_SECONDS } from '../domain/operation/deadlines.js';
import { ACTIONS } from '../domain/hub/token-state.js';
import { looksLikeCardNumber } from '../references/card-numbers.js';

/** Whether a reference that looks like a card number is taken (`LCM_NUMERIC_REFERENCES`). */
export type NumericReferences = 'refuse' | 'allow';

export const NO_OBJECT = 'must be a JSON object';

/** How long references of the issuer may be, in UTF-16 units (contract 1.3). */
export const LONGEST_CARD_REFERENCE = 48;
export const LONGEST_TOKEN_REFERENCE = 64;

const LONGEST_TEXT = 500;
/** The hub's codes are small; the limit keeps a card number from passing for one. */
const HIGHEST_REASON_CODE = 999_999;
/** Without control characters, and without white space at either end. No look-around: other languages read it too. */
const REFERENCE_CHARACTERS =
  // oxlint-disable-next-line no-control-regex
  /^[^\s\u0000-\u001f\u007f-\u009f](?:[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f])?$/u;

/** A string of 1 to `longest` UTF-16 units. */
function bounded(longest: number) {
  const rule = `a string of 1 to ${longest} characters`;
  return z
    .string({ error: rule })
    .min(1, { error: rule, abort: true })
    .max(longest, { error: rule, abort: true });
}

/** A reference to a card or a token. */
export function referenceSchema(longest: number, numericReferences: NumericReferences) {
  return bounded(longest)
    .regex(REFERENCE_CHARACTERS, { error: 'no control characters, and no space at either end' })
    .refine((value) => !/\p{Cs}/u.test(value), { error: 'no half of a character' })
    .refine((value) => numericReferences === 'allow' || !looksLikeCardNumber(value), {
      error: 'must not look like a card number',
    });
}

/** Text for people. */
export function textSchema() {
  return bounded(LONGEST_TEXT).refine((value) => !holdsCardNumber(value), {
    error: 'must not hold a card number',
  });
}

function createSchema(numericReferences: NumericReferences) {
  const codeRule = `a whole number from 0 to ${HIGHEST_REASON_CODE}`;
  const seconds = (description: string) =>
    z
      .int({ error: 'a whole number of seconds' })
      .meta({ description, minimum: 1, maximum: LONGEST_SECONDS, examples: [900] });

  return z.strictObject(
    {
      action: z.enum(ACTIONS, { error: `one of ${ACTIONS.join(', ')}` }).meta({
        description: 'What is to be done to the token, or to all tokens of the card.',
      }),
      issuerCardRefId: referenceSchema(LONGEST_CARD_REFERENCE, numericReferences).meta({
        description:
          'The funding card: a reference, never its number; one that looks like a card number is refused.',
        examples: ['card-1'],
      }),
      virtualCardId: referenceSchema(LONGEST_TOKEN_REFERENCE, numericReferences)
        .meta({
          description: 'The token. Without it the request is for all tokens of the card.',
          examples: ['card-1-apple'],
        })
        .optional(),
      reason: z
        .strictObject(
          {
            code: z
              .int({ error: codeRule })
              .min(0, codeRule)
              .max(HIGHEST_REASON_CODE, codeRule)
              .meta({
                description: 'The hub’s number for the reason; it is sent to the hub.',
                examples: [32],
              })
              .optional(),
            text: textSchema()
              .meta({ description: 'For people; it stays here.', examples: ['reported stolen'] })
              .optional(),
          },
          { error: NO_OBJECT },
        )
        .meta({ description: 'Why.' })
        .optional(),
      requestedBy: textSchema()
        .meta({ description: 'Who asked, as the caller says.', examples: ['fraud-engine'] })
        .optional(),
      softDeadlineSeconds: seconds(
        'When it becomes OVERDUE and the card is read, counted from the request; 900 unless the installation says otherwise. Not after the hard deadline: without this field, a hardDeadlineSeconds that is shorter is the soft deadline too.',
      ).optional(),
      hardDeadlineSeconds: seconds(
        'When it ends whatever is known, counted from the request; 259200 (72 h) unless the installation says otherwise, or twice a softDeadlineSeconds that is longer, at most 30 days.',
      ).optional(),
    },
    { error: NO_OBJECT },
  );
}

/** The body of a request for an operation, by what the installation takes. */
export const OPERATION_REQUESTS = { refuse: createSchema('refuse'), allow: createSchema('allow') };
