import { setCurrentDetails, upsertMemo, workflowInfo } from '@temporalio/workflow';
import type { Wake } from '../src/domain/operation/agenda.js';
import type { OperationReport } from '../src/domain/report/report.js';
import type { Display } from './run-agenda.js';
import { toSearchAttributes, writeSearchAttributes } from './search-attributes.js';

/** How far a card is, is written down at most this often, not once per callback. */
const PROGRESS_EVERY_MS = 10_000;

/** What a person acts upon. It is shown at once. */
export interface Standing {
  readonly status: OperationReport['status'];
  readonly attention: OperationReport['attention'] | undefined;
}

interface Shown<State> {
  readonly toReport: (state: State) => OperationReport;
  readonly toDetails: (state: State, now: number) => string;
  readonly standingOf: (state: State) => Standing;
  /** How far it is, in one line: what is found without a worker. */
  readonly toProgress?: (state: State) => string;
}

/** What a person sees of an operation in the Temporal UI. */
export function createOperationDisplay<State>({
  toReport,
  toDetails,
  standingOf,
  toProgress,
}: Shown<State>): Display<State> {
  let shown: (Standing & { readonly progress: string | undefined; readonly at: number }) | undefined;

  const isOutdated = (state: State, now: number): boolean => {
    if (shown === undefined) return true;
    const { status, attention } = standingOf(state);
    if (status !== shown.status || attention !== shown.attention) return true;
    return now >= shown.at + PROGRESS_EVERY_MS && toProgress?.(state) !== shown.progress;
  };
  return {
    isOutdated,
    wakeOf: (state: State, wake: Wake | undefined) => {
      if (shown === undefined || toProgress?.(state) === shown.progress) return wake;
      const at = shown.at + PROGRESS_EVERY_MS;
      return wake !== undefined && wake.at <= at ? wake : { at, reason: 'writing down the progress' };
    },
    show: (state, now, isEnd) => {
      writeSearchAttributes(toSearchAttributes(toReport(state)));
      setCurrentDetails(toDetails(state, now));
      if (!isEnd && !isOutdated(state, now)) return;
      const progress = toProgress?.(state);
      shown = { ...standingOf(state), progress, at: now };
      if (progress !== undefined && workflowInfo().memo?.['progress'] !== progress) upsertMemo({ progress });
    },
  };
}
