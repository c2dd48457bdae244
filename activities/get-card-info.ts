import type { Reading } from '../src/domain/reading.js';
import { toAttemptResult } from '../src/tsh/hub-client.js';
import type { ActivityDependencies } from './dependencies.js';
import { nothingLeft, unexpected } from './failures.js';

export interface GetCardInfoRequest {
  readonly issuerId: string;
  readonly correlationId: string;
  readonly issuerCardRefId: string;
  /** The token that is looked for. */
  readonly virtualCardId: string;
  readonly timeoutMs: number;
}

/** One look at the hub's `getCardInfo` (contract 2.3). It changes nothing, so it may be repeated at will. */
export function createGetCardInfo({ hub, traffic }: ActivityDependencies) {
  return async function getCardInfo(request: GetCardInfoRequest): Promise<Reading> {
    const { timeoutMs, virtualCardId, ...asked } = request;
    const entry = traffic.tryEnter();
    if (!entry.ok) {
      // A full second passes quickly; an open circuit is the hub's failure to answer.
      if (entry.reason === 'rate') throw nothingLeft(entry.reason, entry.retryInMs);
      return { kind: 'failed' };
    }
    let reading;
    try {
      reading = await hub.getCardInfo(asked, { timeoutMs });
    } catch (error) {
      entry.done('abandoned');
      throw unexpected(error);
    }
    entry.done(toAttemptResult(reading));
    if (reading.kind === 'failed') return { kind: 'failed' };
    return { kind: 'listed', tokens: keepOf(reading.tokens, virtualCardId) };
  };
}

type Listed = Extract<Reading, { kind: 'listed' }>['tokens'];

const ANOTHER_TOKEN = '(another token)';

/**
 * The history needs the token that was asked for; of the others only that there are any. Their references stay out of
 * it: the hub is free to use ones that look like card numbers (I6).
 */
function keepOf(tokens: Listed, virtualCardId: string): Listed {
  const asked = tokens.filter((token) => token.virtualCardId === virtualCardId);
  if (asked.length > 0) return asked;
  return tokens.slice(0, 1).map(({ status }) => ({ virtualCardId: ANOTHER_TOKEN, status }));
}
