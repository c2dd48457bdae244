import fc from 'fast-check';
import type { Answer } from '../../../../src/domain/hub/answer.js';
import type { VirtualCardChange } from '../../../../src/domain/hub/change.js';
import { beginOperation, type Operation } from '../../../../src/domain/token/index.js';
import type { Reading } from '../../../../src/domain/hub/reading.js';
import { ACTIONS, type Action } from '../../../../src/domain/hub/token-state.js';
import {
  aChange,
  aPolicy,
  aReading,
  aRequest,
  EMPTY_LIST,
  FAILED_READING,
  HOUR,
  LIST_WITHOUT_THE_TOKEN,
  MINUTE,
  SECOND,
} from '../../../support/builders.js';
import type { Script, TimedChange } from '../../../support/virtual/run-operation.js';

/** An operation, and everything that happens to it. */
export interface Story {
  readonly begun: Operation;
  readonly script: Script;
}

export const CODES = [221, 322, 323, 911, 921, 231, 119, 432, 160, 321, 99_999, 'E1'] as const;
export const STATES = [
  'RESUMED',
  'SUSPENDED',
  'DELETED',
  'ERASED',
  'INACTIVE',
  'DEPLOYMENT_ONGOING',
  'FROZEN',
  '',
];

/** Deadlines with a reading interval that fits to them, so that a silent operation does not read 100,000 times. */
export const times = fc.constantFrom(
  { softMs: SECOND, hardMs: SECOND, readIntervalMs: SECOND },
  { softMs: SECOND, hardMs: 10 * MINUTE, readIntervalMs: 2 * SECOND },
  { softMs: 10 * MINUTE, hardMs: 10 * MINUTE, readIntervalMs: MINUTE },
  { softMs: 15 * MINUTE, hardMs: 6 * HOUR, readIntervalMs: 15 * MINUTE },
  { softMs: 15 * MINUTE, hardMs: 72 * HOUR, readIntervalMs: 15 * MINUTE },
  { softMs: 6 * HOUR, hardMs: 20 * HOUR, readIntervalMs: 10 * HOUR },
);
export type Times = typeof times extends fc.Arbitrary<infer T> ? T : never;

/** Instants where something is likely to be going on: at the beginning, around the deadlines, now and then anywhere. */
export function instants({ softMs, hardMs }: Times): fc.Arbitrary<number> {
  const near = (instant: number) =>
    fc.integer({ min: -20, max: 20 }).map((offset) => Math.max(0, instant + offset));
  return fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 30 }) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 5 * MINUTE }) },
    { weight: 2, arbitrary: near(softMs) },
    { weight: 2, arbitrary: near(hardMs) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: hardMs + MINUTE }) },
  );
}

const errorCode = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: fc.constantFrom(...CODES) },
);

/** A word on the operation's own token and action. */
function ownWord(action: Action): fc.Arbitrary<VirtualCardChange> {
  return fc
    .record({ errorCode, isPrimary: fc.constantFrom(undefined, true, false) })
    .map(({ errorCode: code, isPrimary }) =>
      aChange({
        action,
        ...(code !== undefined && { errorCode: code }),
        ...(isPrimary !== undefined && { isPrimary }),
      }),
    );
}

function anyWord(action: Action): fc.Arbitrary<VirtualCardChange> {
  const odd = fc
    .record({
      virtualCardId: fc.constantFrom('token-1', 'token-2', 'TOKEN-1'),
      action: fc.constantFrom(...ACTIONS, 'DELETE_FROM_APP', 'RENEW', 'FREEZE', undefined),
      errorCode,
      cardDataSeen: fc.boolean(),
    })
    .map(({ virtualCardId, action: otherAction, errorCode: code, cardDataSeen }) => {
      const { action: _action, ...change } = aChange({ virtualCardId });
      return {
        ...change,
        ...(otherAction !== undefined && { action: otherAction }),
        ...(code !== undefined && { errorCode: code }),
        ...(cardDataSeen && { cardDataSeen }),
      };
    });
  return fc.oneof({ weight: 3, arbitrary: ownWord(action) }, { weight: 2, arbitrary: odd });
}

function timed(word: fc.Arbitrary<VirtualCardChange>, at: fc.Arbitrary<number>): fc.Arbitrary<TimedChange> {
  return fc.record({ at, change: word });
}

const lastingAnswer: fc.Arbitrary<Answer> = fc.oneof(
  fc.constant({ kind: 'accepted' } as const),
  fc.constant({ kind: 'unanswered' } as const),
  fc.record({
    kind: fc.constant('again' as const),
    effect: fc.constantFrom('none' as const, 'possible' as const),
    retryAfterMs: fc.constantFrom(0, SECOND, HOUR),
  }),
  fc.record({
    kind: fc.constant('refused' as const),
    errorCode: fc.constantFrom(...CODES, 111),
    httpStatus: fc.constant(400),
  }),
  fc.constant({ kind: 'refused', httpStatus: 400 } as const),
);

/** An attempt of which nothing leaves does not go on for ever: it says that somebody stopped it or that it is too late. */
const answers = fc
  .record({
    first: fc.array(
      fc.oneof(
        { weight: 4, arbitrary: lastingAnswer },
        { weight: 1, arbitrary: fc.constant({ kind: 'not-sent' } as const) },
        { weight: 1, arbitrary: fc.constant({ kind: 'superseded', by: 'op-newer' } as const) },
      ),
      { maxLength: 5 },
    ),
    last: lastingAnswer,
  })
  .map(({ first, last }) => [...first, last]);

const reading: fc.Arbitrary<Reading> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...STATES).map(aReading) },
  { weight: 2, arbitrary: fc.constantFrom(LIST_WITHOUT_THE_TOKEN, EMPTY_LIST, FAILED_READING) },
);

/** What readings show as time goes by: the same in every run of the same story. */
const world = fc
  .record({
    shown: fc.array(reading, { minLength: 1, maxLength: 5 }),
    everyMs: fc.constantFrom(20, 7 * SECOND, 61 * SECOND, HOUR),
  })
  .map(({ shown, everyMs }) => {
    return (now: number): Reading => shown[Math.floor(now / everyMs) % shown.length] ?? FAILED_READING;
  });

const latencyMs = fc.array(fc.constantFrom(1, 10, 10, 500, 5 * SECOND, 15 * SECOND), {
  minLength: 1,
  maxLength: 4,
});

/** Any operation, and anything that can happen to it. */
export const story = (): fc.Arbitrary<Story> => storyWith(anyWord, { maxLength: 6 });

/** Any operation whose callbacks are words on its own token and action; few of them, for more always disagree. */
export const storyOfOwnWords = (): fc.Arbitrary<Story> => storyWith(ownWord, { minLength: 2, maxLength: 3 });

function storyWith(
  words: (action: Action) => fc.Arbitrary<VirtualCardChange>,
  size: fc.ArrayConstraints,
): fc.Arbitrary<Story> {
  return fc
    .record({
      action: fc.constantFrom(...ACTIONS),
      chosen: times,
      confirmByReading: fc.constantFrom('resume' as const, 'always' as const, 'never' as const),
    })
    .chain(({ action, chosen, confirmByReading }) => {
      const at = instants(chosen);
      const begun = beginOperation(
        aRequest({ action, softDeadlineAt: chosen.softMs, hardDeadlineAt: chosen.hardMs }),
        aPolicy({ readIntervalMs: chosen.readIntervalMs, confirmByReading }),
      );
      return fc.record({
        begun: fc.constant(begun),
        script: fc.record(
          {
            answers,
            readings: world,
            changes: fc.array(timed(words(action), at), size),
            latencyMs,
            stopsUnsent: fc.boolean(),
            cancelAt: at,
            readAt: at,
          },
          { requiredKeys: ['answers', 'readings', 'changes', 'latencyMs', 'stopsUnsent'] },
        ),
      });
    });
}

/** Something that can still happen to an operation that has ended, before its workflow has closed. */
export type Afterthought =
  { readonly change: VirtualCardChange } | 'cancel' | 'read' | 'time' | 'answer' | Reading;

export const afterthoughts: fc.Arbitrary<readonly Afterthought[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(...ACTIONS).chain((action) => anyWord(action).map((change) => ({ change }))),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom('cancel' as const, 'read' as const, 'time' as const, 'answer' as const),
    },
    { weight: 2, arbitrary: reading },
  ),
  { minLength: 1, maxLength: 5 },
);
