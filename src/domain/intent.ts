import type { Action } from './token-state.js';

/** What an operation wants, as far as another one on the same token or card has to know (design 5.1, last intent wins). */
export interface Intent {
  readonly operationId: string;
  readonly action: Action;
  /** Milliseconds since 1970. */
  readonly requestedAt: number;
}

/** An intent and where it applies. */
export interface PlacedIntent extends Intent {
  readonly issuerId: string;
  readonly issuerCardRefId: string;
  /** Absent: all tokens of the card. */
  readonly virtualCardId?: string | undefined;
}

/**
 * Whether what `other` wants concerns what `own` is about to do (design 5.1). A newer wish for the whole card takes over one
 * for a token. The other way round only a RESUME of the whole card gives way: it would lift the suspension that was asked
 * for later, while a SUSPEND or DELETE of the whole card must not fail for one token's sake (record 8).
 */
export function concerns(other: PlacedIntent, own: PlacedIntent): boolean {
  if (own.virtualCardId !== undefined && other.virtualCardId !== undefined) {
    return other.virtualCardId === own.virtualCardId;
  }
  if (other.issuerCardRefId !== own.issuerCardRefId) return false;
  return other.virtualCardId === undefined || own.action === 'RESUME';
}

/** Sends that start sooner than this after the request need no look-up: the hub alone orders what is asked that close together. */
const UNQUESTIONED_MS = 2_000;

/** Whether a newer intent has to be looked for before this attempt. */
export function mayBeOutdated(
  { requestedAt, isResend }: { requestedAt: number; isResend: boolean },
  now: number,
): boolean {
  return isResend || now - requestedAt > UNQUESTIONED_MS;
}

/** Whether `other` takes the place of `own`: it wants something else, and was requested later, or at the same time with a later id. */
export function supersedes(other: Intent, own: Intent): boolean {
  if (other.action === own.action) return false;
  if (other.requestedAt !== own.requestedAt) return other.requestedAt > own.requestedAt;
  return other.operationId > own.operationId;
}

/**
 * Whether the action goes ahead when nobody can say what is newer: a stolen phone cannot wait, and a card that is given
 * free, or a token that is gone, by an intent that no longer holds is the greater harm.
 */
export function goesAheadUnchecked(action: Action): boolean {
  return action === 'SUSPEND';
}
