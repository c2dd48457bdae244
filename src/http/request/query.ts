import { toShownName } from '../../application/field-error.js';
import type { FieldError } from '../../application/field-error.js';

/** Parameters that were given more than once: nobody can say which of the values was meant. */
export function repeatedParameters(query: Readonly<Record<string, unknown>>): readonly FieldError[] {
  return Object.entries(query)
    .filter(([, value]) => Array.isArray(value))
    .map(([name]) => ({ field: toShownName(name), rule: 'may be given only once' }));
}
