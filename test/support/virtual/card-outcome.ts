import type { VirtualCardChange } from '../../../src/domain/hub/change.js';
import { toCardReport, type CardOperation, type SendingResult } from '../../../src/domain/card/index.js';
import type { Reading } from '../../../src/domain/hub/reading.js';
import { aCardList, aChange, aCardOperation, FAILED_READING } from '../builders.js';
import { runCardOperation, type CardScript } from './run-card.js';
import type { TimedChange } from './run-operation.js';

/** Two tokens that can pay. */
export const TWO_ACTIVE = aCardList({ 'token-1': 'RESUMED', 'token-2': 'RESUMED' });
export const TWO_SUSPENDED = aCardList({ 'token-1': 'SUSPENDED', 'token-2': 'SUSPENDED' });

/** Both of them report success one second after the request. */
export const BOTH_DONE: readonly TimedChange[] = [word('token-1', 1_000), word('token-2', 1_000)];

export function accepted(at = 0): CardScript['sendingEnded'] {
  return [{ at, result: { kind: 'accepted', at } }];
}

export function sendingEnds(at: number, result: SendingResult): CardScript['sendingEnded'] {
  return [{ at, result }];
}

export function word(
  virtualCardId: string,
  at: number,
  overrides: Partial<VirtualCardChange> = {},
): TimedChange {
  return { at, change: aChange({ virtualCardId, ...overrides }) };
}

/** Looks show these in turn, by the instants from which on they do. */
export function cardOverTime(...shown: readonly (readonly [from: number, reading: Reading])[]) {
  return (now: number): Reading => shown.findLast(([from]) => from <= now)?.[1] ?? FAILED_READING;
}

/**
 * Runs an operation on all tokens of a card, by default a SUSPEND of two active ones that the hub accepts at once, and reports
 * how it ended; `results` says result and evidence of each token.
 */
export function cardOutcome(script: Partial<CardScript>, operation: CardOperation = aCardOperation()) {
  const run = runCardOperation(operation, {
    snapshot: TWO_ACTIVE,
    sendingEnded: accepted() ?? [],
    ...script,
  });
  const report = toCardReport(run.operation);
  const results = Object.fromEntries(
    report.outcomes.map(({ virtualCardId, result, evidence, errorCode }) => [
      virtualCardId,
      [result, evidence, ...(errorCode === undefined ? [] : [errorCode])].join(' '),
    ]),
  );
  const { status, evidence, errorCode, attention, provisional, effectiveStatus, exposed } = report;
  return {
    ...run,
    report,
    results,
    status,
    evidence,
    errorCode,
    attention,
    provisional,
    effectiveStatus,
    exposed,
  };
}
