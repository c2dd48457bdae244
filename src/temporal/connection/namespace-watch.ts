import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import type { BoundedCalls } from './bounded-calls.js';
import { lookAtNamespace, type NamespaceLook } from './namespace.js';

/** Goes on asking whether the namespace is fit: what was so at the start need not stay so. */
export interface NamespaceWatch {
  /** What keeps Temporal from taking our calls, as it was last found; empty when the namespace is fit. */
  problems(): readonly string[];
  /** Looks soon, not only at the next turn: a call was refused. */
  lookSoon(): void;
  stop(): void;
}

export interface WatchOptions {
  readonly look: () => Promise<NamespaceLook>;
  /** Called when other problems are found than before; with none, when it is fit again. */
  readonly onChange: (problems: readonly string[]) => void;
  readonly everyMs?: number;
  /** The shortest pause between two looks: after a refused call, and while somebody mends the namespace. */
  readonly soonMs?: number;
}

const EVERY_MS = 20_000;
const SOON_MS = 2_000;

/** Watches a namespace that was found fit. */
export function watchNamespace({
  look,
  onChange,
  everyMs = EVERY_MS,
  soonMs = SOON_MS,
}: WatchOptions): NamespaceWatch {
  const stopping = new AbortController();
  let hurry = new AbortController();
  let problems: readonly string[] = [];

  async function pause(): Promise<void> {
    await rest(soonMs, stopping.signal);
    if (problems.length === 0) {
      await rest(everyMs - soonMs, AbortSignal.any([stopping.signal, hurry.signal]));
    }
    hurry = new AbortController();
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      await pause();
      if (stopping.signal.aborted) return;
      const seen = await look();
      // Nobody knows whether anything has changed; that Temporal does not answer is said elsewhere.
      if ('unanswered' in seen || same(seen.problems, problems)) continue;
      problems = seen.problems;
      onChange(problems);
    }
  }

  void watch();
  return { problems: () => problems, lookSoon: () => hurry.abort(), stop: () => stopping.abort() };
}

const LOOK_DEADLINE_MS = 5_000;

/** Looks that end, whatever the SDK makes of its own deadline, and that a stop waits for. */
export function createLook({
  calls,
  connection,
  namespace,
}: {
  readonly calls: BoundedCalls;
  readonly connection: Connection;
  readonly namespace: string;
}): () => Promise<NamespaceLook> {
  return async () =>
    calls
      .within(LOOK_DEADLINE_MS, async () => lookAtNamespace(connection, namespace))
      .catch(() => ({ unanswered: 'the deadline has passed' }));
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((problem, index) => problem === b[index]);
}
