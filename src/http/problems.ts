import type { Response } from 'express';

/** Why a request was refused: stable words, which programs may depend on. */
export type ProblemCode =
  | 'malformed_json'
  | 'invalid_request'
  | 'idempotency_key_missing'
  | 'idempotency_key_malformed'
  | 'card_resume_refused'
  | 'path_not_found'
  | 'issuer_not_found'
  | 'operation_not_found'
  | 'method_not_allowed'
  | 'operation_already_final'
  | 'operation_not_retryable'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'idempotency_key_reused'
  | 'internal_error'
  | 'temporal_unavailable';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** Would the same request, unchanged, succeed later? */
  readonly recoverable: boolean;
}

/** Every problem of the API. */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = {
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
  method_not_allowed: { status: 405, title: 'No such method on this path', recoverable: false },
  operation_already_final: { status: 409, title: 'The operation has ended', recoverable: false },
  operation_not_retryable: { status: 409, title: 'Nothing is left to repeat', recoverable: false },
  body_too_large: { status: 413, title: 'The body is too large', recoverable: false },
  unsupported_media_type: { status: 415, title: 'The body is not application/json', recoverable: false },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key belongs to another request',
    recoverable: false,
  },
  // Repeating is safe (I2), and a caller that gives up leaves a stolen phone able to pay.
  internal_error: { status: 500, title: 'An error of this service', recoverable: true },
  temporal_unavailable: { status: 503, title: 'Not known whether it was applied: repeat', recoverable: true },
};

/** One broken rule. Names the field, never its value (I6). */
export interface FieldError {
  readonly field: string;
  readonly rule: string;
}

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

/** Answers with problem details (RFC 9457). The `type` is a name, not an address: `urn:lcm:problem:<code>`. */
export function sendProblem(response: Response, problem: Problem): void {
  const { status, title, recoverable } = PROBLEMS[problem.code];
  const body = {
    type: `urn:lcm:problem:${problem.code}`,
    title,
    status,
    code: problem.code,
    recoverable,
    detail: problem.message,
    ...(problem.errors.length > 0 ? { errors: problem.errors } : {}),
  };
  response.status(status).set(problem.headers).type('application/problem+json').send(JSON.stringify(body));
}
