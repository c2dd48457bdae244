import type { VirtualCardChange } from '../hub/change.js';
import { categoryOf } from '../hub/hub-errors.js';
import type { LateStanding } from './standing.js';

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
