import type { ListedToken, Reading } from '../hub/reading.js';
import { isExposed } from '../hub/token-state.js';

/** A complete list of a card's tokens: answered, well formed and not empty (design 5.2). */
export interface CardList {
  has(virtualCardId: string): boolean;
  /** The raw status that a token is listed with. */
  statusOf(virtualCardId: string): string | undefined;
  tokens(): readonly ListedToken[];
  /** Those that can pay, or may be able to. */
  exposed(): readonly string[];
  /** The same list as far as one token is concerned: itself, or that there are others. */
  about(virtualCardId: string): Reading;
}

/** The list that a reading brought back; undefined when it proves nothing. */
export function toCardList(reading: Reading): CardList | undefined {
  if (reading.kind === 'failed' || reading.tokens.length === 0) return undefined;
  const { tokens } = reading;
  const byId = new Map(tokens.map((token) => [token.virtualCardId, token]));
  const others: Reading = { kind: 'listed', tokens: tokens.slice(0, 1) };
  return {
    has: (virtualCardId) => byId.has(virtualCardId),
    statusOf: (virtualCardId) => byId.get(virtualCardId)?.status,
    tokens: () => tokens,
    exposed: () => tokens.filter(({ status }) => isExposed(status)).map(({ virtualCardId }) => virtualCardId),
    about: (virtualCardId) => {
      const token = byId.get(virtualCardId);
      return token === undefined ? others : { kind: 'listed', tokens: [token] };
    },
  };
}

/** Whether the hub answered with a list that is well formed and empty: the reference may be wrong. */
export function isEmptyList(reading: Reading): boolean {
  return reading.kind === 'listed' && reading.tokens.length === 0;
}
