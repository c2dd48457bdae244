import { workflowInfo } from '@temporalio/workflow';

/** The server allows 10,000 signals in a run; long before that a run is replaced by a new one. */
const SIGNALS_PER_RUN = 1_000;

export interface RunLength {
  /** Several may have come in one call of a handler. */
  noteSignal(count?: number): void;
  /** Whether this run should continue as new. */
  isTooLong(): boolean;
}

export function createRunLength(): RunLength {
  let signals = 0;
  return {
    noteSignal: (count = 1) => {
      signals += Math.max(count, 1);
    },
    isTooLong: () => signals >= SIGNALS_PER_RUN || workflowInfo().continueAsNewSuggested,
  };
}
