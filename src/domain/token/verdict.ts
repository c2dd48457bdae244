import type { VirtualCardChange } from '../hub/change.js';
import { categoryOf, isDeviceNotReached } from '../hub/hub-errors.js';
import type { Action } from '../hub/token-state.js';
import type { Settlement } from './state.js';

/** What a callback is weighed against: an outcome that is recorded. */
export type Outcome = Pick<Settlement, 'status' | 'provisional' | 'errorCode'>;

/** What a request was for. */
export interface Asked {
  readonly action: Action;
  /** Absent: all tokens of the card. */
  readonly virtualCardId?: string;
}

/** What a callback means for an outcome (design 5.2, 5.4). */
export type Verdict =
  /** About another token, or another action. */
  | 'unrelated'
  /** The wallet's application has removed the token: it tells of the device only. */
  | 'device'
  /** Says what is known already, or tells of the device only: nobody has to look. */
  | 'agrees'
  /** Fills a gap. */
  | 'amends'
  /** Says the opposite of a final word. */
  | 'contradicts';

/** Judges a callback by the outcome, while an operation runs and afterwards. */
export function verdict(outcome: Outcome, asked: Asked, change: VirtualCardChange): Verdict {
  if (asked.virtualCardId !== undefined && change.virtualCardId !== asked.virtualCardId) return 'unrelated';
  if (isRemovalFromApp(change, asked)) return 'device';
  if (change.action !== asked.action) return 'unrelated';
  if (agrees(outcome, change)) return 'agrees';
  return isAmendable(outcome) ? 'amends' : 'contradicts';
}

/** Mastercard tells the removal from the wallet's application apart from the deletion at the network (contract 5.2, S18). */
export function isRemovalFromApp(change: VirtualCardChange, { action }: Pick<Asked, 'action'>): boolean {
  return action === 'DELETE' && change.action === 'DELETE_FROM_APP' && change.errorCode === undefined;
}

/** Whether a later word fills a gap in this outcome instead of contradicting it (design 5.4). */
export function isAmendable({ status, provisional }: Outcome): boolean {
  return provisional === true || ['UNKNOWN', 'CANCELLED', 'SUPERSEDED'].includes(status);
}

function agrees(outcome: Outcome, { errorCode }: VirtualCardChange): boolean {
  // 221 after a success tells of the device only (design 5.2).
  if (outcome.status === 'CONFIRMED') return errorCode === undefined || isDeviceNotReached(errorCode);
  if (errorCode === undefined || errorCode !== outcome.errorCode) return false;
  // An outcome that is still open learns from a final code, although the hub had refused with the same.
  return !isAmendable(outcome) || categoryOf(errorCode) === 'proves-nothing';
}
