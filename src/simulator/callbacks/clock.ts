import { type Store } from '../cards/store.js';

/** The hub's own clock: real time, and as much more as it was turned. Renewals go by it, nothing else does. */
export interface Clock {
  now(): number;
  /** How far it was turned in all. */
  advancedMs(): number;
  /** Turns it forward. It is not stored yet. */
  advance(ms: number): void;
}

export function createClock(store: Store): Clock {
  const advancedMs = (): number => store.state.clock.get('advancedMs') ?? 0;
  return {
    now: () => Date.now() + advancedMs(),
    advancedMs,
    advance(ms) {
      store.change(({ clock }) => clock.set('advancedMs', advancedMs() + ms));
    },
  };
}
