import type { OperationReport } from '../report.js';
import type { Action } from '../token-state.js';

/** What of a closed operation late words are compared with. */
export interface LateSubject {
  readonly action: Action;
  readonly issuerCardRefId: string;
  readonly virtualCardId: string;
}

export function toSubject({ action, issuerCardRefId, virtualCardId }: OperationReport): LateSubject {
  if (virtualCardId === undefined) throw new TypeError('an operation on one token names it');
  return { action, issuerCardRefId, virtualCardId };
}
