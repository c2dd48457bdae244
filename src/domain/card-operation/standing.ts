import { ATTENTION_REASONS, type AttentionReason } from '../attention.js';
import { isErrorCode, type ErrorCode } from '../change.js';
import { isFinalStatus, RUNNING_STATUSES, type OperationStatus } from '../status.js';

/** What the sender, the lists and an operator have to know of a fan-out that runs, and in the moment of its end. */
export interface FanOutStanding {
  readonly status: OperationStatus;
  readonly attention?: AttentionReason;
  readonly errorCode?: ErrorCode;
  /** "7 of 9 confirmed, 1 failed". */
  readonly progress: string;
  /** The hub has the request, or nobody wants it any more: no further attempt is wanted. */
  readonly stopsSending: boolean;
  /** When the hub accepted, as the sender has told; milliseconds since 1970. */
  readonly acceptedAt?: number;
  /** When the last reading began; milliseconds since 1970. */
  readonly lastReadingAt?: number;
}

/** Whether a value is what a fan-out tells; a signal that was sent by hand may not be. */
export function isFanOutStanding(value: unknown): value is FanOutStanding {
  if (typeof value !== 'object' || value === null) return false;
  const { status, attention, errorCode, progress, stopsSending, acceptedAt, lastReadingAt } = value as Record<
    string,
    unknown
  >;
  return (
    typeof status === 'string' &&
    (isFinalStatus(status) || RUNNING_STATUSES.some((known) => known === status)) &&
    (attention === undefined || ATTENTION_REASONS.some((known) => known === attention)) &&
    (errorCode === undefined || isErrorCode(errorCode)) &&
    typeof progress === 'string' &&
    typeof stopsSending === 'boolean' &&
    [acceptedAt, lastReadingAt].every((at) => at === undefined || Number.isSafeInteger(at))
  );
}
