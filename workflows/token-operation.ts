import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { VirtualCardChange } from '../src/domain/change.js';
import {
  agendaOf,
  beginOperation,
  beginReading,
  beginSending,
  isSettled,
  passTime,
  purposeOfReading,
  recordAnswer,
  recordCancellation,
  recordChange,
  recordDecision,
  recordFirstSighting,
  recordReading,
  recordReadingRequest,
  recordReset,
  saysNothingWasSent,
  toDetails,
  toReport,
  type Operation,
  type TokenRequest,
} from '../src/domain/operation/index.js';
import { withRequest, type Remark } from '../src/domain/remark.js';
import type { OperationPolicy, OperationReport } from '../src/domain/report.js';
import { chance, now } from './clock.js';
import { untilDue } from './condition-until.js';
import { fromFirstStart } from './first-start.js';
import { isOfResetRun, readCard, sendRequest } from './hub-calls.js';
import {
  cancelUpdate,
  readUpdate,
  reportQuery,
  resolveUpdate,
  virtualCardChangedSignal,
} from './messages.js';
import { isWellFormed, refuseOnceEnded, refuseUnlessDecision, refuseUnlessRemark } from './guards.js';
import { createRunLength, type RunLength } from './run-length.js';
import { toSearchAttributes, writeSearchAttributes } from './search-attributes.js';

export interface TokenOperationInput {
  readonly request: TokenRequest;
  readonly policy: OperationPolicy;
  /** How long the hub may take for one exchange. */
  readonly hubTimeoutMs: number;
  /** When Temporal started the first run; absent in that one. */
  readonly startedAt?: number;
  /** The state of the run before this one. */
  readonly operation?: Operation;
}

/** Noting that a token is there before it is deleted may not hold up the deletion. */
const FIRST_SIGHTING_WITHIN_MS = 2_000;

/**
 * One requested change of one token, from the request to its one true answer.
 * It always completes with its report: a failed run is a bug of ours (design section 5).
 */
export async function tokenOperation(input: TokenOperationInput): Promise<OperationReport> {
  const { policy, hubTimeoutMs } = input;
  const { request, startedAt } = fromFirstStart(input);
  let operation = input.operation ?? beginOperation(request, policy);
  const run = createRunLength();
  let attempt: CancellationScope | undefined;
  let isHandingOver = false;
  const underWay = new Set<Promise<void>>();

  setHandler(virtualCardChangedSignal, (...changes: VirtualCardChange[]) => {
    run.noteSignal(changes.length);
    for (const change of changes.filter(isWellFormed)) operation = recordChange(operation, change, now());
  });
  setHandler(reportQuery, () => toReport(operation));
  const cancel = (remark?: Remark): void => {
    operation = withRequest(recordCancellation(operation, now()), { kind: 'cancel', remark }, now());
  };
  setHandler(
    cancelUpdate,
    (remark) => {
      cancel(remark);
      return toReport(operation);
    },
    { validator: refuseUnlessRemark },
  );
  setHandler(
    resolveUpdate,
    (decision) => {
      operation = recordDecision(operation, decision, now());
      return toReport(operation);
    },
    {
      validator: (decision) => {
        refuseUnlessDecision(decision);
        refuseOnceEnded(isSettled(operation));
      },
    },
  );
  const readNow = async (remark?: Remark): Promise<OperationReport> => {
    const askedAt = now();
    operation = withRequest(recordReadingRequest(operation, askedAt), { kind: 'read', remark }, askedAt);
    // A look that was under way already is not the one that was asked for; the next run makes it when this one hands over.
    const isAnswered = (): boolean =>
      (operation.lastReadingAt ?? -1) >= askedAt || isSettled(operation) || isHandingOver;
    await CancellationScope.nonCancellable(async () => condition(isAnswered));
    return toReport(operation);
  };
  setHandler(readUpdate, readNow, {
    validator: (remark) => {
      refuseUnlessRemark(remark);
      refuseOnceEnded(isSettled(operation));
    },
  });
  // Cancelling the workflow is a person's wish like the API's cancel; it must not tear down a reading.
  CancellationScope.current().cancelRequested.catch(() => cancel());

  const begin = (work: Promise<void>): void => {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  };

  const send = (): void => {
    const isFirst = operation.attempts === 0;
    operation = beginSending(operation, now());
    if (isFirst && request.action === 'DELETE') begin(noteFirstSighting());
    attempt = new CancellationScope();
    const answered = attempt.run(async () =>
      sendRequest(operation, { hubTimeoutMs, isResend: !isFirst, startedAt }),
    );
    begin(
      answered.then((answer) => {
        attempt = undefined;
        operation = recordAnswer(operation, answer, { now: now(), chance: chance() });
      }),
    );
  };

  const noteFirstSighting = async (): Promise<void> => {
    const reading = await readCard(request, {
      withinMs: FIRST_SIGHTING_WITHIN_MS,
      hubTimeoutMs,
      purpose: 'is it there before the deletion?',
    });
    operation = recordFirstSighting(operation, reading);
  };

  const read = async (): Promise<void> => {
    operation = beginReading(operation, now());
    const reading = await readCard(request, {
      withinMs: 2 * hubTimeoutMs,
      hubTimeoutMs,
      purpose: purposeOfReading(operation),
    });
    operation = recordReading(operation, reading, now());
    // Nothing else may be due now, and people want to see what the look has shown.
    setCurrentDetails(toDetails(operation, now()));
  };

  const show = (): void => {
    writeSearchAttributes(toSearchAttributes(toReport(operation)));
    setCurrentDetails(toDetails(operation, now()));
  };

  /** A run that was reset does not know all that was sent: asked before it is said, or handed on, that nothing was. */
  const lookForHiddenAttempts = async (): Promise<void> => {
    if (operation.possiblySent || !(await isOfResetRun())) return;
    operation = recordReset(operation, now());
  };

  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      operation = passTime(operation, now());
      if (saysNothingWasSent(operation)) await lookForHiddenAttempts();
      if (isSettled(operation)) {
        // What comes while somebody is still being answered may open it again. Nothing is shown as its end that is not yet stored.
        await condition(() => allHandlersFinished() || !isSettled(operation));
        if (!isSettled(operation) || !allHandlersFinished()) continue;
        show();
        return toReport(operation);
      }
      show();
      const agenda = agendaOf(operation, now());
      if (run.isTooLong()) {
        // Only between activities: what is under way ends first, and its result goes along.
        isHandingOver = true;
        attempt?.cancel();
        await lookForHiddenAttempts();
        await condition(() => underWay.size === 0 && allHandlersFinished());
        if (isSettled(operation)) continue;
        await continueAsNew<typeof tokenOperation>({ ...input, request, startedAt, operation });
      }
      if (agenda.stopSending) attempt?.cancel();
      if (agenda.send) send();
      if (agenda.read) begin(read());
      await untilSomethingIsDue(() => operation, run);
    }
  });
}

/** Waits for the instant that the operation waits for, or until an arrival changes what is to be done. */
async function untilSomethingIsDue(present: () => Operation, run: RunLength): Promise<void> {
  const before = agendaOf(present(), now());
  const shown = toReport(present());
  const isDue = (): boolean => {
    const operation = present();
    const agenda = agendaOf(operation, now());
    const report = toReport(operation);
    return (
      isSettled(operation) ||
      (agenda.send && !before.send) ||
      (agenda.read && !before.read) ||
      (agenda.stopSending && !before.stopSending) ||
      agenda.wake?.at !== before.wake?.at ||
      report.status !== shown.status ||
      report.attention !== shown.attention
    );
  };
  await untilDue(before.wake, { version: present, isDue, run });
}
