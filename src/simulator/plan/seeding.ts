/** What the misbehaviour of the hub follows from, when a seed is set. */
export interface Seeding {
  seed: number;
  /** Of the operations, from 0 to 1; the others are ordinary or mildly odd. */
  nastyShare: number;
}

/** The largest seed; the smallest is 0. */
export const largestSeed = 4_294_967_295;

/** Enough for every kind of misbehaviour to show in 200 operations. */
export const defaultNastyShare = 0.4;

/** The seed that counts now. In memory only: a restart goes back to the one of the environment. */
export interface Seeds {
  current(): Seeding | undefined;
  set(seeding: Seeding | undefined): void;
  /** Back to the seed of the start, or to none. */
  reset(): void;
}

export function createSeeds(atStart: Seeding | undefined): Seeds {
  let current = atStart;
  return {
    current: () => current,
    set(seeding) {
      current = seeding;
    },
    reset() {
      current = atStart;
    },
  };
}
