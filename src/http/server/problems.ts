import type { FieldError } from '../../application/field-error.js';
import type { Response } from 'express';

/** Why a request was refused: stable words, which programs may depend on. */
export type ProblemCode =
  | 'malformed_request'
  | 'malformed_json'
  | 'invalid_request'
  | 'idempotency_key_missing'
  | 'idempotency_key_malformed'
  | 'card_resume_refused'
  | 'path_not_found'
  | 'issuer_not_found'
  | 'operation_not_found'
  | 'card_not_found'
  | 'method_not_allowed'
  | 'request_timeout'
  | 'operation_already_final'
  | 'operation_not_retryable'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'idempotency_key_reused'
  | 'headers_too_large'
  | 'internal_error'
  | 'hub_refused'
  | 'hub_unavailable'
  | 'temporal_unavailable';

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** Would the same request, unchanged, succeed later? */
  readonly recoverable: boolean;
}

/** Every problem of the API. Each has a heading in `docs/errors.md`, which its `type` leads to. */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = {
  malformed_request: { status: 400, title: 'The request is not HTTP', recoverable: false },
  malformed_json: { status: 400, title: 'The body is not JSON', recoverable: false },
  invalid_request: { status: 400, title: 'The request breaks a rule', recoverable: false },
  idempotency_key_missing: { status: 400, title: 'No Idempotency-Key', recoverable: false },
  idempotency_key_malformed: { status: 400, title: 'Malformed Idempotency-Key', recoverable: false },
  card_resume_refused: {
    status: 403,
    title: 'All tokens of a card are not resumed at once here',
    recoverable: false,
  },
  path_not_found: { status: 404, title: 'No such path', recoverable: false },
  issuer_not_found: { status: 404, title: 'Not an issuer of this service', recoverable: false },
  operation_not_found: { status: 404, title: 'No such operation', recoverable: false },
  card_not_found: { status: 404, title: 'The hub knows no such card', recoverable: false },
  method_not_allowed: { status: 405, title: 'No such method on this path', recoverable: false },
  request_timeout: { status: 408, title: 'The request took too long to arrive', recoverable: true },
  operation_already_final: { status: 409, title: 'The operation has ended', recoverable: false },
  operation_not_retryable: { status: 409, title: 'Nothing is left to repeat', recoverable: false },
  body_too_large: { status: 413, title: 'The body is too large', recoverable: false },
  unsupported_media_type: { status: 415, title: 'The body is not application/json', recoverable: false },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key belongs to another request',
    recoverable: false,
  },
  headers_too_large: { status: 431, title: 'The address and the headers are too large', recoverable: false },
  // Repeating is safe (I2), and a caller that gives up leaves a stolen phone able to pay.
  internal_error: { status: 500, title: 'An error of this service', recoverable: true },
  hub_refused: { status: 502, title: 'The hub refuses this request', recoverable: false },
  hub_unavailable: { status: 503, title: 'The hub does not answer', recoverable: true },
  temporal_unavailable: { status: 503, title: 'Not known whether it was applied: repeat', recoverable: true },
};

interface ProblemDetails {
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A refusal on its way to the client. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ProblemCode,
    { detail, errors, headers, cause }: ProblemDetails,
  ) {
    super(detail, { cause });
    this.errors = errors ?? [];
    this.headers = headers ?? {};
  }
}

/** A problem as it is sent (RFC 9457). */
export interface ProblemDocument {
  /** Relative to the address of the request, so that it works behind any host name: `/docs/errors#<code>`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly recoverable: boolean;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

export function toProblemDocument({ code, message, errors }: Problem): ProblemDocument {
  const { status, title, recoverable } = PROBLEMS[code];
  return {
    type: `/docs/errors#${code}`,
    title,
    status,
    code,
    recoverable,
    detail: message,
    ...(errors.length > 0 ? { errors } : {}),
  };
}

/** Answers with problem details. */
export function sendProblem(response: Response, problem: Problem): void {
  const document = toProblemDocument(problem);
  response
    .status(document.status)
    .set(problem.headers)
    .type(PROBLEM_CONTENT_TYPE)
    .send(JSON.stringify(document));
}
