import { defineSearchAttributeKey } from '@temporalio/common';

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

/** The search attributes of every workflow of ours (design section 6), with the types that the server registers. */
export const SEARCH_ATTRIBUTES: Readonly<Record<string, 'KEYWORD' | 'INT' | 'DATETIME'>> = Object.fromEntries(
  [
    issuerKey,
    actionKey,
    statusKey,
    scopeKey,
    cardKey,
    virtualCardKey,
    attentionKey,
    errorCodeKey,
    deadlineKey,
    requestedAtKey,
  ].map(({ name, type }) => [name, type] as const),
);

/** What kind of thing a workflow tracks; the value of `LcmScope`. */
export type WorkflowScope = 'TOKEN' | 'CARD' | 'FOREIGN' | 'LATE' | 'RENEWAL';
