import type { FieldError, Operation, ProblemCode } from './api-types.js';

/**
 * Everything that a call of the client may throw, but for errors in how it is called (`TypeError`). The union is closed:
 * `switch (error.kind)` needs no default.
 */
export type LcmError = ProblemError | UnavailableError | NotFinalError | AbortedError | UnexpectedAnswerError;

export function isLcmError(error: unknown): error is LcmError {
  return (
    error instanceof ProblemError ||
    error instanceof UnavailableError ||
    error instanceof NotFinalError ||
    error instanceof AbortedError ||
    error instanceof UnexpectedAnswerError
  );
}

/** The service refused the request, and the same request would be refused again. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly kind = 'problem';
  /** The fields at fault, if it was about fields. */
  readonly fields: readonly FieldError[];

  constructor(
    readonly code: ProblemCode,
    readonly status: number,
    { detail, fields = [] }: { detail: string; fields?: readonly FieldError[] },
  ) {
    super(`${code}: ${detail}`);
    this.fields = fields;
  }
}

/**
 * No attempt was answered for good. It is not known whether one of them had an effect; the same call, with the same
 * idempotency key, may be repeated at any time.
 */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
  readonly kind = 'unavailable';

  constructor(
    readonly attempts: number,
    options: { cause: unknown },
  ) {
    super(`no answer for good after ${attempts} attempts`, options);
  }
}

/** The operation has not ended within the time that `waitForOperation` was given; it goes on at the service. */
export class NotFinalError extends Error {
  override readonly name = 'NotFinalError';
  readonly kind = 'not-final';

  /** @param operation as it stood last; undefined when the service never answered. */
  constructor(readonly operation: Operation | undefined) {
    super(`the operation has not ended in time: ${operation?.status ?? 'nobody answered'}`);
  }
}

/** The caller's signal ended the call. What was sent before that may have had its effect. */
export class AbortedError extends Error {
  override readonly name = 'AbortedError';
  readonly kind = 'aborted';

  constructor(options: { cause: unknown }) {
    super('the call was ended by its signal', options);
  }
}

/** An answer that the API does not give: there is something else at the address, or it is newer than this client. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
  readonly kind = 'unexpected-answer';

  constructor(readonly status: number) {
    super(`an answer with status ${status} that this client does not know`);
  }
}
