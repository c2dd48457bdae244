import type { ShownChange } from '../hub/change.js';
import type { Operation } from './state.js';

/** Odd words are kept up to this many each, and counted beyond; all of them are in the workflow's history. */
const MOST_KEPT = 100;

/** Keeps a word that is not the one waited for, or counts it when there are too many. */
export function withOdd(
  operation: Operation,
  list: 'unexpected' | 'conflicts',
  change: ShownChange,
): Operation {
  if (operation[list].length >= MOST_KEPT) return { ...operation, omitted: operation.omitted + 1 };
  return { ...operation, [list]: [...operation[list], change] };
}
