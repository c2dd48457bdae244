/** The search attributes of every workflow of ours (design section 6), with the types that the server registers. */
export const SEARCH_ATTRIBUTES = {
  LcmIssuer: 'KEYWORD',
  LcmAction: 'KEYWORD',
  LcmStatus: 'KEYWORD',
  LcmScope: 'KEYWORD',
  LcmCard: 'KEYWORD',
  LcmVirtualCard: 'KEYWORD',
  LcmAttention: 'KEYWORD',
  LcmErrorCode: 'INT',
  LcmDeadline: 'DATETIME',
  LcmRequestedAt: 'DATETIME',
} as const;

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;

/** What kind of thing a workflow tracks; the value of `LcmScope`. */
export type WorkflowScope = 'TOKEN' | 'CARD' | 'FOREIGN' | 'LATE' | 'RENEWAL';
