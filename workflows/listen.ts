import { ApplicationFailure, CancellationScope, condition, log, setHandler } from '@temporalio/workflow';
import { isVirtualCardChange, type VirtualCardChange } from '../src/domain/hub/change.js';
import { remarkFault } from '../src/domain/operation/remark.js';
import { cardDecisionFault, decisionFault, type OperatorEvent } from '../src/domain/token/index.js';
import type { OperationReport } from '../src/domain/report/report.js';
import { now } from './runtime.js';
import {
  cancelUpdate,
  OPERATION_ENDED,
  readUpdate,
  reportQuery,
  resolveUpdate,
  virtualCardChangedSignal,
} from '../src/contract/messages.js';
import type { Driver } from './run-agenda.js';

/** Takes the hub's callbacks. */
export function takeCallbacks({ take }: Pick<Driver<unknown, never>, 'take'>): void {
  setHandler(virtualCardChangedSignal, (...changes: VirtualCardChange[]) => {
    take(changes.filter(isWellFormed), changes.length);
  });
}

/** What the people's requests need to know of an operation. */
interface Asked<State> {
  readonly toReport: (state: State) => OperationReport;
  readonly isSettled: (state: State) => boolean;
  /** Whether a look has been made since this instant, or none will be made by this run. */
  readonly isReadSince: (state: State, instant: number) => boolean;
  readonly refuseUnlessDecision: (decision: unknown) => void;
}

/** Answers the people who ask for an operation, or ask something of it. */
export function answerPeople<State, Event>(
  { present, known, peek, tell }: Driver<State, Event | OperatorEvent>,
  { toReport, isSettled, isReadSince, refuseUnlessDecision }: Asked<State>,
): void {
  const refuseIfEnded = (): void => refuseOnceEnded(isSettled(present()));
  setHandler(reportQuery, () => toReport(peek()));
  setHandler(cancelUpdate, (remark) => toReport(tell({ kind: 'cancel', remark })), {
    validator: refuseUnlessRemark,
  });
  setHandler(resolveUpdate, (decision) => toReport(tell({ kind: 'resolve', decision })), {
    validator: (decision) => {
      refuseUnlessDecision(decision);
      refuseIfEnded();
    },
  });
  setHandler(
    readUpdate,
    async (remark) => {
      const askedAt = now();
      tell({ kind: 'read', remark });
      // A look that was under way already is not the one that was asked for.
      const isAnswered = (): boolean => isSettled(known()) || isReadSince(known(), askedAt);
      await CancellationScope.nonCancellable(async () => condition(isAnswered));
      return toReport(present());
    },
    {
      validator: (remark) => {
        refuseUnlessRemark(remark);
        refuseIfEnded();
      },
    },
  );
}

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
