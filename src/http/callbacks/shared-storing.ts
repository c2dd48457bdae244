import { createHash } from 'node:crypto';

import type { VirtualCardChange } from '../../domain/hub/change.js';
import type { Gateway } from '../../application/gateway.js';

/** Stores changes. Rejects as the gateway does. */
export type Store = (issuerId: string, change: VirtualCardChange) => Promise<void>;

/** A change that waits until the same change, which is being stored, is stored. Copies that come meanwhile join it. */
interface Waiting {
  readonly word: string;
  readonly stored: Promise<void>;
  readonly begin: () => void;
}

/**
 * Stores copies of one change that arrive at the same time by few calls: while one is being stored, all further ones wait
 * for one second call (design section 4). Nothing is ever answered from memory: each change is stored by a call that began
 * after it had arrived, so that SUSPEND, RESUME, SUSPEND of one token are three words also when several processes take them.
 */
export function createSharedStoring(deliver: Gateway['deliver']): Store {
  /** By everything that is stored of a change: the latest call for it that is under way. */
  const underWay = new Map<string, Promise<void>>();
  const waiting = new Map<string, Waiting>();

  function call(word: string, issuerId: string, change: VirtualCardChange): Promise<void> {
    const stored = deliver(issuerId, change);
    underWay.set(word, stored);
    const forget = (): void => {
      if (underWay.get(word) === stored) underWay.delete(word);
    };
    stored.then(forget, forget);
    return stored;
  }

  return async (issuerId, change) => {
    const token = JSON.stringify([issuerId, change.correlationId, change.virtualCardId]);
    const word = toWord(issuerId, change);
    const present = waiting.get(token);
    if (present?.word === word) return present.stored;
    // What waits begins before another word does: its copies must not be stored together with what comes after that.
    present?.begin();
    const first = underWay.get(word);
    if (first === undefined) return call(word, issuerId, change);

    const { promise: stored, resolve } = withResolvers();
    const mine: Waiting = {
      word,
      stored,
      begin: () => {
        if (waiting.get(token) !== mine) return;
        waiting.delete(token);
        resolve(call(word, issuerId, change));
      },
    };
    waiting.set(token, mine);
    first.then(mine.begin, mine.begin);
    return stored;
  };
}

function withResolvers(): { promise: Promise<void>; resolve: (stored: Promise<void>) => void } {
  let resolve: (stored: Promise<void>) => void = () => undefined;
  const promise = new Promise<void>((resolvePromise) => {
    resolve = resolvePromise;
  });
  return { promise, resolve };
}

function toWord(issuerId: string, change: VirtualCardChange): string {
  const { receivedAt: _receivedAt, ...stored } = change;
  const fields = Object.entries(stored).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([issuerId, fields]))
    .digest('base64');
}
