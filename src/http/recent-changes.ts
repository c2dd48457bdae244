import { createHash } from 'node:crypto';

import { LRUCache } from 'lru-cache';

import type { VirtualCardChange } from '../domain/change.js';

/** What was stored moments ago: spares a call for a repeat. Correctness must not need it (design section 4). */
export interface RecentChanges {
  has(issuerId: string, change: VirtualCardChange): boolean;
  /** To be called only after the change has been stored (I1). */
  add(issuerId: string, change: VirtualCardChange): void;
}

const MOST_CHANGES = 10_000;
const KEPT_FOR_MS = 60_000;

/** @param clock milliseconds since 1970 */
export function createRecentChanges(clock: () => number): RecentChanges {
  const recent = new LRUCache<string, true>({
    max: MOST_CHANGES,
    ttl: KEPT_FOR_MS,
    ttlResolution: 0,
    perf: { now: clock },
  });
  return {
    has: (issuerId, change) => recent.has(keyOf(issuerId, change)),
    add: (issuerId, change) => void recent.set(keyOf(issuerId, change), true),
  };
}

function keyOf(issuerId: string, change: VirtualCardChange): string {
  const { receivedAt: _receivedAt, ...stored } = change;
  const fields = Object.entries(stored).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([issuerId, fields]))
    .digest('base64');
}
