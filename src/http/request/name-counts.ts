import { holdsCardNumber } from '../../domain/hub/card-data.js';

/** How often field names that others made up have been seen, for metrics. */
export interface NameCounts {
  add(name: string): void;
  /** Name to number of times. What is beyond the cap, or cannot be shown, stands under `(other)`. */
  read(): Readonly<Record<string, number>>;
}

const MOST_NAMES = 100;
const OTHER = '(other)';

/** Counts names, at most `mostNames` distinct ones. A name that could be a value in the wrong place is not kept (I6). */
export function createNameCounts(mostNames = MOST_NAMES): NameCounts {
  const counts = new Map<string, number>();
  return {
    add(name) {
      const isShowable = /^[A-Za-z_][\w.-]{0,63}$/.test(name) && !holdsCardNumber(name);
      const isRoom = counts.has(name) || counts.size < mostNames;
      const key = isShowable && isRoom ? name : OTHER;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    read: () => Object.fromEntries(counts),
  };
}
