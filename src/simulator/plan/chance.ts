import { createHash } from 'node:crypto';

/** Numbers that look random and follow from a key alone: the same key gives the same numbers, everywhere and always. */
export interface Chance {
  /** Is it the case, when it is the case with this probability? */
  is(probability: number): boolean;
  /** A whole number, both ends included. */
  between(min: number, max: number): number;
  pick<T>(choices: readonly T[]): T;
  /** Lower-case letters: no run of digits in a name could be taken for a card number. */
  letters(count: number): string;
}

/** A hash as the source: slower than a generator, but two keys that differ in one character have nothing in common. */
export function createChance(key: readonly (string | number)[]): Chance {
  let block = Buffer.alloc(0);
  let used = 0;
  let blocks = 0;

  /** From 0, included, to 1, excluded. */
  function next(): number {
    if (used === block.length) {
      block = createHash('sha256')
        .update(JSON.stringify([...key, blocks]))
        .digest();
      blocks += 1;
      used = 0;
    }
    const value = block.readUInt32BE(used) / 2 ** 32;
    used += 4;
    return value;
  }

  function between(min: number, max: number): number {
    return min + Math.floor(next() * (max - min + 1));
  }

  return {
    is: (probability) => next() < probability,
    between,
    pick: <T>(choices: readonly T[]) => choices[between(0, choices.length - 1)] as T,
    letters: (count) => Array.from({ length: count }, () => String.fromCharCode(between(97, 122))).join(''), // a to z
  };
}
