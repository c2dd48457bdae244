import { z } from 'zod';

import { DECIDABLE_OF_CARD, type Decision } from '../domain/operation/index.js';
import type { Remark } from '../domain/remark.js';
import type { FinalStatus } from '../domain/status.js';
import { NO_OBJECT, text, toFieldErrors } from './operation-request.js';
import type { FieldError } from './problems.js';

type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: readonly FieldError[] };

const words = text.refine((value) => value.trim() !== '', { error: 'must not be blank' });

/** The body of `resolve`. Of one token PARTIALLY_CONFIRMED is refused later: the body does not say what the operation is on. */
export const resolveSchema = z.strictObject(
  {
    status: z.enum(DECIDABLE_OF_CARD as readonly [FinalStatus, ...FinalStatus[]], {
      error: `one of ${DECIDABLE_OF_CARD.join(', ')}`,
    }),
    note: words,
    by: words.optional(),
  },
  { error: NO_OBJECT },
);

/** The body of a request that may say who asks and why. */
export const remarkSchema = z.strictObject(
  { by: words.optional(), note: words.optional() },
  { error: NO_OBJECT },
);

/** Checks who asks and why; no body is as good as an empty object. */
export function parseRemark(body: unknown): Parsed<Remark> {
  const parsed = remarkSchema.safeParse(body ?? {});
  if (!parsed.success) return { ok: false, errors: toFieldErrors(parsed.error) };
  const { by, note } = parsed.data;
  return { ok: true, value: { ...(by !== undefined && { by }), ...(note !== undefined && { note }) } };
}

/** Checks the body of a person's decision. Reports every broken rule at once. */
export function parseDecision(body: unknown): Parsed<Decision> {
  const parsed = resolveSchema.safeParse(body);
  if (!parsed.success) return { ok: false, errors: toFieldErrors(parsed.error) };
  const { status, note, by } = parsed.data;
  return { ok: true, value: { status, note, ...(by !== undefined && { by }) } };
}
