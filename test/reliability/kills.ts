import { setTimeout as sleep } from 'node:timers/promises';

import type { Outage } from './records.js';
import { createRandom } from './random.js';

export const VICTIMS = ['worker 1', 'worker 2', 'front 1', 'front 2', 'temporal', 'hub'] as const;
export type Victim = (typeof VICTIMS)[number];

/** One SIGKILL, and how long the victim stays away. The hub, whose record has to last, only closes its doors. */
export interface Kill {
  readonly atMs: number;
  readonly victim: Victim;
  readonly downMs: number;
}

/** What kills act on. */
export interface Killable {
  kill(victim: Victim): Promise<void>;
  /** Returns when it serves again. */
  revive(victim: Victim): Promise<void>;
}

const FIRST_AFTER_MS = 3_000;

/** Plans kills over the time in which clients ask for operations; each kind of process is killed at least once. */
export function planKills(seed: number, { overMs }: { overMs: number }): readonly Kill[] {
  const random = createRandom(`kills ${seed}`);
  const certain: Victim[] = [random.pick(['worker 1', 'worker 2']), random.pick(['front 1', 'front 2'])];
  const victims: Victim[] = [...certain, 'temporal', 'hub'];
  for (let atMs = FIRST_AFTER_MS; atMs < overMs; atMs += 12_000) victims.push(random.pick(VICTIMS));
  return victims
    .map((victim) => ({
      victim,
      atMs: random.between(FIRST_AFTER_MS, Math.max(overMs, FIRST_AFTER_MS)),
      downMs: random.between(0, victim === 'temporal' ? 5_000 : 4_000),
    }))
    .toSorted((left, right) => left.atMs - right.atMs);
}

/** Carries the plan out; who is away already is not killed again. Resolves when everything serves. */
export async function carryOut(kills: readonly Kill[], killable: Killable): Promise<Outage[]> {
  const away = new Set<Victim>();
  const outages: Outage[] = [];

  async function strike({ atMs, victim, downMs }: Kill): Promise<void> {
    await sleep(atMs);
    if (away.has(victim)) return;
    away.add(victim);
    const from = Date.now();
    await killable.kill(victim);
    await sleep(downMs);
    await killable.revive(victim);
    away.delete(victim);
    outages.push({ what: victim, from, to: Date.now() });
  }

  await Promise.all(kills.map(strike));
  return outages;
}
