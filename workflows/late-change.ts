import { allHandlersFinished, condition, continueAsNew, setHandler } from '@temporalio/workflow';
import { beginLateArrivals, recordLateChange, type LateArrivals } from '../src/domain/late-change.js';
import { now } from './clock.js';
import { isWellFormed } from './guards.js';
import { lateArrivalsQuery, virtualCardChangedSignal } from './messages.js';
import { createRunLength } from './run-length.js';
import { untilQuiet } from './until-quiet.js';

export interface LateChangeInput {
  readonly issuerId: string;
  readonly correlationId: string;
  /** How long it lingers after the last arrival, so that a storm of repeats costs one run. */
  readonly quietMs: number;
  readonly late?: LateArrivals;
}

/** Keeps what arrives after the owner of a correlation id has closed (I5, design 5.4). */
export async function lateChange(input: LateChangeInput): Promise<LateArrivals> {
  let late = input.late ?? beginLateArrivals(input.issuerId, input.correlationId, now());
  const run = createRunLength();
  setHandler(virtualCardChangedSignal, (change) => {
    run.noteSignal();
    if (!isWellFormed(change)) return;
    late = recordLateChange(late, change, now());
  });
  setHandler(lateArrivalsQuery, () => late);

  const ended = await untilQuiet({ quietMs: input.quietMs, run, lastArrivalAt: () => late.lastArrivalAt });
  await condition(allHandlersFinished);
  if (ended === 'run-too-long') await continueAsNew<typeof lateChange>({ ...input, late });
  return late;
}
