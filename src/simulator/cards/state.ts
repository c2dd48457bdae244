import { type Log, createLog } from './journal.js';
import { type CallbackPlan, type PlannedAction, type PlannedEffect } from '../plan/plan.js';
import { type Seeding } from '../plan/seeding.js';
import { type Table, createTable } from '../control/table.js';
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

/** What was taken on and has not had its effect yet. A token has at most one, besides renewals. */
export interface PendingOperation extends TokenAddress {
  id: string;
  correlationId: string;
  action: PlannedAction;
  effect: PlannedEffect;
  callbacks: CallbackPlan[];
  dueAt: number;
}

/** Whom an operation was asked for: one token, or without `virtualCardId` all tokens of a card. */
export interface AskedAddress {
  issuerId: string;
  issuerCardRefId: string;
  virtualCardId?: string;
}

/** What the hub has been asked under one correlation id for one token or card, or what the TSP has begun by itself. */
export interface AskedOperation extends AskedAddress {
  /** When it was asked for the first time. */
  at: string;
  correlationId: string;
  action: PlannedAction;
  attempts: number;
  /** An attempt was taken on; it is done or under way, or was planned to have no effect. */
  takenOn: boolean;
  /** The seed of the first attempt holds for all: a change of the seed must not change what is under way. */
  seeding?: Seeding;
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
  errorCode?: number | string | null;
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
  cards: Table<Card>;
  operations: Table<PendingOperation>;
  deliveries: Table<Delivery>;
  asked: Table<AskedOperation>;
  /** How often a card was read under a correlation id. */
  readings: Table<number>;
  /** How far the hub's clock was turned: one value, `advancedMs`. */
  clock: Table<number>;
  effects: Log<Effect>;
}

/** The key of a card in `cards`. */
export function cardKey(issuerId: string, issuerCardRefId: string): string {
  return JSON.stringify([issuerId, issuerCardRefId]);
}

/** The key in `operations`: a renewal neither stops a request for its token nor waits for one. */
export function operationKey(operation: PendingOperation): string {
  const key = tokenKey(operation);
  return operation.action === 'RENEW' ? JSON.stringify([operation.id, key]) : key;
}

/** The key of a token, and of the operation that was asked for it. */
export function tokenKey({ issuerId, issuerCardRefId, virtualCardId }: TokenAddress): string {
  return JSON.stringify([issuerId, issuerCardRefId, virtualCardId]);
}

/** The key of an operation in `asked`. */
export function askedKey(asked: AskedAddress & Pick<AskedOperation, 'correlationId' | 'action'>): string {
  const { correlationId, action, issuerId, issuerCardRefId, virtualCardId } = asked;
  const key =
    virtualCardId === undefined
      ? cardKey(issuerId, issuerCardRefId)
      : tokenKey({ issuerId, issuerCardRefId, virtualCardId });
  return JSON.stringify(action === 'RENEW' ? [correlationId, key, action] : [correlationId, key]);
}

/** Adds a card, or replaces the one of that name together with its operations that are under way. */
export function putCard(state: HubState, card: Card): void {
  state.cards.set(cardKey(card.issuerId, card.issuerCardRefId), card);
  dropOperations(state, (operation) => isOfCard(operation, card));
}

/** Adds a token to a card. What is under way at the others goes on. */
export function addToken(state: HubState, card: Card, token: Token): Card {
  const changed = { ...card, tokens: [...card.tokens, token] };
  state.cards.set(cardKey(card.issuerId, card.issuerCardRefId), changed);
  return changed;
}

/** Removes a token together with what is under way at it. */
export function removeToken(state: HubState, card: Card, virtualCardId: string): Card {
  const changed = { ...card, tokens: card.tokens.filter((token) => token.virtualCardId !== virtualCardId) };
  state.cards.set(cardKey(card.issuerId, card.issuerCardRefId), changed);
  dropOperations(
    state,
    (operation) => isOfCard(operation, card) && operation.virtualCardId === virtualCardId,
  );
  return changed;
}

/** The token at this address, if it is there. */
export function findToken(state: HubState, address: TokenAddress): Token | undefined {
  const card = state.cards.get(cardKey(address.issuerId, address.issuerCardRefId));
  return card?.tokens.find((token) => token.virtualCardId === address.virtualCardId);
}

/** Puts the changed token in the place of the old one. */
export function replaceToken(state: HubState, address: TokenAddress, changed: Token): void {
  const key = cardKey(address.issuerId, address.issuerCardRefId);
  const card = state.cards.get(key);
  if (card === undefined) return;
  const isChanged = ({ virtualCardId }: Token): boolean => virtualCardId === changed.virtualCardId;
  state.cards.set(key, { ...card, tokens: card.tokens.map((token) => (isChanged(token) ? changed : token)) });
}

/** One change of the state, as JSON: where, the key if the place has keys, and the value unless it is gone. */
export type StateChange = [place: keyof HubState, key: string, value?: unknown];

/** How many entries the places keep that only look back, and who wants to hear of changes. */
export interface StateOptions {
  limit: number;
  onChange: (change: StateChange) => void;
}

/** A hub that knows nobody, or what `toSnapshot` has written. */
export function createState({ limit, onChange }: StateOptions, snapshot?: Snapshot): HubState {
  const hears = (place: keyof HubState) => ({
    onChange: (key: string, value?: unknown) =>
      onChange(value === undefined ? [place, key] : [place, key, value]),
  });
  const lookingBack = { limit, forgotten: 0 };
  return {
    cards: createTable<Card>({
      values: keyed(snapshot?.cards, (card) => cardKey(card.issuerId, card.issuerCardRefId)),
      ...hears('cards'),
    }),
    operations: createTable<PendingOperation>({
      values: keyed(snapshot?.operations, operationKey),
      ...hears('operations'),
    }),
    deliveries: createTable<Delivery>({
      values: keyed(snapshot?.deliveries, ({ id }) => id),
      ...hears('deliveries'),
    }),
    asked: createTable<AskedOperation>({
      values: keyed(snapshot?.asked, askedKey),
      ...lookingBack,
      ...(snapshot?.forgotten && { forgotten: snapshot.forgotten.asked }),
      ...hears('asked'),
    }),
    readings: createTable<number>({
      values: snapshot?.readings ?? [],
      ...lookingBack,
      ...hears('readings'),
    }),
    clock: createTable<number>({ values: snapshot?.clock ?? [], ...hears('clock') }),
    effects: createLog<Effect>(limit, {
      entries: snapshot?.effects ?? [],
      forgotten: snapshot?.forgotten?.effects ?? 0,
      onAdd: (effect) => onChange(['effects', '', effect]),
      onClear: () => onChange(['effects', '']),
    }),
  };
}

/** Repeats a change that `onChange` was told. */
export function applyChange(state: HubState, [place, key, value]: StateChange): void {
  if (place === 'effects') {
    if (value === undefined) state.effects.clear();
    else state.effects.add(value as Effect);
    return;
  }
  const table = state[place] as Table<unknown>;
  if (value === undefined) table.delete(key);
  else table.set(key, value);
}

const stateVersion = 1;

/** The state at one moment. What came in later releases may be missing. */
export interface Snapshot {
  version: number;
  cards: Card[];
  operations: PendingOperation[];
  deliveries: Delivery[];
  effects: Effect[];
  asked?: AskedOperation[];
  readings?: [string, number][];
  clock?: [string, number][];
  forgotten?: { effects: number; asked: number };
}

export function toSnapshot(state: HubState): Snapshot {
  return {
    version: stateVersion,
    cards: [...state.cards.values()],
    operations: [...state.operations.values()],
    deliveries: [...state.deliveries.values()],
    effects: [...state.effects.entries()],
    asked: [...state.asked.values()],
    readings: [...state.readings.entries()],
    clock: [...state.clock.entries()],
    forgotten: { effects: state.effects.forgotten(), asked: state.asked.forgotten },
  };
}

/** Throws if the text is not the snapshot of a state: whoever opens it would overwrite it. */
export function parseSnapshot(text: string): Snapshot {
  const parsed = JSON.parse(text) as Snapshot | null;
  if (parsed?.version !== stateVersion) throw new Error(`is not a state of version ${stateVersion}`);
  const lists: unknown[] = [parsed.cards, parsed.operations, parsed.deliveries, parsed.effects];
  if (!lists.every(Array.isArray)) throw new Error('is not a whole state');
  return parsed;
}

function isOfCard(operation: PendingOperation, { issuerId, issuerCardRefId }: Card): boolean {
  return operation.issuerId === issuerId && operation.issuerCardRefId === issuerCardRefId;
}

function dropOperations(state: HubState, isMeant: (operation: PendingOperation) => boolean): void {
  for (const [key, operation] of state.operations.entries()) {
    if (isMeant(operation)) state.operations.delete(key);
  }
}

function keyed<T>(values: T[] | undefined, keyOf: (value: T) => string): [string, T][] {
  return (values ?? []).map((value) => [keyOf(value), value]);
}
