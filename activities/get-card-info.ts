import type { ListedToken, Reading } from '../src/domain/hub/reading.js';
import { toKeptReference } from '../src/references/card-numbers.js';
import { toAttemptResult } from '../src/tsh/hub-client.js';
import type { ActivityDependencies } from './dependencies.js';
import { nothingLeft, unexpected } from './failures.js';

export interface GetCardInfoRequest {
  readonly issuerId: string;
  readonly correlationId: string;
  readonly issuerCardRefId: string;
  /** The token that is looked for. Absent: all tokens of the card. */
  readonly virtualCardId?: string;
  readonly timeoutMs: number;
}

/** One look at the hub's `getCardInfo` (contract 2.3). It changes nothing, so it may be repeated at will. */
export function createGetCardInfo({ hub, traffic, numericReferences }: ActivityDependencies) {
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
    if (virtualCardId !== undefined) return { kind: 'listed', tokens: keepOf(reading.tokens, virtualCardId) };
    // Half a list would say of the other half that it is gone.
    if (reading.tokens.length > MOST_TOKENS) return { kind: 'failed' };
    return { kind: 'listed', tokens: reading.tokens.map((token) => toKept(token, numericReferences)) };
  };
}

/** So many tokens, with the longest references, fit into one message of Temporal's. */
const MOST_TOKENS = 2_500;

const ANOTHER_TOKEN = '(another token)';

/**
 * The history needs the token that was asked for; of the others only that there are any. Their references stay out of
 * it: the hub is free to use ones that look like card numbers (I6).
 */
function keepOf(tokens: readonly ListedToken[], virtualCardId: string): readonly ListedToken[] {
  const asked = tokens.filter((token) => token.virtualCardId === virtualCardId);
  if (asked.length > 0) return asked.map(withoutDevice);
  return tokens.slice(0, 1).map(({ status }) => ({ virtualCardId: ANOTHER_TOKEN, status }));
}

/** People's names for their devices are for those who ask now, not for a history. */
function withoutDevice({ virtualCardId, status, walletProviderId }: ListedToken): ListedToken {
  return { virtualCardId, status, ...(walletProviderId !== undefined && { walletProviderId }) };
}

/** A token of a whole card, under the reference that a callback about it is stored under (I6). */
function toKept(
  { virtualCardId, status }: ListedToken,
  numericReferences: ActivityDependencies['numericReferences'],
): ListedToken {
  return { virtualCardId: toKeptReference(virtualCardId, numericReferences), status };
}
