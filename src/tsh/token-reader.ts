import { randomUUID } from 'node:crypto';

import type { CardTokens, TokenReader } from '../application/token-reader.js';
import { categoryOf, isCardUnknown, isWorthSendingAgain } from '../domain/hub/hub-errors.js';
import { isStatusWorthSendingAgain } from './assumptions.js';
import { toAttemptResult, type CardInfoReading, type HubClient } from './hub-client.js';
import type { Traffic } from './traffic.js';

/** Looks for callers of the API, on the same way to the hub as all operations of this process: nobody waits in a queue. */
export function createTokenReader({
  hub,
  traffic,
}: {
  readonly hub: Pick<HubClient, 'getCardInfo'>;
  readonly traffic: Traffic;
}): TokenReader {
  return {
    async listTokens({ issuerId, issuerCardRefId }, signal) {
      const entry = traffic.tryEnter();
      if (!entry.ok) {
        const cause = entry.reason === 'rate' ? 'RATE_USED_UP' : 'CIRCUIT_OPEN';
        return { kind: 'unavailable', cause, retryInMs: entry.retryInMs };
      }
      try {
        // No operation's id: no callback belongs to a look.
        const asked = { issuerId, issuerCardRefId, correlationId: randomUUID() };
        const reading = await hub.getCardInfo(asked, { signal });
        entry.done(toAttemptResult(reading));
        return toCardTokens(reading);
      } finally {
        entry.done('abandoned');
      }
    },
  };
}

function toCardTokens(reading: CardInfoReading): CardTokens {
  if (reading.kind === 'listed') return { kind: 'listed', tokens: reading.tokens };
  const { cause, httpStatus, errorCode } = reading;
  const isAnswer = httpStatus !== undefined && !isStatusWorthSendingAgain(httpStatus);
  // Anything else under 2xx is nonsense, and no refusal; a refusal of the hub's own has a code.
  const isRefusal = isAnswer && (httpStatus >= 400 || cause === 'ERROR_CODE');
  if (!isRefusal || errorCode === undefined) return { kind: 'unavailable', cause };
  if (isCardUnknown(errorCode)) return { kind: 'unknown-card' };
  const isOpen = isWorthSendingAgain(errorCode) || categoryOf(errorCode) === 'proves-nothing';
  return isOpen ? { kind: 'unavailable', cause } : { kind: 'refused', httpStatus, errorCode };
}
