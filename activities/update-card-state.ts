import { ApplicationFailure } from '@temporalio/common';
import type { Answer } from '../src/domain/hub/answer.js';
import { goesAheadUnchecked, mayBeOutdated } from '../src/domain/operation/intent.js';
import type { Action } from '../src/domain/hub/token-state.js';
import { toAttemptResult } from '../src/tsh/hub-client.js';
import { tellingOfReset, type AskingRun } from './after-reset.js';
import { createAttemptClock, type AttemptClock } from './attempt-clock.js';
import type { ActivityDependencies } from './dependencies.js';
import { nothingLeft, unexpected } from './failures.js';

/** One request to the hub. Instants are milliseconds since 1970. */
export interface UpdateCardStateRequest extends AskingRun {
  readonly issuerId: string;
  readonly correlationId: string;
  readonly issuerCardRefId: string;
  /** Absent: all tokens of the card. */
  readonly virtualCardId?: string;
  readonly action: Action;
  readonly reasonCode?: number;
  /** When Temporal started the operation, by its own clock, as the hard deadline. */
  readonly startedAt: number;
  /** An attempt was made before, whatever it came to. */
  readonly isResend: boolean;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly hardDeadlineAt: number;
}

/**
 * One attempt at the hub's `updateCardState` (contract 2.1). Safe to repeat: it fails, to be tried again, only while
 * it can prove that nothing left this machine; every other end is a result.
 */
export function createUpdateCardState(dependencies: ActivityDependencies) {
  const { hub, traffic } = dependencies;
  return tellingOfReset(async function updateCardState(request: UpdateCardStateRequest): Promise<Answer> {
    const {
      hardDeadlineAt,
      timeoutMs,
      startedAt,
      isResend,
      originalRunId: _originalRunId,
      ...sent
    } = request;
    const clock = createAttemptClock(dependencies);
    if (await clock.hasPassed(hardDeadlineAt)) return { kind: 'not-sent' };
    const entry = traffic.tryEnter();
    if (!entry.ok) throw nothingLeft(entry.reason, entry.retryInMs);
    let outcome;
    try {
      // Only now, and not before waiting for its turn: what has come meanwhile counts too.
      const stop = mayBeOutdated({ startedAt, isResend }, clock.present())
        ? await reasonNotToSend({ ...dependencies, clock }, request)
        : undefined;
      if (stop !== undefined) {
        entry.done('abandoned');
        return stop;
      }
      outcome = await hub.updateCardState(sent, { timeoutMs });
    } catch (error) {
      entry.done('abandoned');
      throw error instanceof ApplicationFailure ? error : unexpected(error);
    }
    entry.done(toAttemptResult(outcome));
    switch (outcome.kind) {
      case 'answered':
        return outcome.answer;
      case 'unanswered':
        return { kind: 'unanswered' };
      case 'nothing-left':
        throw nothingLeft(outcome.cause);
    }
  });
}

/** Last intent wins (design 5.1). The look-up takes its time, so the hard deadline is looked at again. */
async function reasonNotToSend(
  { findNewerIntent, clock }: Pick<ActivityDependencies, 'findNewerIntent'> & { clock: AttemptClock },
  request: UpdateCardStateRequest,
): Promise<Answer | undefined> {
  const { correlationId, action, hardDeadlineAt, ...where } = request;
  let by: string | undefined;
  try {
    by = await findNewerIntent({ ...where, operationId: correlationId, action });
  } catch {
    if (!goesAheadUnchecked(action)) throw nothingLeft('look-up');
  }
  if (by !== undefined) return { kind: 'superseded', by };
  return (await clock.hasPassed(hardDeadlineAt)) ? { kind: 'not-sent' } : undefined;
}
