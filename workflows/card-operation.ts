import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import {
  beginCardOperation,
  cardAgendaOf,
  mergeReports,
  passCardTime,
  recordCardAnswer,
  recordCardCancellation,
  recordCardReset,
  recordResultTold,
  recordStanding,
  saysNothingWasSent,
  takeOver,
  toCardDetails,
  toCardReport,
  toReportOfTakenId,
  toReportWithoutFanOut,
  type CardOperation,
} from '../src/domain/card-operation/index.js';
import { beginSending } from '../src/domain/dispatch.js';
import type { CardRequest } from '../src/domain/fan-out/index.js';
import { isEndedBy, type Decision } from '../src/domain/operation/index.js';
import { lastRemark, withRequest, type Remark } from '../src/domain/remark.js';
import type { OperationPolicy, OperationReport } from '../src/domain/report.js';
import { chance, now } from './clock.js';
import { conditionUntil } from './condition-until.js';
import { fromFirstStart } from './first-start.js';
import { linkToFanOut, startFanOut, type FanOutLink } from './fan-out-link.js';
import { isStanding, refuseUnlessCardDecision, refuseUnlessRemark, sayEnded } from './guards.js';
import { isOfResetRun, readCard, sendRequest } from './hub-calls.js';
import {
  cancelRequestedSignal,
  cancelUpdate,
  decisionMadeSignal,
  fanOutChangedSignal,
  readRequestedSignal,
  readUpdate,
  reportQuery,
  resolveUpdate,
  sendingEndedSignal,
} from './messages.js';
import { createRunLength } from './run-length.js';
import { toSearchAttributes, writeSearchAttributes } from './search-attributes.js';
import { tellFanOut } from './tell.js';

export interface CardOperationInput {
  readonly request: CardRequest;
  readonly policy: OperationPolicy;
  /** How long the hub may take for one exchange. */
  readonly hubTimeoutMs: number;
  /** What a repeated request is compared by: whose fan-out is ours. */
  readonly fingerprint: string;
  /** When Temporal started the first run; absent in that one. */
  readonly startedAt?: number;
  /** The state of the run before this one. */
  readonly operation?: CardOperation;
}

/** A stolen phone cannot wait for a hub that does not list its tokens. */
const SNAPSHOT_WITHIN_MS = 2_000;

/**
 * One requested change of all tokens of a card: looks which there are, has the fan-out listen, sends the one request, and
 * returns what the fan-out reports. It always completes with that; a failed run is a bug of ours (design 5.3).
 */
export async function cardOperation(input: CardOperationInput): Promise<OperationReport> {
  const { policy, hubTimeoutMs, fingerprint } = input;
  const { request, startedAt } = fromFirstStart(input);
  let operation = input.operation ?? beginCardOperation(request);
  let ended: { report: OperationReport | undefined } | undefined;
  const run = createRunLength();
  let attempt: CancellationScope | undefined;
  let isListening = false;
  let isHandingOver = false;
  const underWay = new Set<Promise<void>>();

  const begin = (work: Promise<void>): void => {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  };
  const reportNow = (): OperationReport => {
    const own = toCardReport(operation);
    return ended?.report === undefined ? own : mergeReports(own, ended.report);
  };
  const tellCancelled = (remark: Remark): void => begin(tellFanOut(request, cancelRequestedSignal, remark));
  const cancel = (remark?: Remark): void => {
    operation = withRequest(recordCardCancellation(operation, now()), { kind: 'cancel', remark }, now());
    // One that does not listen yet is told when it does.
    if (isListening && ended === undefined) tellCancelled(remark ?? {});
  };
  /** A person's wish that the fan-out carries out; what is not carried out by the end of this run is for the next one to ask. */
  const untilCarriedOut = async (ask: () => Promise<void>, isDone: () => boolean): Promise<OperationReport> =>
    CancellationScope.nonCancellable(async () => {
      await condition(() => isListening || ended !== undefined || isHandingOver);
      if (isListening && ended === undefined) await ask();
      await condition(() => isDone() || ended !== undefined || isHandingOver);
      return reportNow();
    });

  setHandler(fanOutChangedSignal, (standing) => {
    run.noteSignal();
    if (!isStanding(standing)) return;
    operation = recordStanding(operation, standing, now());
  });
  setHandler(reportQuery, reportNow);
  setHandler(
    cancelUpdate,
    (remark) => {
      cancel(remark);
      return reportNow();
    },
    {
      validator: (remark) => {
        refuseUnlessRemark(remark);
        if (ended !== undefined) sayEnded();
      },
    },
  );
  setHandler(
    resolveUpdate,
    async (decision) => {
      const report = await untilCarriedOut(
        async () => tellFanOut(request, decisionMadeSignal, decision),
        () => false,
      );
      // The fan-out had ended before it was told: the decision belongs to what came late.
      if (ended !== undefined && !isDecided(ended.report, decision)) sayEnded();
      return report;
    },
    {
      validator: (decision) => {
        refuseUnlessCardDecision(decision);
        if (ended !== undefined) sayEnded();
      },
    },
  );
  setHandler(
    readUpdate,
    async (remark) => {
      const askedAt = now();
      operation = withRequest(operation, { kind: 'read', remark }, askedAt);
      const isAnswered = (): boolean => (operation.told?.lastReadingAt ?? -1) >= askedAt;
      const ask = async (): Promise<void> => tellFanOut(request, readRequestedSignal, remark ?? {});
      const report = await untilCarriedOut(ask, isAnswered);
      // The fan-out had ended before it was told: the look belongs to what came late.
      if (ended !== undefined && !isAnswered()) sayEnded();
      return report;
    },
    {
      validator: (remark) => {
        refuseUnlessRemark(remark);
        if (ended !== undefined) sayEnded();
      },
    },
  );
  // Cancelling the workflow is a person's wish like the API's cancel.
  CancellationScope.current().cancelRequested.catch(() => cancel());

  const send = (): void => {
    const isResend = operation.attempts > 0;
    operation = beginSending(operation, now());
    attempt = new CancellationScope();
    const answered = attempt.run(async () => sendRequest(operation, { hubTimeoutMs, isResend, startedAt }));
    begin(
      answered.then((answer) => {
        attempt = undefined;
        operation = recordCardAnswer(operation, answer, { now: now(), chance: chance() });
      }),
    );
  };

  const tellResult = (): void => {
    if (operation.result === undefined) return;
    operation = recordResultTold(operation);
    begin(tell());
  };
  const tell = async (): Promise<void> => {
    if (saysNothingWasSent(operation)) await lookForHiddenAttempts();
    if (operation.result !== undefined) await tellFanOut(request, sendingEndedSignal, operation.result);
  };
  /** A run that was reset does not know all that was sent: asked before it is said, or handed on, that nothing was. */
  const lookForHiddenAttempts = async (): Promise<void> => {
    if (operation.possiblySent || !(await isOfResetRun())) return;
    operation = recordCardReset(operation);
  };

  const listen = async (): Promise<FanOutLink | undefined> => {
    if (input.operation !== undefined) return linkToFanOut(request, { fingerprint });
    const snapshot = await readCard(request, {
      withinMs: SNAPSHOT_WITHIN_MS,
      hubTimeoutMs,
      purpose: 'its tokens before the change',
    });
    return startFanOut({ request, policy, hubTimeoutMs, snapshot }, { fingerprint });
  };

  // Asked anew each time: the compiler believes that it cannot change in a wait.
  const hasEnded = (): boolean => ended !== undefined;
  const isNothingUnderWay = (): boolean => underWay.size === 0 && allHandlersFinished();
  const reportAtTheEnd = (): OperationReport =>
    ended?.report === undefined ? toReportWithoutFanOut(operation, now()) : reportNow();

  return CancellationScope.nonCancellable(async () => {
    const fanOut = await listen();
    if (fanOut === undefined) {
      ended = { report: toReportOfTakenId(operation, now()) };
    } else {
      isListening = true;
      // A wish that came before anybody listened is told now.
      if (operation.cancelled) tellCancelled(lastRemark(operation, 'cancel'));
      void fanOut.ended.then((report) => {
        ended = { report };
      });
      if (fanOut.found?.kind === 'ended') ended = { report: fanOut.found.report };
      if (fanOut.found?.kind === 'running') operation = takeOver(operation, fanOut.found.standing, now());
    }

    for (;;) {
      if (ended !== undefined) {
        attempt?.cancel();
        await condition(isNothingUnderWay);
        if (!isNothingUnderWay()) continue;
        const report = reportAtTheEnd();
        show(operation, report);
        return report;
      }
      operation = passCardTime(operation, now());
      show(operation, toCardReport(operation));
      const agenda = cardAgendaOf(operation, now());
      if (run.isTooLong()) {
        // Only between activities: what is under way ends first, and its result goes along.
        isHandingOver = true;
        attempt?.cancel();
        await lookForHiddenAttempts();
        await condition(isNothingUnderWay);
        if (hasEnded()) continue;
        await continueAsNew<typeof cardOperation>({ ...input, request, startedAt, operation });
      }
      if (agenda.stopSending) attempt?.cancel();
      if (agenda.send) send();
      if (agenda.tellResult) tellResult();
      const before = cardAgendaOf(operation, now());
      const shown = operation.told;
      await conditionUntil(before.wake, () => {
        const agendaNow = cardAgendaOf(operation, now());
        return (
          ended !== undefined ||
          run.isTooLong() ||
          operation.told !== shown ||
          (agendaNow.send && !before.send) ||
          (agendaNow.stopSending && !before.stopSending) ||
          agendaNow.tellResult ||
          agendaNow.wake?.at !== before.wake?.at
        );
      });
    }
  });
}

function isDecided(report: OperationReport | undefined, decision: Decision): boolean {
  return report !== undefined && isEndedBy(report, decision);
}

/** What a person sees of it in the Temporal UI, also without a worker. */
function show(operation: CardOperation, report: OperationReport): void {
  writeSearchAttributes(toSearchAttributes(report));
  const progress = operation.told?.progress;
  if (progress !== undefined && workflowInfo().memo?.['progress'] !== progress) upsertMemo({ progress });
  setCurrentDetails(toCardDetails(operation, report));
}
