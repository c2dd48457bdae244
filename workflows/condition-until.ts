import { condition } from '@temporalio/workflow';
import type { Wake } from '../src/domain/operation/index.js';
import { now } from './clock.js';

/** Waits for the instant that a workflow waits for, or until the predicate holds; without an instant for the predicate alone. */
export async function conditionUntil(wake: Wake | undefined, predicate: () => boolean): Promise<void> {
  if (wake === undefined) await condition(predicate);
  else await condition(predicate, Math.max(wake.at - now(), 1), { summary: wake.reason });
}
