import { randomUUID } from 'node:crypto';
import { type Attempts } from './attempts.js';
import { type Operations } from './operations.js';
import { planRenewal } from './planner.js';
import { type Card, type PendingOperation } from './state.js';
import { type Token, changeToken } from './tokens.js';

/** The renewals that the TSP starts by itself (contract 8, S2): no request of an issuer announces them. */
export interface Renewals {
  /** Begins the renewal of a card's tokens. Nothing is stored yet: wait for that before it is told. */
  renew(card: Card, wanted?: WantedRenewal): CardRenewal;
}

export interface WantedRenewal {
  /** Absent: all tokens of the card. */
  virtualCardIds?: readonly string[] | undefined;
  /** Absent: a fresh one, which all tokens of this renewal share. */
  correlationId?: string | undefined;
}

export interface CardRenewal {
  correlationId: string;
  issuerId: string;
  issuerCardRefId: string;
  /** The tokens whose renewal has begun. What becomes of each is as planned. */
  renewing: string[];
  /** Those whose state allows no renewal. They are not heard of. */
  leftOut: string[];
}

export function createRenewals(dependencies: { operations: Operations; attempts: Attempts }): Renewals {
  const { operations, attempts } = dependencies;

  function begin(card: Card, { virtualCardId }: Token, correlationId: string): PendingOperation {
    const { issuerId, issuerCardRefId } = card;
    const address = { issuerId, issuerCardRefId, virtualCardId };
    const renewal = { correlationId, action: 'RENEW' as const };
    const { seeding } = attempts.note(address, renewal);
    return attempts.takeOn(address, renewal, planRenewal({ correlationId, virtualCardId, seeding }));
  }

  return {
    renew(card, { virtualCardIds, correlationId = `renewal-${randomUUID()}` } = {}) {
      const { issuerId, issuerCardRefId } = card;
      const wanted = new Set(virtualCardIds ?? namesOf(card.tokens));
      const meant = card.tokens.filter(({ virtualCardId }) => wanted.has(virtualCardId));
      const renewing = meant.filter(isRenewable);
      operations.begin(renewing.map((token) => begin(card, token, correlationId)));
      return {
        correlationId,
        issuerId,
        issuerCardRefId,
        renewing: namesOf(renewing),
        leftOut: namesOf(meant.filter((token) => !isRenewable(token))),
      };
    },
  };
}

function isRenewable(token: Token): boolean {
  return changeToken(token, 'RENEW', 'ISSUER').kind === 'changed';
}

function namesOf(tokens: readonly Token[]): string[] {
  return tokens.map(({ virtualCardId }) => virtualCardId);
}
