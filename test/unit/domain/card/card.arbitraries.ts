import fc from 'fast-check';
import type { ErrorCode, VirtualCardChange } from '../../../../src/domain/hub/change.js';
import type { CardRequest, SendingResult } from '../../../../src/domain/card/index.js';
import type { ListedToken, Reading } from '../../../../src/domain/hub/reading.js';
import type { OperationPolicy } from '../../../../src/domain/report/report.js';
import { ACTIONS, type Action } from '../../../../src/domain/hub/token-state.js';
import {
  aCardRequest,
  aChange,
  aPolicy,
  EMPTY_LIST,
  FAILED_READING,
  HOUR,
  MINUTE,
  SECOND,
} from '../../../support/builders.js';
import type { CardScript } from '../../../support/virtual/run-card.js';
import type { TimedChange } from '../../../support/virtual/run-operation.js';
import { CODES, instants, STATES, times, type Times } from '../token/arbitraries.js';

/** An operation on all tokens of a card, and everything that happens to it. */
export interface CardStory {
  readonly request: CardRequest;
  readonly policy: OperationPolicy;
  readonly script: CardScript;
}

const WANTED = {
  SUSPEND: ['SUSPENDED'],
  RESUME: ['RESUMED', 'ACTIVE'],
  DELETE: ['DELETED', 'ERASED'],
} as const;

/** A token becomes what it was not: a state, or gone from the list. */
interface Turn {
  readonly at: number;
  readonly virtualCardId: string;
  readonly status: string | undefined;
}

/** What is true of one token, and what the hub says about it: whether the two agree is another matter. */
interface Fate {
  readonly first: string | undefined;
  readonly turns: readonly Omit<Turn, 'virtualCardId'>[];
  readonly words: readonly { readonly at: number; readonly errorCode?: ErrorCode }[];
}

/** Something between two instants keeps the card from being seen. */
interface Fog {
  readonly from: number;
  readonly forMs: number;
  readonly shows: Reading;
}

const tokenIds = (size: number): string[] => Array.from({ length: size }, (_, index) => `token-${index + 1}`);

/** Mostly few tokens: what goes wrong goes wrong with three. */
const cardSize = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 10, arbitrary: fc.integer({ min: 4, max: 6 }) },
  { weight: 1, arbitrary: fc.integer({ min: 7, max: 40 }) },
);

const state = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('RESUMED', 'SUSPENDED') },
  { weight: 2, arbitrary: fc.constantFrom(...STATES, ' active ', 'ACTIVATED') },
);

const errorCode = fc.constantFrom(...CODES);

/** What most often happens: the hub does it and says so, or says why not. */
function honestFate(action: Action, chosen: Times): fc.Arbitrary<Fate> {
  const at = instants(chosen);
  const done = fc.constantFrom(...WANTED[action]);
  const later = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 2 * MINUTE }));
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .record({ first: state, at, status: done, later, repeats: fc.integer({ min: 0, max: 2 }) })
        .map(({ first, at: doneAt, status, later: delayMs, repeats }) => ({
          first,
          turns: [{ at: doneAt, status }],
          words: Array.from({ length: 1 + repeats }, (_, index) => ({ at: doneAt + delayMs * (index + 1) })),
        })),
    },
    // Its callback is lost.
    {
      weight: 2,
      arbitrary: fc
        .record({ first: state, at, status: fc.oneof(done, fc.constant(undefined)) })
        .map(({ first, at: doneAt, status }): Fate => ({
          first,
          turns: [{ at: doneAt, status }],
          words: [],
        })),
    },
    // It does not happen, and the hub says why, or not.
    {
      weight: 2,
      arbitrary: fc
        .record({ first: state, at, code: fc.option(errorCode, { nil: undefined }) })
        .map(({ first, at: saidAt, code }): Fate => ({
          first,
          turns: [],
          words: code === undefined ? [] : [{ at: saidAt, errorCode: code }],
        })),
    },
    // The device was not reached, but the network did it all the same.
    {
      weight: 1,
      arbitrary: fc
        .record({ first: state, at, status: done, later, code: errorCode })
        .map(({ first, at: saidAt, status, later: delayMs, code }): Fate => ({
          first,
          turns: [{ at: saidAt + delayMs, status }],
          words: [{ at: saidAt, errorCode: code }],
        })),
    },
  );
}

/** Anything at all: words that have nothing to do with what is true, tokens that come and go. */
function wildFate(chosen: Times): fc.Arbitrary<Fate> {
  const at = instants(chosen);
  return fc.record({
    first: fc.option(state, { nil: undefined, freq: 4 }),
    turns: fc.array(fc.record({ at, status: fc.option(state, { nil: undefined, freq: 3 }) }), {
      maxLength: 3,
    }),
    words: fc.array(
      fc
        .record({ at, code: fc.option(errorCode, { nil: undefined, freq: 2 }) })
        .map(({ at: saidAt, code }) => ({ at: saidAt, ...(code !== undefined && { errorCode: code }) })),
      { maxLength: 3 },
    ),
  });
}

/** Words that settle nothing: of another action, or on a token that is not on the card. */
function oddWord(action: Action, at: fc.Arbitrary<number>): fc.Arbitrary<TimedChange> {
  return fc
    .record({
      at,
      virtualCardId: fc.constantFrom('token-1', 'token-2', 'stranger-1', 'stranger-2'),
      action: fc.constantFrom(action, action, ...ACTIONS, 'DELETE_FROM_APP', 'RENEW', 'FREEZE', undefined),
      code: fc.option(errorCode, { nil: undefined, freq: 2 }),
      isPrimary: fc.constantFrom(undefined, undefined, true, false),
      cardDataSeen: fc.constantFrom(false, false, false, true),
    })
    .map(({ at: saidAt, virtualCardId, action: spoken, code, isPrimary, cardDataSeen }) => {
      const { action: _action, ...change } = aChange({ virtualCardId });
      return {
        at: saidAt,
        change: {
          ...change,
          ...(spoken !== undefined && { action: spoken }),
          ...(code !== undefined && { errorCode: code }),
          ...(isPrimary !== undefined && { isPrimary }),
          ...(cardDataSeen && { cardDataSeen }),
        },
      };
    });
}

function sendingResult(at: number): fc.Arbitrary<SendingResult> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant({ kind: 'accepted', at } as const) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('refused' as const),
        errorCode: fc.constantFrom(432, 160, 119, 116, 111, 'E1', undefined),
        echo: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('superseded' as const),
        by: fc.constant('op-newer'),
        possiblySent: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('stopped' as const), possiblySent: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'lost' } as const) },
  );
}

const fogs = (chosen: Times): fc.Arbitrary<readonly Fog[]> =>
  fc.array(
    fc.record({
      from: instants(chosen),
      forMs: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(20, 3 * SECOND, 2 * MINUTE) },
        { weight: 1, arbitrary: fc.constantFrom(HOUR, 100 * HOUR) },
      ),
      shows: fc.constantFrom(FAILED_READING, FAILED_READING, EMPTY_LIST),
    }),
    { maxLength: 2 },
  );

const latencyMs = fc.array(fc.constantFrom(1, 10, 10, 10, 500, 5 * SECOND), { minLength: 1, maxLength: 4 });

/** What a look at the card shows at an instant: what is true then, unless something is in the way. */
function toCard(first: ReadonlyMap<string, string | undefined>, turns: readonly Turn[], fog: readonly Fog[]) {
  const inOrder = turns.toSorted((left, right) => left.at - right.at);
  return (now: number): Reading => {
    const covered = fog.find(({ from, forMs }) => from <= now && now < from + forMs);
    if (covered !== undefined) return covered.shows;
    const states = new Map(first);
    for (const { at, virtualCardId, status } of inOrder) if (at <= now) states.set(virtualCardId, status);
    const tokens = [...states].flatMap(([virtualCardId, status]): ListedToken[] =>
      status === undefined ? [] : [{ virtualCardId, status }],
    );
    return { kind: 'listed', tokens };
  };
}

/** Any operation on all tokens of a card, and anything that can happen to it. */
export function cardStory(): fc.Arbitrary<CardStory> {
  return fc
    .record({ action: fc.constantFrom(...ACTIONS), chosen: times, size: cardSize, endingAt: fc.nat() })
    .chain(({ action, chosen, size }) => storyOf(action, chosen, size));
}

function storyOf(action: Action, chosen: Times, size: number): fc.Arbitrary<CardStory> {
  const at = instants(chosen);
  const soon = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 3 * SECOND }) },
    { weight: 1, arbitrary: at },
  );
  const fate = fc.oneof(
    { weight: 4, arbitrary: honestFate(action, chosen) },
    { weight: 1, arbitrary: wildFate(chosen) },
  );
  return fc
    .record({
      fates: fc.tuple(...tokenIds(size).map(() => fate)),
      odd: fc.oneof(
        { weight: 2, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(oddWord(action, at), { maxLength: 3 }) },
      ),
      fog: fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fogs(chosen) }),
      snapshot: fc.constantFrom('seen', 'seen', 'seen', 'seen', 'none', 'failed', 'empty'),
      sending: soon.chain((ended) => sendingResult(ended).map((result) => ({ at: ended, result }))),
      isSendingEverOver: fc.constantFrom(...Array.from({ length: 9 }, () => true), false),
      latency: latencyMs,
      cancelAt: rarely(at),
      readAt: rarely(at),
      decisionAt: fc.option(at, { nil: undefined, freq: 12 }),
    })
    .map((chosenParts) => assemble({ action, chosen, ...chosenParts }));
}

function rarely<T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: of });
}

interface Parts {
  readonly action: Action;
  readonly chosen: Times;
  readonly fates: readonly Fate[];
  readonly odd: readonly TimedChange[];
  readonly fog: readonly Fog[];
  readonly snapshot: string;
  readonly sending: { readonly at: number; readonly result: SendingResult };
  readonly isSendingEverOver: boolean;
  readonly latency: readonly number[];
  readonly cancelAt: number | undefined;
  readonly readAt: number | undefined;
  readonly decisionAt: number | undefined;
}

function assemble(parts: Parts): CardStory {
  const { action, chosen, fates, fog, sending, cancelAt, readAt, decisionAt } = parts;
  const ids = tokenIds(fates.length);
  const first = new Map(fates.map((fate, index) => [ids[index] ?? '', fate.first]));
  const turns = fates.flatMap((fate, index) =>
    fate.turns.map((turn): Turn => ({ ...turn, virtualCardId: ids[index] ?? '' })),
  );
  const words = fates.flatMap((fate, index) =>
    fate.words.map(({ at, errorCode: code }): TimedChange => ({
      at,
      change: own(action, ids[index] ?? '', code),
    })),
  );
  const card = toCard(first, turns, fog);
  const snapshots: Record<string, Reading> = {
    seen: toCard(first, turns, [])(0),
    failed: FAILED_READING,
    empty: EMPTY_LIST,
  };
  const snapshot = snapshots[parts.snapshot];
  return {
    request: aCardRequest({ action, softDeadlineAt: chosen.softMs, hardDeadlineAt: chosen.hardMs }),
    policy: aPolicy({ readIntervalMs: chosen.readIntervalMs }),
    script: {
      card,
      changes: [...words, ...parts.odd],
      sendingEnded: parts.isSendingEverOver ? [sending] : [],
      latencyMs: parts.latency,
      ...(snapshot !== undefined && { snapshot }),
      ...(cancelAt !== undefined && { cancelAt }),
      ...(readAt !== undefined && { readAt }),
      ...(decisionAt !== undefined && {
        decision: { at: decisionAt, status: 'FAILED' as const, note: 'the customer called', by: 'Ada' },
      }),
    },
  };
}

function own(action: Action, virtualCardId: string, code: ErrorCode | undefined): VirtualCardChange {
  return aChange({ action, virtualCardId, ...(code !== undefined && { errorCode: code }) });
}
