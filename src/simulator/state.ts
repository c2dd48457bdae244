import { type CallbackPlan, type PlannedEffect, type UpdateAction } from './plan.js';
import { type Suspender, type Token, type TokenStatus } from './tokens.js';

/** A funding card and the tokens behind it. */
export interface Card {
  issuerId: string;
  issuerCardRefId: string;
  tokens: Token[];
}

/** Where a token is. `virtualCardId` alone would do at the real hub; test data may repeat it. */
export interface TokenAddress {
  issuerId: string;
  issuerCardRefId: string;
  virtualCardId: string;
}

/** A request that was taken on and has not had its effect yet. A token has at most one. */
export interface PendingOperation extends TokenAddress {
  id: string;
  correlationId: string;
  action: UpdateAction;
  effect: PlannedEffect;
  callbacks: CallbackPlan[];
  dueAt: number;
}

/** The body of `notifyVirtualCardChange` (contract 5.1). */
export interface CallbackBody {
  issuerCardRefId: string;
  virtualCardId: string;
  walletProviderId: string;
  isPrimary: boolean;
  tokenStorageId: string;
  action: string;
  source: string;
  errorCode?: number | string;
  [unannounced: string]: unknown;
}

/** Callbacks of one operation that are not delivered yet, sent one after the other. */
export interface Delivery {
  id: string;
  issuerId: string;
  correlationId: string;
  /** Never empty; the first is the one that is being sent. */
  messages: { afterMs: number; body: CallbackBody }[];
  /** Of the first message. */
  attempts: number;
  /** When the first message was due for the first time. */
  firstDueAt: number;
  dueAt: number;
}

/** One change of state at a token: what "exactly once" is checked against. */
export interface Effect extends TokenAddress {
  at: string;
  correlationId: string;
  action: string;
  source: string;
  from: TokenStatus;
  to: TokenStatus;
  /** Those that hold a suspension afterwards. */
  suspenders: Suspender[];
}

/** Everything that survives a restart. */
export interface HubState {
  cards: Map<string, Card>;
  operations: Map<string, PendingOperation>;
  deliveries: Map<string, Delivery>;
  effects: Effect[];
}

const stateVersion = 1;

/** A hub that knows nobody. */
export function emptyState(): HubState {
  return { cards: new Map(), operations: new Map(), deliveries: new Map(), effects: [] };
}

/** The key of a card in `cards`. */
export function cardKey(issuerId: string, issuerCardRefId: string): string {
  return JSON.stringify([issuerId, issuerCardRefId]);
}

/** The key of a token's operation in `operations`. */
export function tokenKey({ issuerId, issuerCardRefId, virtualCardId }: TokenAddress): string {
  return JSON.stringify([issuerId, issuerCardRefId, virtualCardId]);
}

/** Adds a card, or replaces the one of that name together with its operations that are under way. */
export function putCard(state: HubState, card: Card): void {
  state.cards.set(cardKey(card.issuerId, card.issuerCardRefId), card);
  for (const [key, operation] of state.operations) {
    const ofCard = operation.issuerId === card.issuerId && operation.issuerCardRefId === card.issuerCardRefId;
    if (ofCard) state.operations.delete(key);
  }
}

/** The token at this address, if it is there. */
export function findToken(state: HubState, address: TokenAddress): Token | undefined {
  const card = state.cards.get(cardKey(address.issuerId, address.issuerCardRefId));
  return card?.tokens.find((token) => token.virtualCardId === address.virtualCardId);
}

/** Puts the changed token in the place of the old one. */
export function replaceToken(state: HubState, address: TokenAddress, changed: Token): void {
  const card = state.cards.get(cardKey(address.issuerId, address.issuerCardRefId));
  if (card === undefined) return;
  card.tokens = card.tokens.map((token) => (token.virtualCardId === changed.virtualCardId ? changed : token));
}

/** Notes an effect and forgets the oldest beyond the limit. */
export function recordEffect(state: HubState, effect: Effect, limit: number): void {
  state.effects.push(effect);
  if (state.effects.length > limit) state.effects.splice(0, state.effects.length - limit);
}

/** The text of the state file. */
export function toStateFile(state: HubState): string {
  return JSON.stringify({
    version: stateVersion,
    cards: [...state.cards.values()],
    operations: [...state.operations.values()],
    deliveries: [...state.deliveries.values()],
    effects: state.effects,
  });
}

/** Reads what `toStateFile` wrote. Throws if somebody else wrote it: we would overwrite it. */
export function parseStateFile(text: string): HubState {
  const parsed = JSON.parse(text) as StateFile;
  if (parsed?.version !== stateVersion) throw new Error(`is not a state of version ${stateVersion}`);
  return {
    cards: new Map(parsed.cards.map((card) => [cardKey(card.issuerId, card.issuerCardRefId), card])),
    operations: new Map(parsed.operations.map((operation) => [tokenKey(operation), operation])),
    deliveries: new Map(parsed.deliveries.map((delivery) => [delivery.id, delivery])),
    effects: parsed.effects,
  };
}

interface StateFile {
  version: number;
  cards: Card[];
  operations: PendingOperation[];
  deliveries: Delivery[];
  effects: Effect[];
}
