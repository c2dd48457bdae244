import type { VirtualCardChange } from '../hub/change.js';
import { categoryOf, isDeviceNotReached } from '../hub/hub-errors.js';
import { isAmendable } from '../token/index.js';
import type { LateStanding } from './standing.js';
import type { LateSubject } from './subject.js';

/** A word that says what is known already, or tells of the device only: nobody has to look. */
export function agreesWith(
  settlement: LateStanding['settlement'],
  { errorCode }: VirtualCardChange,
): boolean {
  if (settlement.status === 'CONFIRMED') return errorCode === undefined || isDeviceNotReached(errorCode);
  if (errorCode === undefined || errorCode !== settlement.errorCode) return false;
  // An outcome that is still open learns from a final code, although the hub had refused with the same.
  return !isAmendable(settlement) || categoryOf(errorCode) === 'proves-nothing';
}

/** The outcome by an amendment's own word; a later success may amend one that rests on a code that proves nothing. */
export function amend(
  { status }: LateStanding['settlement'],
  { errorCode }: VirtualCardChange,
): LateStanding['settlement'] {
  if (errorCode === undefined) return { status: 'CONFIRMED' };
  if (categoryOf(errorCode) !== 'proves-nothing') return { status: 'FAILED', errorCode };
  // It says that the hub had the request, and leaves open what became of it. What readings have called failed stays so.
  return { status: status === 'FAILED' ? 'FAILED' : 'UNKNOWN', errorCode, provisional: true };
}

/** Mastercard tells the removal from the wallet's application apart from the deletion at the network (contract 5.2, S18). */
export function isRemovalFromApp(change: VirtualCardChange, { action }: LateSubject): boolean {
  return action === 'DELETE' && change.action === 'DELETE_FROM_APP' && change.errorCode === undefined;
}
