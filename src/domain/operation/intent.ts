import { isBehind, type AttemptTime } from './clocks.js';
import type { Action } from '../hub/token-state.js';

/** What an operation wants, as far as another one on the same token or card has to know (design 5.1, last intent wins). */
export interface Intent {
  readonly operationId: string;
  readonly action: Action;
  /** When Temporal started its first run, by Temporal's own clock: milliseconds since 1970. */
  readonly startedAt: number;
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

/** Sends that start sooner than this after the operation need no look-up: the hub alone orders what is asked that close together. */
const UNQUESTIONED_MS = 2_000;

/** Whether a newer intent has to be looked for before this attempt. Where the clocks leave a doubt, it has to be. */
export function mayBeOutdated(
  { startedAt, isResend }: { startedAt: number; isResend: boolean },
  time: AttemptTime,
): boolean {
  const latest = Math.max(time.own, time.atLeast);
  return isResend || isBehind(time) || latest - startedAt > UNQUESTIONED_MS;
}

/** Of two that are closer than this, the one that is the safer by one step counts as the newer. */
const STEP_MS = 1_000;
/** How safe an action is, in steps. */
const SAFETY: Readonly<Record<Action, number>> = { RESUME: 0, SUSPEND: 1, DELETE: 2 };

/**
 * Whether `other` takes the place of `own`: it wants something else and is newer (design 5.1). Each step of safety counts
 * as a second, which makes it one order for any number of operations: the last of them gives way to none (decision 16).
 */
export function supersedes(other: Intent, own: Intent): boolean {
  if (other.action === own.action) return false;
  const aheadMs = rankedAt(other) - rankedAt(own);
  return aheadMs === 0 ? other.startedAt > own.startedAt : aheadMs > 0;
}

function rankedAt({ startedAt, action }: Pick<Intent, 'startedAt' | 'action'>): number {
  return startedAt + SAFETY[action] * STEP_MS;
}

/** No operation that started before this instant takes the place of `own`. */
export function earliestNewer(own: Pick<Intent, 'startedAt' | 'action'>): number {
  return rankedAt(own) - SAFETY.DELETE * STEP_MS;
}

/**
 * Whether the action goes ahead when nobody can say what is newer: a stolen phone cannot wait, and a card that is given
 * free, or a token that is gone, by an intent that no longer holds is the greater harm.
 */
export function goesAheadUnchecked(action: Action): boolean {
  return action === 'SUSPEND';
}
