import { z } from 'zod';

import { holdsCardNumber } from '../domain/card-data.js';
import { chooseDeadlines, type Deadlines } from '../domain/deadlines.js';
import { ACTIONS, type Action } from '../domain/token-state.js';
import type { StartRequest } from '../temporal/gateway.js';
import { looksLikeCardNumber } from '../references/card-numbers.js';
import type { FieldError } from './problems.js';

/** What of a start request stands in its body. */
export type RequestedOperation = Omit<StartRequest, 'issuerId' | 'caller' | 'idempotencyKey'>;

export type ParsedOperation =
  | { readonly ok: true; readonly value: RequestedOperation }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

interface RequestSettings {
  readonly deadlines: Deadlines;
  readonly numericReferences: 'refuse' | 'allow';
}

/** Checks the body of a request for an operation, and completes its deadlines. Reports every broken rule at once. */
export function parseOperationRequest(body: unknown, settings: RequestSettings): ParsedOperation {
  const parsed = SCHEMAS[settings.numericReferences].safeParse(body);
  if (!parsed.success) return { ok: false, errors: toFieldErrors(parsed.error) };
  const asked = parsed.data;
  const deadlines = chooseDeadlines(
    { softSeconds: asked.softDeadlineSeconds, hardSeconds: asked.hardDeadlineSeconds },
    settings.deadlines,
  );
  if (!deadlines.ok) return { ok: false, errors: [deadlines.failure] };
  const { virtualCardId, reason, requestedBy } = asked;
  return {
    ok: true,
    value: {
      body,
      action: asked.action,
      issuerCardRefId: asked.issuerCardRefId,
      ...(virtualCardId === undefined ? {} : { virtualCardId }),
      ...(reason === undefined ? {} : { reason: toReason(reason) }),
      ...(requestedBy === undefined ? {} : { requestedBy }),
      softDeadlineSeconds: deadlines.value.softSeconds,
      hardDeadlineSeconds: deadlines.value.hardSeconds,
    },
  };
}

/** Checks the card that a path names, by the rules for the card of a request. */
export function parseCardReference(
  issuerCardRefId: unknown,
  { numericReferences }: Pick<RequestSettings, 'numericReferences'>,
):
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly errors: readonly FieldError[] } {
  const parsed = SCHEMAS[numericReferences].pick({ issuerCardRefId: true }).safeParse({ issuerCardRefId });
  return parsed.success
    ? { ok: true, value: parsed.data.issuerCardRefId }
    : { ok: false, errors: toFieldErrors(parsed.error) };
}

const LONGEST_TEXT = 500;
/** The hub's codes are small; the limit keeps a card number from passing for one. */
const HIGHEST_REASON_CODE = 999_999;
const REFERENCE_CHARACTERS = /^(?!\s)[^\p{Cc}\p{Cs}]+(?<!\s)$/u;
export const NO_OBJECT = 'must be a JSON object';
const MOST_ERRORS = 20;

/** Free text of a person: at most 500 characters, and no card number among them (I6). */
export const text = z
  .string({ error: lengthRule(LONGEST_TEXT) })
  .refine((value) => value.length >= 1 && value.length <= LONGEST_TEXT, {
    error: lengthRule(LONGEST_TEXT),
    abort: true,
  })
  .refine((value) => !holdsCardNumber(value), { error: 'must not hold a card number' });

function createSchema(numericReferences: RequestSettings['numericReferences']) {
  const reference = (longest: number) =>
    z
      .string({ error: lengthRule(longest) })
      .refine((value) => value.length >= 1 && value.length <= longest, {
        error: lengthRule(longest),
        abort: true,
      })
      .refine((value) => REFERENCE_CHARACTERS.test(value), {
        error: 'no control characters, and no space at either end',
      })
      .refine((value) => numericReferences === 'allow' || !looksLikeCardNumber(value), {
        error: 'must not look like a card number',
      });
  const wholeSeconds = z.int({ error: 'a whole number of seconds' });
  const codeRule = `a whole number from 0 to ${HIGHEST_REASON_CODE}`;

  return z.strictObject(
    {
      action: z.enum(ACTIONS as readonly [Action, ...Action[]], { error: `one of ${ACTIONS.join(', ')}` }),
      issuerCardRefId: reference(48),
      virtualCardId: reference(64).optional(),
      reason: z
        .strictObject(
          {
            code: z.int({ error: codeRule }).min(0, codeRule).max(HIGHEST_REASON_CODE, codeRule).optional(),
            text: text.optional(),
          },
          { error: NO_OBJECT },
        )
        .optional(),
      requestedBy: text.optional(),
      softDeadlineSeconds: wholeSeconds.optional(),
      hardDeadlineSeconds: wholeSeconds.optional(),
    },
    { error: NO_OBJECT },
  );
}

function lengthRule(longest: number): string {
  return `a string of 1 to ${longest} characters`;
}

function toReason(reason: { code?: number | undefined; text?: string | undefined }) {
  return {
    ...(reason.code === undefined ? {} : { code: reason.code }),
    ...(reason.text === undefined ? {} : { text: reason.text }),
  };
}

/** Every broken rule by its field, up to a limit; never a value. */
export function toFieldErrors(error: z.ZodError): readonly FieldError[] {
  return error.issues.flatMap(toFieldErrorsOf).slice(0, MOST_ERRORS);
}

function toFieldErrorsOf(issue: z.core.$ZodIssue): readonly FieldError[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [{ field: path.join('.') || 'body', rule: issue.message }];
  return issue.keys.map((key) => ({
    field: [...path, toShownName(key)].join('.'),
    rule: 'is not a field of this request',
  }));
}

/** The name of a field that the client made up: shown only if it cannot be a value in the wrong place. */
function toShownName(name: string): string {
  return /^[A-Za-z_]\w{0,63}$/.test(name) && !holdsCardNumber(name) ? name : '(unknown)';
}

const SCHEMAS = { refuse: createSchema('refuse'), allow: createSchema('allow') };
