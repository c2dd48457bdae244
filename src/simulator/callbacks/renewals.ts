import { randomUUID } from 'node:crypto';
import { type Attempts } from '../hub/attempts.js';
import { type Clock } from './clock.js';
import { type Operations } from '../hub/operations.js';
import { planRenewal } from '../plan/planner.js';
import { type Card, type PendingOperation, cardKey } from '../cards/state.js';
import { type SimulatorSettings } from '../settings.js';
import { type Store } from '../cards/store.js';
import { type Token, changeToken } from '../cards/tokens.js';

/** The renewals that the TSP starts by itself (contract 8, S2): no request of an issuer announces them. */
export interface Renewals {
  /** Begins the renewal of a card's tokens. Nothing is stored yet: wait for that before it is told. */
  renew(card: Card, wanted?: WantedRenewal): CardRenewal;
  /** The same for every token whose instant has come by the hub's clock: one renewal for each card. */
  renewDue(): CardRenewal[];
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

export function createRenewals(dependencies: {
  store: Store;
  clock: Clock;
  operations: Operations;
  attempts: Attempts;
  settings: SimulatorSettings;
}): Renewals {
  const { store, clock, operations, attempts, settings } = dependencies;

  function begin(card: Card, { virtualCardId }: Token, correlationId: string): PendingOperation {
    const { issuerId, issuerCardRefId } = card;
    const address = { issuerId, issuerCardRefId, virtualCardId };
    const renewal = { correlationId, action: 'RENEW' as const };
    const { seeding } = attempts.note(address, renewal);
    return attempts.takeOn(address, renewal, planRenewal({ correlationId, virtualCardId, seeding }));
  }

  /** Now, and not at the end: a renewal that fails, or of which nothing comes, must not be due at once again. */
  function moveOn(card: Card, renewing: Set<Token>): void {
    const renewsAt = new Date(clock.now() + settings.renewalPeriodMs).toISOString();
    const isMoved = (token: Token): boolean => renewing.has(token) && token.renewsAt !== undefined;
    if (!card.tokens.some(isMoved)) return;
    const tokens = card.tokens.map((token) => (isMoved(token) ? { ...token, renewsAt } : token));
    store.change(({ cards }) => cards.set(cardKey(card.issuerId, card.issuerCardRefId), { ...card, tokens }));
  }

  function renew(card: Card, wanted: WantedRenewal = {}): CardRenewal {
    const { issuerId, issuerCardRefId } = card;
    const { virtualCardIds, correlationId = `renewal-${randomUUID()}` } = wanted;
    const names = new Set(virtualCardIds ?? namesOf(card.tokens));
    const meant = card.tokens.filter(({ virtualCardId }) => names.has(virtualCardId));
    const renewing = meant.filter(isRenewable);
    operations.begin(renewing.map((token) => begin(card, token, correlationId)));
    moveOn(card, new Set(renewing));
    return {
      correlationId,
      issuerId,
      issuerCardRefId,
      renewing: namesOf(renewing),
      leftOut: namesOf(meant.filter((token) => !isRenewable(token))),
    };
  }

  return {
    renew,
    renewDue() {
      const now = clock.now();
      return [...store.state.cards.values()].flatMap((card) => {
        const due = card.tokens.filter((token) => isDue(token, now));
        return due.length === 0 ? [] : [renew(card, { virtualCardIds: namesOf(due) })];
      });
    },
  };
}

/** A token that cannot be renewed stays due until it can. */
function isDue(token: Token, now: number): boolean {
  return token.renewsAt !== undefined && Date.parse(token.renewsAt) <= now && isRenewable(token);
}

function isRenewable(token: Token): boolean {
  return changeToken(token, 'RENEW', 'ISSUER').kind === 'changed';
}

function namesOf(tokens: readonly Token[]): string[] {
  return tokens.map(({ virtualCardId }) => virtualCardId);
}
