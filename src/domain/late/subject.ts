import type { OperationReport } from '../report/report.js';
import type { Action } from '../hub/token-state.js';

/** What of a closed operation late words are compared with. */
export interface LateSubject {
  readonly action: Action;
  readonly issuerCardRefId: string;
  /** Absent: all tokens of the card. */
  readonly virtualCardId?: string;
}

export function toSubject({ action, issuerCardRefId, virtualCardId }: OperationReport): LateSubject {
  return { action, issuerCardRefId, ...(virtualCardId !== undefined && { virtualCardId }) };
}
