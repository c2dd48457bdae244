// Expected against seen. What is compared are texts, numbers and lists of them, so that a difference can be read.
import { isDeepStrictEqual } from 'node:util';
import { describeCallback, describeRequest } from './sentences.mjs';

/** The service's word on an operation, and the hub's own record of the card, which nobody but this operation has touched. */
export function toPicture({ operation, record }) {
  const { requests, effects, callbacks, tokens } = record;
  const answersTo = (name) => requests.filter((request) => request.operation === name).map(describeRequest);
  const isOfOthers = ({ correlationId }) => correlationId !== operation.correlationId;
  return {
    service: {
      ...operation,
      settled: operation.settledAt < operation.softDeadlineAt ? 'in time' : 'after the soft deadline',
      late: (operation.late ?? []).map(({ kind }) => kind),
    },
    hub: {
      updateCardState: answersTo('updateCardState'),
      getCardInfo: answersTo('getCardInfo'),
      effects: effects.map(({ from, to }) => `${from} → ${to}`),
      callbacks: callbacks.filter(({ result }) => result === 'delivered').map(describeCallback),
      token: tokens.map(({ status }) => status).join(),
      // The record is that of the card, not of the correlation id: a second effect under another id would show here.
      'of others': [...requests, ...effects, ...callbacks].filter(isOfOthers).length,
    },
  };
}

/** Both are `{who: {what: value}}`. Only what is expected is compared: `[{who, what, expected, seen}]`. */
export function compare(expected, seen) {
  return Object.entries(expected).flatMap(([who, values]) =>
    Object.entries(values).map(([what, value]) => ({ who, what, expected: value, seen: seen[who]?.[what] })),
  );
}

export function isRight({ expected, seen }) {
  return isDeepStrictEqual(expected, seen);
}

/** Prints what was compared, and remembers whether all of it was right. */
export function createChecks(print) {
  let compared = 0;
  let wrong = 0;

  function fail(why) {
    wrong += 1;
    print(`   ✗ ${why}`);
  }

  return {
    /** What is right takes one line for each of the two, what is wrong a line of its own. */
    add(checks) {
      compared += checks.length;
      for (const who of new Set(checks.map((check) => check.who))) {
        const own = checks.filter((check) => check.who === who);
        const right = own.filter(isRight).map(({ what, seen }) => `${what} ${show(seen)}`);
        if (right.length > 0) print(`   ✓ ${who.padEnd(7)}  ${right.join(' · ')}`);
        for (const { what, expected, seen } of own.filter((check) => !isRight(check))) {
          fail(`${who.padEnd(7)}  ${what}: expected ${show(expected)}, seen ${show(seen)}`);
        }
      }
    },

    fail,

    /** A chapter that compared nothing has shown nothing. */
    isGood: () => compared > 0 && wrong === 0,
  };
}

function show(value) {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(show).join(' and ');
  return value === undefined ? 'nothing' : String(value);
}
