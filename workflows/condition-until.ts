import { CancellationScope, condition, sleep } from '@temporalio/workflow';
import type { Wake } from '../src/domain/operation/index.js';
import { now } from './clock.js';
import type { RunLength } from './run-length.js';

/** Waits for the instant that a workflow waits for, or until the predicate holds; without an instant for the predicate alone. */
export async function conditionUntil(wake: Wake | undefined, predicate: () => boolean): Promise<void> {
  if (wake === undefined) await condition(predicate);
  else await condition(predicate, Math.max(wake.at - now(), 1), { summary: wake.reason });
}

/**
 * The same, for a test that costs more than a glance. The SDK evaluates a condition after every single signal, and thousands
 * of them may come in one task: what is due is looked at once for all that came together.
 */
export async function untilDue(
  wake: Wake | undefined,
  { version, isDue, run }: { version: () => unknown; isDue: () => boolean; run: RunLength },
): Promise<void> {
  let isOver = false;
  const timer = new CancellationScope();
  if (wake !== undefined) {
    const passed = timer.run(async () => sleep(Math.max(wake.at - now(), 1), { summary: wake.reason }));
    // It is cancelled when it is not needed any more.
    passed.then(
      () => {
        isOver = true;
      },
      () => undefined,
    );
  }
  try {
    while (!isOver && !run.isTooLong() && !isDue()) {
      const seen = version();
      await condition(() => isOver || run.isTooLong() || version() !== seen);
    }
  } finally {
    timer.cancel();
  }
}
