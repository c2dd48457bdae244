import { z } from 'zod';

import { ATTENTION_REASONS } from '../../domain/report/attention.js';
import { FINAL_STATUSES, RUNNING_STATUSES, type OperationStatus } from '../../domain/report/status.js';
import { ACTIONS, type Action } from '../../domain/hub/token-state.js';
import type { ListRequest, OperationFilter } from '../../application/gateway.js';
import { parseCursor } from './list-cursor.js';
import { toFieldErrors } from '../../application/field-error.js';
import type { FieldError } from '../../application/field-error.js';
import { repeatedParameters } from '../request/query.js';
import {
  LONGEST_CARD_REFERENCE,
  LONGEST_TOKEN_REFERENCE,
  referenceSchema,
} from '../../application/request-schema.js';

export type ParsedList =
  | { readonly ok: true; readonly value: ListRequest }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** How many operations a page has when nobody says. */
export const DEFAULT_LIMIT = 20;
export const MOST_LISTED = 100;

const STATUSES = [...RUNNING_STATUSES, ...FINAL_STATUSES] as [OperationStatus, ...OperationStatus[]];
const SCOPES = ['TOKEN', 'CARD'] as const;
const LIMIT_RULE = `a whole number from 1 to ${MOST_LISTED}`;
const TIME_RULE =
  'an RFC 3339 time such as 2026-01-31T12:00:00Z, at most to the millisecond, its + written as %2B';
const CURSOR_RULE = 'must be the nextCursor of a page with the same filters';

/** The parameters of the list of operations, as texts. */
export const listQuerySchemas = { refuse: createSchema('refuse'), allow: createSchema('allow') };

/** Checks the parameters of a list, each given once at most, and reports every broken rule at once. */
export function parseListRequest(
  query: Readonly<Record<string, unknown>>,
  { issuerId, numericReferences }: { issuerId: string; numericReferences: 'refuse' | 'allow' },
): ParsedList {
  const repeated = repeatedParameters(query);
  if (repeated.length > 0) return { ok: false, errors: repeated };
  const parsed = listQuerySchemas[numericReferences].safeParse({ ...query });
  if (!parsed.success) return { ok: false, errors: toFieldErrors(parsed.error, 'parameter') };
  const { card, virtualCard, from, to, cursor, limit, ...asItIs } = parsed.data;
  const filter: OperationFilter = withoutAbsent({
    ...asItIs,
    issuerCardRefId: card,
    virtualCardId: virtualCard,
    from: from === undefined ? undefined : Date.parse(from),
    to: to === undefined ? undefined : Date.parse(to),
  });
  if (filter.from !== undefined && filter.to !== undefined && filter.from >= filter.to) {
    return { ok: false, errors: [{ field: 'to', rule: 'must be later than from' }] };
  }
  const after = cursor === undefined ? undefined : parseCursor({ issuerId, filter }, cursor);
  if (cursor !== undefined && after === undefined) {
    return { ok: false, errors: [{ field: 'cursor', rule: CURSOR_RULE }] };
  }
  return {
    ok: true,
    value: {
      issuerId,
      filter,
      ...(after !== undefined && { after }),
      limit: limit === undefined ? DEFAULT_LIMIT : Number(limit),
    },
  };
}

function createSchema(numericReferences: 'refuse' | 'allow') {
  const time = z.iso
    .datetime({ offset: true, error: TIME_RULE, abort: true })
    .refine((text) => !Number.isNaN(Date.parse(text)) && !/\.\d{4}/.test(text), { error: TIME_RULE });
  return z.strictObject({
    status: oneOf(STATUSES).optional(),
    action: oneOf(ACTIONS as readonly [Action, ...Action[]]).optional(),
    scope: oneOf(SCOPES).optional(),
    card: referenceSchema(LONGEST_CARD_REFERENCE, numericReferences).optional(),
    virtualCard: referenceSchema(LONGEST_TOKEN_REFERENCE, numericReferences).optional(),
    attention: oneOf(ATTENTION_REASONS).optional(),
    from: time.optional(),
    to: time.optional(),
    cursor: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,600}$/, { error: CURSOR_RULE })
      .optional(),
    limit: z
      .string()
      .regex(/^(?:[1-9]\d?|100)$/, { error: LIMIT_RULE })
      .optional(),
  });
}

function oneOf<const T extends string>(values: readonly [T, ...T[]]) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

type Present<T> = { readonly [Name in keyof T]?: Exclude<T[Name], undefined> };

function withoutAbsent<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as Present<T>;
}
