import { ApplicationFailure, log } from '@temporalio/workflow';
import { isFanOutStanding, type FanOutStanding } from '../src/domain/card-operation/index.js';
import { isVirtualCardChange, type VirtualCardChange } from '../src/domain/change.js';
import { isSendingResult, type SendingResult } from '../src/domain/fan-out/index.js';
import {
  cardDecisionFault,
  decisionFault,
  isSettled,
  type Decision,
  type Operation,
} from '../src/domain/operation/index.js';
import { remarkFault, type Remark } from '../src/domain/remark.js';
import { OPERATION_ENDED } from './messages.js';

/**
 * Whether a signal carries a change. Ours always do; one that was typed by hand may not, and a handler that throws would
 * block its workflow for ever.
 */
export function isWellFormed(change: VirtualCardChange): boolean {
  return isFit('virtualCardChanged', isVirtualCardChange(change));
}

/** The same for what a sender tells its fan-out of the sending. */
export function isResult(result: SendingResult): boolean {
  return isFit('sendingEnded', isSendingResult(result));
}

/** The same for a person's decision, which the sender has checked before it passed it on. */
export function isDecision(decision: Decision): boolean {
  return isFit('decisionMade', cardDecisionFault(decision) === undefined);
}

/** The same for what a fan-out tells its sender. */
export function isStanding(standing: FanOutStanding): boolean {
  return isFit('fanOutChanged', isFanOutStanding(standing));
}

function isFit(signal: string, isWellFormedValue: boolean): boolean {
  if (!isWellFormedValue) log.warn('a signal without a well-formed value is ignored', { signal });
  return isWellFormedValue;
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

/** Who and why as it came by a signal; what is neither is left out. */
export function toRemark(remark: Remark | undefined, signal: string): Remark | undefined {
  return isFit(signal, remarkFault(remark) === undefined) ? remark : undefined;
}

/** What comes in the very instant of the end belongs to what came late; the caller is told, so that nothing is lost. */
export function refuseOnceEnded(operation: Operation): void {
  if (isSettled(operation)) sayEnded();
}

export function sayEnded(): never {
  throw ApplicationFailure.nonRetryable('the operation has ended', OPERATION_ENDED);
}
