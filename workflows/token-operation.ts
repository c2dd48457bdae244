import { continueAsNew } from '@temporalio/workflow';
import { forNextRun, isHandingOver } from '../src/domain/operation/agenda.js';
import {
  agendaOf,
  attentionOf,
  beginOperation,
  evolve,
  isSettled,
  purposeOfReading,
  statusOf,
  toDetails,
  toReport,
  type Operation,
  type TokenEffect,
  type TokenEvent,
  type TokenRequest,
} from '../src/domain/token/index.js';
import type { OperationPolicy, OperationReport } from '../src/domain/report/report.js';
import { createOperationDisplay, type Standing } from './display.js';
import { fromFirstStart } from './first-start.js';
import { attemptAtHub, readCard, whetherReset } from './hub-calls.js';
import { createDriver, type Effects, type Machine } from './run-agenda.js';
import { temporalRuntime, uncancelled } from './runtime.js';
import { refuseUnlessDecision, answerPeople, takeCallbacks } from './listen.js';

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

  const effects: Effects<Operation, TokenEvent, TokenEffect> = {
    sight: () => ({ ended: sight() }),
    send: (operation) =>
      attemptAtHub(operation, { hubTimeoutMs, isResend: operation.attempts > 1, startedAt }),
    read: (operation) => ({ ended: read(purposeOfReading(operation)) }),
    askWhetherReset: () => ({ ended: whetherReset() }),
  };
  const sight = async (): Promise<TokenEvent> => {
    const purpose = 'is it there before the deletion?';
    const asked = { withinMs: FIRST_SIGHTING_WITHIN_MS, hubTimeoutMs, purpose };
    return { kind: 'sighting', reading: await readCard(request, asked) };
  };
  const read = async (purpose: string): Promise<TokenEvent> => {
    const asked = { withinMs: 2 * hubTimeoutMs, hubTimeoutMs, purpose };
    return { kind: 'reading', reading: await readCard(request, asked) };
  };

  const driver = createDriver(input.operation ?? beginOperation(request, policy), {
    machine,
    effects,
    display: createOperationDisplay({ toReport, toDetails, standingOf }),
    runtime: temporalRuntime<Operation>(async (operation) =>
      continueAsNew<typeof tokenOperation>({
        ...input,
        request,
        startedAt,
        operation: forNextRun(operation),
      }),
    ),
  });
  takeCallbacks(driver);
  answerPeople(driver, { toReport, isSettled, isReadSince, refuseUnlessDecision });
  const end = await uncancelled(driver.run, () => driver.tell({ kind: 'cancel' }));
  return toReport(end);
}

const machine: Machine<Operation, TokenEvent, TokenEffect> = {
  evolve,
  receive: (operation, arrivals) =>
    arrivals.reduce((known, { change, at }) => evolve(known, { kind: 'callback', change }, at), operation),
  agendaOf,
  isSettled,
};

function standingOf(operation: Operation): Standing {
  return { status: statusOf(operation), attention: attentionOf(operation) };
}

/** When this run hands over, the next one makes the look. */
function isReadSince(operation: Operation, instant: number): boolean {
  return (operation.lastReadingAt ?? -1) >= instant || isHandingOver(operation);
}
