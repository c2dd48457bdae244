import { defineSearchAttributeKey, type SearchAttributeUpdatePair } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { OperationReport } from '../src/domain/report/report.js';

export const issuerKey = defineSearchAttributeKey('LcmIssuer', 'KEYWORD');
export const actionKey = defineSearchAttributeKey('LcmAction', 'KEYWORD');
export const statusKey = defineSearchAttributeKey('LcmStatus', 'KEYWORD');
export const scopeKey = defineSearchAttributeKey('LcmScope', 'KEYWORD');
export const cardKey = defineSearchAttributeKey('LcmCard', 'KEYWORD');
export const virtualCardKey = defineSearchAttributeKey('LcmVirtualCard', 'KEYWORD');
export const attentionKey = defineSearchAttributeKey('LcmAttention', 'KEYWORD');
export const errorCodeKey = defineSearchAttributeKey('LcmErrorCode', 'INT');
export const deadlineKey = defineSearchAttributeKey('LcmDeadline', 'DATETIME');
/**
 * When an operation was requested: what lists are ordered by. Written at its start, put right by the workflow where the clock
 * of the API host was wrong, and the same in all of its runs.
 */
export const requestedAtKey = defineSearchAttributeKey('LcmRequestedAt', 'DATETIME');

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
