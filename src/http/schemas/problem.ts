import { z } from 'zod';

import { PROBLEMS, type ProblemCode, type ProblemDocument } from '../server/problems.js';
import { agreesWith } from './agree.js';

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** Why a request was not carried out (RFC 9457). */
export const problemSchema = agreesWith<ProblemDocument>()(
  z
    .strictObject({
      type: z.string().meta({
        format: 'uri-reference',
        description: 'Leads to the heading of the code on the page of errors.',
      }),
      title: z.string().meta({ description: 'The code in words, for people; the same for each code.' }),
      status: z.int().meta({ description: 'The HTTP status of the answer.' }),
      code: z
        .enum(PROBLEM_CODES)
        .meta({ description: 'What programs decide by; it never changes its meaning.' }),
      recoverable: z
        .boolean()
        .meta({ description: 'Whether the same request, unchanged, can succeed later.' }),
      detail: z.string().meta({ description: 'For people; may be worded anew.' }),
      errors: z
        .array(
          z.strictObject({
            field: z.string().meta({
              description:
                'A field of the body, a parameter or a part of the path; `(unknown)` for a name that may not be shown.',
            }),
            rule: z
              .string()
              .meta({ description: 'The rule that it breaks, for people; may be worded anew.' }),
          }),
        )
        .meta({ description: 'Each field at fault and the rule that it breaks, never its value.' })
        .exactOptional(),
    })
    .meta({ id: 'Problem', description: 'Why a request was not carried out (RFC 9457).' }),
);
