import type { z } from 'zod';
import { holdsCardNumber } from '../domain/hub/card-data.js';

/** A rule that a request breaks. It never holds the value. */
export interface FieldError {
  readonly field: string;
  readonly rule: string;
}

/** What part of a request a name stands for. */
type Part = 'field' | 'parameter';

/** The rule that a name breaks which the request does not have. */
export function unknownRule(part: Part): string {
  return `is not a ${part} of this request`;
}

/**
 * What a schema objects to, by field and rule.
 * @param part what the names in it stand for
 */
export function toFieldErrors(error: z.ZodError, part: Part = 'field'): readonly FieldError[] {
  return error.issues.flatMap((issue) => toFieldErrorsOf(issue, part));
}

function toFieldErrorsOf(issue: z.core.$ZodIssue, part: Part): readonly FieldError[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [{ field: path.join('.') || 'body', rule: issue.message }];
  return issue.keys.map((key) => ({
    field: [...path, toShownName(key)].join('.'),
    rule: unknownRule(part),
  }));
}

/** The name of a field that the client made up: shown only if it cannot be a value in the wrong place. */
export function toShownName(name: string): string {
  return /^[A-Za-z_]\w{0,63}$/.test(name) && !holdsCardNumber(name) ? name : '(unknown)';
}
