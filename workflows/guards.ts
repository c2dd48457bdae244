import { ApplicationFailure, log } from '@temporalio/workflow';
import { isVirtualCardChange, type VirtualCardChange } from '../src/domain/hub/change.js';
import { cardDecisionFault, decisionFault } from '../src/domain/token/index.js';
import { remarkFault } from '../src/domain/operation/remark.js';
import { OPERATION_ENDED } from '../src/contract/messages.js';

/**
 * Whether a signal carries a change. Ours always do; one that was typed by hand may not, and a handler that throws would
 * block its workflow for ever.
 */
export function isWellFormed(change: VirtualCardChange): boolean {
  const isChange = isVirtualCardChange(change);
  if (!isChange)
    log.warn('a signal without a well-formed value is ignored', { signal: 'virtualCardChanged' });
  return isChange;
}

/** Refuses a decision that is none before it is accepted: whoever types it at night learns what is wrong with it. */
export function refuseUnlessDecision(decision: unknown): void {
  const fault = decisionFault(decision);
  if (fault !== undefined) throw ApplicationFailure.nonRetryable(fault, 'INVALID_DECISION');
}

/** The same for an operation on a card, which a person may also know to be done in part. */
export function refuseUnlessCardDecision(decision: unknown): void {
  const fault = cardDecisionFault(decision);
  if (fault !== undefined) throw ApplicationFailure.nonRetryable(fault, 'INVALID_DECISION');
}

/** The same for who asks for something and why: a person may have typed anything. */
export function refuseUnlessRemark(remark: unknown): void {
  const fault = remarkFault(remark);
  if (fault !== undefined) throw ApplicationFailure.nonRetryable(fault, 'INVALID_REMARK');
}

/** What comes in the very instant of the end belongs to what came late; the caller is told, so that nothing is lost. */
export function refuseOnceEnded(hasEnded: boolean): void {
  if (hasEnded) throw ApplicationFailure.nonRetryable('the operation has ended', OPERATION_ENDED);
}
