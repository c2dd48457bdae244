/** The statuses of an operation; each line says where it leads. */
export type OperationStatus =
  /** Not answered by the hub yet → AWAITING_CALLBACK, OVERDUE, any final status. */
  | 'REQUESTED'
  /** The hub took the request → OVERDUE, any final status. */
  | 'AWAITING_CALLBACK'
  /** The soft deadline has passed without a result → any final status. */
  | 'OVERDUE'
  | FinalStatus;

/** A final status never changes; what comes later is kept beside it (I5). */
export type FinalStatus =
  'CONFIRMED' | 'PARTIALLY_CONFIRMED' | 'FAILED' | 'REJECTED' | 'UNKNOWN' | 'CANCELLED' | 'SUPERSEDED';

export const FINAL_STATUSES: readonly FinalStatus[] = [
  'CONFIRMED',
  'PARTIALLY_CONFIRMED',
  'FAILED',
  'REJECTED',
  'UNKNOWN',
  'CANCELLED',
  'SUPERSEDED',
];

export const RUNNING_STATUSES: readonly OperationStatus[] = ['REQUESTED', 'AWAITING_CALLBACK', 'OVERDUE'];

/** Whether a status is final; takes any text, since it also reads what others wrote. */
export function isFinalStatus(status: string): status is FinalStatus {
  return (FINAL_STATUSES as readonly string[]).includes(status);
}

/** What a recorded outcome rests on (I4): a callback, a reading, the hub's synchronous refusal, a person, or nothing. */
export const EVIDENCES = ['CALLBACK', 'READING', 'ANSWER', 'PERSON', 'NONE'] as const;

export type Evidence = (typeof EVIDENCES)[number];

/** What is known of one token's part in an operation. SILENT: no word and no proof by the end. */
export const TOKEN_RESULTS = ['PENDING', 'CONFIRMED', 'FAILED', 'SILENT', 'NOT_ELIGIBLE'] as const;

export type TokenResult = (typeof TOKEN_RESULTS)[number];
