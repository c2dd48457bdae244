import { workflowInfo } from '@temporalio/workflow';

/** The server allows 10,000 signals in a run; long before that a run is replaced by a new one. */
const SIGNALS_PER_RUN = 1_000;

export interface RunLength {
  noteSignal(): void;
  /** Whether this run should continue as new. */
  isTooLong(): boolean;
}

export function createRunLength(): RunLength {
  let signals = 0;
  return {
    noteSignal: () => {
      signals += 1;
    },
    isTooLong: () => signals >= SIGNALS_PER_RUN || workflowInfo().continueAsNewSuggested,
  };
}
