import { condition } from '@temporalio/workflow';
import { now } from './clock.js';
import type { RunLength } from './run-length.js';

/**
 * Waits until nothing has arrived for `quietMs`, or until the run has grown so long that it has to continue as new.
 * One timer per quiet period, not one per arrival: a storm costs its signals and nothing else.
 */
export async function untilQuiet({
  quietMs,
  lastArrivalAt,
  run,
}: {
  quietMs: number;
  run: RunLength;
  lastArrivalAt: () => number;
}): Promise<'quiet' | 'run-too-long'> {
  for (;;) {
    const remainingMs = lastArrivalAt() + quietMs - now();
    if (remainingMs <= 0) return 'quiet';
    const isTooLong = await condition(() => run.isTooLong(), remainingMs, {
      summary: 'until it has been quiet',
    });
    if (isTooLong) return 'run-too-long';
  }
}
