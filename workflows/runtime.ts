import { allHandlersFinished, CancellationScope, condition, sleep, workflowInfo } from '@temporalio/workflow';
import type { Runtime } from './run-agenda.js';

/** Temporal, as the driver needs it. */
export function temporalRuntime<State>(continueAsNew: Runtime<State>['continueAsNew']): Runtime<State> {
  return {
    now,
    until: condition,
    startTimer,
    isHistoryLong: () => workflowInfo().continueAsNewSuggested,
    areHandlersFinished: allHandlersFinished,
    continueAsNew,
  };
}

function startTimer(ms: number, summary: string): ReturnType<Runtime<never>['startTimer']> {
  let hasFired = false;
  const scope = new CancellationScope();
  scope
    .run(async () => sleep(ms, { summary }))
    .then(
      () => {
        hasFired = true;
      },
      // It is cancelled when it is not needed any more.
      () => undefined,
    );
  return { hasFired: () => hasFired, cancel: () => scope.cancel() };
}

/**
 * Cancelling a workflow is a person's wish like the API's cancel: it tears nothing down. What `run` waits for is not cancelled.
 */
export async function uncancelled<T>(
  run: () => Promise<T>,
  onCancellation: () => void = () => undefined,
): Promise<T> {
  const scope = CancellationScope.current();
  // A cancellation that came before the first task is no event that could be waited for.
  if (scope.consideredCancelled) onCancellation();
  else scope.cancelRequested.catch(onCancellation);
  return CancellationScope.nonCancellable(run);
}

/** The time of the present workflow task. Temporal replaces `Date` in workflow code, so a replay sees the same instants. */
export function now(): number {
  return Date.now();
}

/** A number from 0 to 1, the same again in a replay. */
export function chance(): number {
  return Math.random();
}
