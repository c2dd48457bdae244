import type { OperationView } from './report.js';
import { isFinalStatus, type FinalStatus } from './status.js';

/** Of these nobody can say that the hub did what was asked, so asking once more can change something (design section 7). */
const REPEATABLE: readonly FinalStatus[] = ['FAILED', 'REJECTED', 'UNKNOWN'];

/** Whether `cancel` is taken: while the operation runs. */
export function isCancellable({ final }: Pick<OperationView, 'final'>): boolean {
  return !final;
}

/**
 * Whether `retry` is taken: recorded as one of these three, and still one by all that came late (record 11). What a newer
 * operation has overtaken is not wanted any more: repeating it would undo the newer one.
 */
export function isRetryable(
  operation: Pick<OperationView, 'final' | 'status' | 'effectiveStatus' | 'supersededBy'>,
): boolean {
  const isWanted = operation.supersededBy === undefined;
  return isWanted && mayHaveBeenRetried(operation) && isRepeatable(operation.effectiveStatus);
}

/** Whether a retry may exist: what came late since does not undo one. */
export function mayHaveBeenRetried({ final, status }: Pick<OperationView, 'final' | 'status'>): boolean {
  return final && isRepeatable(status);
}

function isRepeatable(status: OperationView['status']): boolean {
  return isFinalStatus(status) && REPEATABLE.includes(status);
}
