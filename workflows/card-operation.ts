import { continueAsNew } from '@temporalio/workflow';
import { isHandingOver } from '../src/domain/operation/agenda.js';
import { cardRequestWorkflowId } from '../src/contract/workflow-ids.js';
import {
  attentionOfCard,
  beginCardOperation,
  cardAgendaOf,
  evolveCard,
  fromCompact,
  isFinal,
  purposeOfCardReading,
  recordCardChanges,
  statusOfCard,
  toCompact,
  toCardDetails,
  toCardReport,
  toProgress,
  type CardEffect,
  type CardEvent,
  type CardRequest,
  type CompactCardOperation,
  type CardOperation,
} from '../src/domain/card/index.js';
import type { OperationPolicy, OperationReport } from '../src/domain/report/report.js';
import { attemptTimeoutMs } from './activity-proxies.js';
import { askSenderToStop, startSender } from './card-sender.js';
import { createOperationDisplay, type Standing } from './display.js';
import { fromFirstStart } from './first-start.js';
import { readCard, whetherReset } from './hub-calls.js';
import { createDriver, type Effects, type Machine } from './run-agenda.js';
import { temporalRuntime, uncancelled } from './runtime.js';
import { refuseUnlessCardDecision, answerPeople, takeCallbacks } from './listen.js';

export interface CardOperationInput {
  readonly request: CardRequest;
  readonly policy: OperationPolicy;
  /** How long the hub may take for one exchange. */
  readonly hubTimeoutMs: number;
  /** When Temporal started the first run; absent in that one. */
  readonly startedAt?: number;
  /** The state of the run before this one. */
  readonly operation?: CompactCardOperation;
}

/** A stolen phone cannot wait for a hub that does not list its tokens. */
const SNAPSHOT_WITHIN_MS = 2_000;

/**
 * One requested change of all tokens of a card: looks which there are, has a child send the one request, owns its callbacks,
 * and says in the end what became of each token. It always completes with its report; a failed run is a bug of ours
 * (design 5.3).
 */
export async function cardOperation(input: CardOperationInput): Promise<OperationReport> {
  const { policy, hubTimeoutMs } = input;
  const { request, startedAt } = fromFirstStart(input);
  const isFirstRun = input.operation === undefined;

  const effects: Effects<CardOperation, CardEvent, CardEffect> = {
    send: ({ dispatch, senders }) =>
      startSender({ request, dispatch, startedAt, hubTimeoutMs }, { n: senders }),
    read: (operation) => ({ ended: read(purposeOfCardReading(operation)) }),
    askWhetherReset: ({ senders }) => ({ ended: lookForEarlierRun(senders) }),
  };
  const takeSnapshot = async (): Promise<CardEvent> => {
    const purpose = 'its tokens before the change';
    const asked = { withinMs: SNAPSHOT_WITHIN_MS, hubTimeoutMs, purpose };
    return { kind: 'snapshot', reading: await readCard(request, asked) };
  };
  const read = async (purpose: string): Promise<CardEvent> => {
    const asked = { withinMs: 2 * hubTimeoutMs, hubTimeoutMs, purpose };
    return { kind: 'reading', reading: await readCard(request, asked) };
  };
  /** No close policy reaches the child that a run had before it was reset. */
  const lookForEarlierRun = async (senders: number): Promise<CardEvent> => {
    const known = await whetherReset();
    if (known.wasReset) await askSenderToStop(request, senders + 1);
    return known;
  };

  const begun = isFirstRun
    ? beginCardOperation(request, policy, 2 * attemptTimeoutMs(hubTimeoutMs))
    : fromCompact(input.operation);
  const driver = createDriver(begun, {
    machine,
    effects,
    display: createOperationDisplay({
      toReport: toCardReport,
      toDetails: (operation, at) =>
        toCardDetails(operation, at, (n) =>
          cardRequestWorkflowId(request.issuerId, request.correlationId, n),
        ),
      standingOf,
      toProgress,
    }),
    runtime: temporalRuntime<CardOperation>(async (operation) =>
      continueAsNew<typeof cardOperation>({ ...input, request, startedAt, operation: toCompact(operation) }),
    ),
    prepare: isFirstRun ? takeSnapshot : undefined,
  });
  takeCallbacks(driver);
  answerPeople(driver, {
    toReport: toCardReport,
    isSettled: isFinal,
    isReadSince,
    refuseUnlessDecision: refuseUnlessCardDecision,
  });
  const end = await uncancelled(driver.run, () => driver.tell({ kind: 'cancel' }));
  return toCardReport(end);
}

const machine: Machine<CardOperation, CardEvent, CardEffect> = {
  evolve: evolveCard,
  receive: recordCardChanges,
  agendaOf: cardAgendaOf,
  isSettled: isFinal,
};

function standingOf(operation: CardOperation): Standing {
  return { status: statusOfCard(operation), attention: attentionOfCard(operation) };
}

/** When this run hands over, the next one makes the look. */
function isReadSince(operation: CardOperation, instant: number): boolean {
  return (operation.lastReadingAt ?? -1) >= instant || isHandingOver(operation);
}
