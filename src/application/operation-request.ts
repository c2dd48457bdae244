import type { z } from 'zod';

import { holdsCardNumber } from '../domain/hub/card-data.js';
import { chooseDeadlines, type Deadlines } from '../domain/operation/deadlines.js';
import type { StartRequest } from './gateway.js';
import type { FieldError } from '../http/server/problems.js';
import { OPERATION_REQUESTS, type NumericReferences } from '../http/schemas/operation-request.js';

/** What of a start request stands in its body. */
export type RequestedOperation = Omit<StartRequest, 'issuerId' | 'caller' | 'idempotencyKey'>;

export type ParsedOperation =
  | { readonly ok: true; readonly value: RequestedOperation }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

interface RequestSettings {
  readonly deadlines: Deadlines;
  readonly numericReferences: NumericReferences;
}

/** Checks the body of a request for an operation, and completes its deadlines. Reports every broken rule at once. */
export function parseOperationRequest(body: unknown, settings: RequestSettings): ParsedOperation {
  const parsed = OPERATION_REQUESTS[settings.numericReferences].safeParse(body);
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
  const parsed = OPERATION_REQUESTS[numericReferences]
    .pick({ issuerCardRefId: true })
    .safeParse({ issuerCardRefId });
  return parsed.success
    ? { ok: true, value: parsed.data.issuerCardRefId }
    : { ok: false, errors: toFieldErrors(parsed.error) };
}

function toReason(reason: { code?: number | undefined; text?: string | undefined }) {
  return {
    ...(reason.code === undefined ? {} : { code: reason.code }),
    ...(reason.text === undefined ? {} : { text: reason.text }),
  };
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
