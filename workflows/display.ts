import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { attentionKey, deadlineKey, errorCodeKey, statusKey } from '../src/contract/search-attributes.js';
import type { Wake } from '../src/domain/operation/agenda.js';
import type { OperationReport } from '../src/domain/report/report.js';
import type { Display } from './run-agenda.js';

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

/** What of an operation changes while it runs, as the lists of the Temporal UI show it. */
export function toSearchAttributes(report: OperationReport): SearchAttributeUpdatePair[] {
  const isOverdue = report.status === 'OVERDUE';
  return [
    { key: statusKey, value: report.status },
    { key: attentionKey, value: report.attention ?? null },
    // A code that is no number has no place in an integer column.
    { key: errorCodeKey, value: typeof report.errorCode === 'number' ? report.errorCode : null },
    {
      key: deadlineKey,
      value: report.final ? null : new Date(isOverdue ? report.hardDeadlineAt : report.softDeadlineAt),
    },
  ];
}

/** Writes the search attributes that differ from what the server has; each write is an event of the history. */
export function writeSearchAttributes(wanted: SearchAttributeUpdatePair[]): void {
  const written = workflowInfo().typedSearchAttributes;
  const changed = wanted.filter(({ key, value }) => !isSame(written.get(key), value));
  if (changed.length > 0) upsertSearchAttributes(changed);
}

type Value = SearchAttributeUpdatePair['value'];

function isSame(written: Value | undefined, wanted: Value): boolean {
  if (written instanceof Date && wanted instanceof Date) return written.getTime() === wanted.getTime();
  return (written ?? null) === wanted;
}
