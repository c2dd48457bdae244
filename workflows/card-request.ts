import {
  CancellationScope,
  condition,
  continueAsNew,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import {
  beginCardSending,
  cardAgendaOf,
  passCardTime,
  recordCardAnswer,
  recordCardReset,
  recordOperationReset,
  saysNothingWasSent,
  stopCardSending,
  toSenderReport,
  toSendingDetails,
  type CardSending,
} from '../src/domain/card-request.js';
import { beginSending, type Dispatch } from '../src/domain/dispatch.js';
import type { CardRequest, SenderReport } from '../src/domain/fan-out/index.js';
import { chance, now } from './clock.js';
import { conditionUntil } from './condition-until.js';
import { isOfResetRun, sendRequest } from './hub-calls.js';

export interface CardRequestInput {
  readonly request: CardRequest;
  /** How long the hub may take for one exchange. */
  readonly hubTimeoutMs: number;
  /** When Temporal started the first run of the operation. */
  readonly startedAt: number;
  /** How far an earlier child, or an earlier run, has come. */
  readonly dispatch?: Dispatch | undefined;
  /** The run of the operation that starts this one, by the id that it began its history with. */
  readonly operationRunId: string;
}

/**
 * Sends the one request for all tokens of a card, until the hub has answered or the operation wants no further attempt, and
 * returns how that ended. It owns no callbacks, and completes also when it is cancelled (design 5.3).
 */
export async function cardRequest(input: CardRequestInput): Promise<SenderReport> {
  const { request, hubTimeoutMs, startedAt } = input;
  let sending = beginCardSending(request, input.dispatch);
  let attempt: CancellationScope | undefined;

  const stop = (): void => {
    sending = stopCardSending(sending);
  };
  const scope = CancellationScope.current();
  // A cancellation that came before the first task is no event that could be waited for.
  if (scope.consideredCancelled) stop();
  else scope.cancelRequested.catch(stop);

  const send = (): void => {
    const isResend = sending.attempts > 0 || sending.possiblySent;
    sending = beginSending(sending, now());
    attempt = new CancellationScope();
    const answered = attempt.run(async () => sendRequest(sending, { hubTimeoutMs, isResend, startedAt }));
    void answered.then((answer) => {
      attempt = undefined;
      sending = recordCardAnswer(sending, answer, { now: now(), chance: chance() });
    });
  };

  const present = (): CardSending => sending;

  return CancellationScope.nonCancellable(async () => {
    if (workflowInfo().parent?.runId !== input.operationRunId) sending = recordOperationReset(sending);
    for (;;) {
      sending = passCardTime(sending, now());
      if (saysNothingWasSent(sending) && (await isOfResetRun())) sending = recordCardReset(sending);
      setCurrentDetails(toSendingDetails(sending));
      const report = toSenderReport(sending);
      if (report !== undefined) return report;
      if (workflowInfo().continueAsNewSuggested) {
        attempt?.cancel();
        await condition(() => attempt === undefined);
        if (toSenderReport(present()) !== undefined) continue;
        const { request: _request, isStopped: _isStopped, result: _result, ...dispatch } = present();
        await continueAsNew<typeof cardRequest>({ ...input, dispatch });
      }
      const agenda = cardAgendaOf(sending, now());
      if (agenda.stopSending) attempt?.cancel();
      if (agenda.send) send();
      const before = present();
      const { wake } = cardAgendaOf(before, now());
      await conditionUntil(wake, () => present() !== before);
    }
  });
}
