import type { Agenda } from '../operation/agenda.js';
import { duplicateKey, tokenPrefix, type ErrorCode, type VirtualCardChange } from '../hub/change.js';
import { MOST_CHARACTERS } from './message-size.js';

/** A change that no operation of ours asked for: what happened to which tokens under one correlation id, in order of arrival. */
export interface ForeignChange {
  readonly issuerId: string;
  readonly correlationId: string;
  readonly tokens: readonly ForeignToken[];
  readonly lastArrivalAt: number;
  /** Arrivals beyond what is kept; all of them are in the workflow's history. */
  readonly omitted: number;
  /** How long what is kept is as JSON, but for counts and times that change: it has to fit into one message. */
  readonly characters: number;
  readonly cardDataSeen: boolean;
}

export interface ForeignToken {
  readonly virtualCardId: string;
  readonly issuerCardRefId?: string;
  readonly walletProviderId?: string;
  /** Another action is the next change, never a conflict. */
  readonly changes: readonly ForeignStep[];
}

export interface ForeignStep {
  readonly key: string;
  readonly action?: string;
  readonly errorCode?: ErrorCode;
  readonly source?: string;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly repeats: number;
}

const MOST_TOKENS = 200;
const MOST_STEPS_OF_A_TOKEN = 50;
const MOST_STEPS = 1_000;

export function beginForeignChange(issuerId: string, correlationId: string, now: number): ForeignChange {
  return {
    issuerId,
    correlationId,
    tokens: [],
    lastArrivalAt: now,
    omitted: 0,
    characters: 0,
    cardDataSeen: false,
  };
}

export function recordForeignChange(
  foreign: ForeignChange,
  change: VirtualCardChange,
  now: number,
): ForeignChange {
  const heard: ForeignChange = {
    ...foreign,
    lastArrivalAt: now,
    cardDataSeen: foreign.cardDataSeen || change.cardDataSeen === true,
  };
  const token = foreign.tokens.find(({ virtualCardId }) => virtualCardId === change.virtualCardId);
  const key = duplicateKey(change);
  const last = token?.changes.findLast((step) => step.key.startsWith(tokenPrefix(change)));
  // What comes after another word on the same token is no copy of the word before it: it may be the last one that is true.
  if (token !== undefined && last?.key === key) {
    return withChanges(heard, token, withRepeat(token.changes, last, change));
  }
  const step = toStep(change, key);
  const newcomer = toToken(change, step);
  const characters = foreign.characters + JSON.stringify(token === undefined ? newcomer : step).length;
  if (characters > MOST_CHARACTERS || !hasRoomFor(token, foreign)) {
    const same = token?.changes.findLast((earlier) => earlier.key === key);
    if (token === undefined || same === undefined) return { ...heard, omitted: foreign.omitted + 1 };
    return withChanges(heard, token, withRepeat(token.changes, same, change));
  }
  const kept = { ...heard, characters };
  return token === undefined
    ? { ...kept, tokens: [...foreign.tokens, newcomer] }
    : withChanges(kept, token, [...token.changes, step]);
}

/** It is over once nothing has arrived for a while, so that repeats and sister tokens join it. */
export function foreignAgendaOf(
  { lastArrivalAt }: ForeignChange,
  quietMs: number,
  now: number,
): Agenda<never> {
  const at = lastArrivalAt + quietMs;
  return { stop: false, wake: { at, reason: 'until it has been quiet' }, isOver: at <= now };
}

function withChanges(
  foreign: ForeignChange,
  token: ForeignToken,
  changes: readonly ForeignStep[],
): ForeignChange {
  return {
    ...foreign,
    tokens: foreign.tokens.map((other) => (other === token ? { ...token, changes } : other)),
  };
}

function hasRoomFor(token: ForeignToken | undefined, { tokens }: ForeignChange): boolean {
  const steps = tokens.reduce((sum, { changes }) => sum + changes.length, 0);
  if (steps >= MOST_STEPS) return false;
  return token === undefined ? tokens.length < MOST_TOKENS : token.changes.length < MOST_STEPS_OF_A_TOKEN;
}

function withRepeat(
  steps: readonly ForeignStep[],
  repeated: ForeignStep,
  { receivedAt }: VirtualCardChange,
): readonly ForeignStep[] {
  return steps.map((step) =>
    step === repeated ? { ...step, repeats: step.repeats + 1, lastAt: receivedAt } : step,
  );
}

function toToken(change: VirtualCardChange, step: ForeignStep): ForeignToken {
  return {
    virtualCardId: change.virtualCardId,
    ...(change.issuerCardRefId !== undefined && { issuerCardRefId: change.issuerCardRefId }),
    ...(change.walletProviderId !== undefined && { walletProviderId: change.walletProviderId }),
    changes: [step],
  };
}

function toStep(change: VirtualCardChange, key: string): ForeignStep {
  return {
    key,
    ...(change.action !== undefined && { action: change.action }),
    ...(change.errorCode !== undefined && { errorCode: change.errorCode }),
    ...(change.source !== undefined && { source: change.source }),
    firstAt: change.receivedAt,
    lastAt: change.receivedAt,
    repeats: 0,
  };
}
