import type { Answer } from '../src/domain/answer.js';
import type { Action } from '../src/domain/token-state.js';
import { toAttemptResult } from '../src/tsh/hub-client.js';
import type { ActivityDependencies } from './dependencies.js';
import { nothingLeft, unexpected } from './failures.js';

/** One request to the hub. Instants are milliseconds since 1970. */
export interface UpdateCardStateRequest {
  readonly issuerId: string;
  readonly correlationId: string;
  readonly issuerCardRefId: string;
  /** Absent: all tokens of the card. */
  readonly virtualCardId?: string;
  readonly action: Action;
  readonly reasonCode?: number;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly hardDeadlineAt: number;
}

/**
 * One attempt at the hub's `updateCardState` (contract 2.1). Safe to repeat: it fails, to be tried again, only while
 * it can prove that nothing left this machine; every other end is a result.
 */
export function createUpdateCardState({ hub, traffic, clock }: ActivityDependencies) {
  return async function updateCardState(request: UpdateCardStateRequest): Promise<Answer> {
    const { hardDeadlineAt, timeoutMs, ...sent } = request;
    if (clock() >= hardDeadlineAt) return { kind: 'not-sent' };
    const entry = traffic.tryEnter();
    if (!entry.ok) throw nothingLeft(entry.reason, entry.retryInMs);
    let outcome;
    try {
      outcome = await hub.updateCardState(sent, { timeoutMs });
    } catch (error) {
      entry.done('abandoned');
      throw unexpected(error);
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
  };
}
