import { type Logger } from 'pino';

/** Work that is due later, and work that is under way. */
export interface Timers {
  /** Runs once at that time, or at once if it has passed. An error is logged, never thrown. */
  at(dueAt: number, run: () => Promise<void>): void;
  /** Runs again and again, this long after the last time has ended. Keeps no process alive. */
  every(periodMs: number, run: () => Promise<void>): void;
  /** Forgets what has not begun, refuses what comes, and waits for what is under way. */
  stop(): Promise<void>;
}

export function createTimers(log: Logger): Timers {
  const waiting = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  let stopped = false;

  function begin(run: () => Promise<void>): void {
    const work = run()
      .catch((error: unknown) => log.error({ err: error }, 'Work that was due has failed.'))
      .finally(() => running.delete(work));
    running.add(work);
  }

  function wait(delayMs: number, run: () => Promise<void>): NodeJS.Timeout | undefined {
    if (stopped) return undefined;
    const timer = setTimeout(() => {
      waiting.delete(timer);
      begin(run);
    }, delayMs);
    waiting.add(timer);
    return timer;
  }

  function every(periodMs: number, run: () => Promise<void>): void {
    const timer = wait(periodMs, () => run().finally(() => every(periodMs, run)));
    timer?.unref();
  }

  return {
    at(dueAt, run) {
      wait(Math.max(0, dueAt - Date.now()), run);
    },
    every,
    async stop() {
      stopped = true;
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
      await Promise.all(running);
    },
  };
}
