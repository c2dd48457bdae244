import { CancellationScope, condition, setHandler } from '@temporalio/workflow';
import type { VirtualCardChange } from '../src/domain/hub/change.js';
import type { OperatorEvent } from '../src/domain/token/index.js';
import type { OperationReport } from '../src/domain/report/report.js';
import { now } from './clock.js';
import { isWellFormed, refuseOnceEnded, refuseUnlessRemark } from './guards.js';
import {
  cancelUpdate,
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
