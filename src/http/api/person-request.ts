import type { Decision } from '../../domain/token/index.js';
import type { Remark } from '../../domain/operation/remark.js';
import { toFieldErrors } from '../../application/field-error.js';
import type { FieldError } from '../../application/field-error.js';
import { remarkSchema, resolveSchema } from '../schemas/person-request.js';

type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: readonly FieldError[] };

/** Checks who asks and why; no body is as good as an empty object. */
export function parseRemark(body: unknown): Parsed<Remark> {
  const parsed = remarkSchema.safeParse(body === undefined ? {} : body);
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
