import { continueAsNew, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import {
  beginCardSending,
  beginLostSending,
  evolveSending,
  sendingAgendaOf,
  toDispatch,
  toSenderReport,
  toSendingDetails,
  type CardSending,
  type SendingEffect,
  type SendingEvent,
} from '../src/domain/card/request.js';
import type { Dispatch } from '../src/domain/operation/dispatch.js';
import type { CardRequest, SenderReport } from '../src/domain/card/index.js';
import { attemptAtHub, whetherReset } from './hub-calls.js';
import { createDriver, type Display, type Effects, type Machine } from './run-agenda.js';
import { temporalRuntime, uncancelled } from './runtime.js';

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
  const { request, dispatch, hubTimeoutMs, startedAt } = input;
  const isOfThisOperation = workflowInfo().parent?.runId === input.operationRunId;

  const effects: Effects<CardSending, SendingEvent, SendingEffect> = {
    send: (sending) => {
      const isResend = sending.attempts > 1 || sending.possiblySent;
      return attemptAtHub(sending, { hubTimeoutMs, isResend, startedAt });
    },
    askWhetherReset: () => ({ ended: whetherReset() }),
  };
  const begun = isOfThisOperation ? beginCardSending(request, dispatch) : beginLostSending(request, dispatch);
  const driver = createDriver(begun, {
    machine,
    effects,
    display,
    runtime: temporalRuntime<CardSending>(async (sending) =>
      continueAsNew<typeof cardRequest>({ ...input, dispatch: toDispatch(sending) }),
    ),
  });
  return toSenderReport(await uncancelled(driver.run, () => driver.tell({ kind: 'stop' })));
}

const machine: Machine<CardSending, SendingEvent, SendingEffect> = {
  evolve: evolveSending,
  receive: (sending) => sending,
  agendaOf: sendingAgendaOf,
  isSettled: () => false,
};

const display: Display<CardSending> = {
  isOutdated: () => false,
  show: (sending) => setCurrentDetails(toSendingDetails(sending)),
};
