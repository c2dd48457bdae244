import { chooseDeadlines, type Deadlines } from '../domain/operation/deadlines.js';
import type { StartRequest } from './gateway.js';
import { toFieldErrors, type FieldError } from './field-error.js';
import { OPERATION_REQUESTS, type NumericReferences } from './request-schema.js';

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
