import type { Answer } from '../hub/answer.js';
import { withReason, type AttentionReason } from '../report/attention.js';
import { resendDelayMs } from './deadlines.js';

/** When a request is sent to the hub, and sent again (design 5.1): what an operation on one token and one on a whole card share. */
export interface Dispatch {
  readonly sending: Sending;
  /** Attempts that left this machine, or may have. */
  readonly attempts: number;
  /** An attempt may have had an effect at the hub. */
  readonly possiblySent: boolean;
  /** The newer operation that made this one stop sending. */
  readonly supersededBy?: string | undefined;
  readonly firstSendAt?: number | undefined;
  /** The hub has answered an attempt, whatever it said. */
  readonly hubAnswered: boolean;
  readonly acceptedAt?: number | undefined;
  readonly attention: readonly AttentionReason[];
}

export type Sending =
  /** To be sent at this instant → in-flight, over. */
  | { readonly kind: 'due'; readonly at: number }
  /** An attempt is under way → due, over. */
  | { readonly kind: 'in-flight' }
  /** Accepted, refused, or no longer wanted. */
  | { readonly kind: 'over' };

/** The first attempt is due at once, whatever a clock says of when it was requested. */
export function beginDispatch(): Dispatch {
  return {
    sending: { kind: 'due', at: 0 },
    attempts: 0,
    possiblySent: false,
    hubAnswered: false,
    attention: [],
  };
}

export function withAttention<T extends Pick<Dispatch, 'attention'>>(of: T, reason: AttentionReason): T {
  return { ...of, attention: withReason(of.attention, reason) };
}

export function withoutAttention<T extends Pick<Dispatch, 'attention'>>(
  of: T,
  ...reasons: AttentionReason[]
): T {
  return { ...of, attention: of.attention.filter((reason) => !reasons.includes(reason)) };
}

/** What a run that was reset had sent before is hidden from it: each of its attempts counts as one after a possible first (design 5.1). */
export function withHiddenAttempts<T extends Dispatch>(dispatch: T, { afterReset }: Answer): T {
  return afterReset === true ? { ...dispatch, possiblySent: true } : dispatch;
}

/** An attempt begins. Until it is known to be otherwise it counts as one that leaves this machine. */
export function beginSending<T extends Dispatch>(dispatch: T, now: number): T {
  return {
    ...dispatch,
    sending: { kind: 'in-flight' },
    attempts: dispatch.attempts + 1,
    firstSendAt: dispatch.firstSendAt ?? now,
  };
}

/**
 * Notes what an attempt came to, and when the next one is due; `isWanted`: there is to be a next one.
 * @param chance a number from 0 to 1, for the jitter of the next attempt
 */
export function recordAttempt<T extends Dispatch>(
  dispatch: T,
  answer: Answer,
  { now, chance, isWanted }: { now: number; chance: number; isWanted: boolean },
): T {
  const sendLater = (noted: T, delayMs: number): T => ({
    ...noted,
    sending: isWanted ? { kind: 'due', at: now + delayMs } : { kind: 'over' },
  });
  switch (answer.kind) {
    case 'accepted':
      return {
        ...heardFromHub(dispatch),
        sending: { kind: 'over' },
        possiblySent: true,
        acceptedAt: dispatch.acceptedAt ?? now,
      };
    case 'again': {
      const possiblySent = dispatch.possiblySent || answer.effect === 'possible';
      const delayMs = resendDelayMs(dispatch.attempts, chance, answer.retryAfterMs);
      return sendLater({ ...heardFromHub(dispatch), possiblySent }, delayMs);
    }
    case 'unanswered':
      return sendLater({ ...dispatch, possiblySent: true }, resendDelayMs(dispatch.attempts, chance));
    case 'refused':
      return { ...heardFromHub(dispatch), sending: { kind: 'over' } };
    case 'not-sent':
      // A pause even so: a worker may find the hard deadline over a moment before we do.
      return sendLater(withoutAttempt(dispatch), resendDelayMs(dispatch.attempts, chance));
    case 'superseded':
      return { ...withoutAttempt(dispatch), sending: { kind: 'over' }, supersededBy: answer.by };
  }
}

function heardFromHub<T extends Dispatch>(dispatch: T): T {
  return { ...withoutAttention(dispatch, 'HUB_UNREACHABLE'), hubAnswered: true };
}

function withoutAttempt<T extends Dispatch>(dispatch: T): T {
  return { ...dispatch, attempts: dispatch.attempts - 1 };
}

/** When the next attempt is due; never at or after the hard deadline (design 5.1). */
export function sendingDueAt(
  { sending }: Dispatch,
  { hardDeadlineAt, now }: { hardDeadlineAt: number; now: number },
): number | undefined {
  if (sending.kind !== 'due') return undefined;
  return Math.max(sending.at, now) < hardDeadlineAt ? sending.at : undefined;
}

const HUB_UNREACHABLE_AFTER_MS = 60_000;

/** When the absence of any answer since the first attempt becomes a reason to look; undefined once the hub has answered. */
export function unreachableAt(dispatch: Dispatch): number | undefined {
  const isTrying = !dispatch.hubAnswered && dispatch.sending.kind !== 'over';
  if (!isTrying || dispatch.firstSendAt === undefined) return undefined;
  return dispatch.attention.includes('HUB_UNREACHABLE')
    ? undefined
    : dispatch.firstSendAt + HUB_UNREACHABLE_AFTER_MS;
}

/** Raises attention once the hub has been silent for too long. */
export function watchHub<T extends Dispatch>(dispatch: T, now: number): T {
  const unreachable = unreachableAt(dispatch);
  return unreachable !== undefined && unreachable <= now
    ? withAttention(dispatch, 'HUB_UNREACHABLE')
    : dispatch;
}
