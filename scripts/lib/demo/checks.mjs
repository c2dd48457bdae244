// Expected against seen. What is compared are texts, numbers and lists of them, so that a difference can be read.
import { isDeepStrictEqual } from 'node:util';
import { describeCallback, describeRequest } from './sentences.mjs';

/** The service's word on an operation, and the hub's own record of the card, which nobody but this operation has touched. */
export function toPicture({ operation, record }) {
  const { requests, effects, callbacks } = record;
  const isOfOthers = ({ correlationId }) => correlationId !== operation.correlationId;
  return {
    service: {
      ...operation,
      settled: operation.settledAt < operation.softDeadlineAt ? 'in time' : 'after the soft deadline',
      late: (operation.late ?? []).map(({ kind }) => kind),
      'can still pay, or may soon': operation.exposed,
    },
    hub: {
      ...toRecord(record),
      // The record is that of the card, not of the correlation id: a second effect under another id would show here.
      'of others': [...requests, ...effects, ...callbacks].filter(isOfOthers).length,
    },
  };
}

/** What the hub has noted of a card. */
export function toRecord({ requests, effects, callbacks, tokens }) {
  const answersTo = (name) => requests.filter((request) => request.operation === name).map(describeRequest);
  return {
    updateCardState: answersTo('updateCardState'),
    getCardInfo: answersTo('getCardInfo'),
    effects: effects.map(({ action, from, to }) => (action === 'RENEW' ? 'renewed' : `${from} → ${to}`)),
    callbacks: callbacks.filter(({ result }) => result === 'delivered').map(describeCallback),
    token: tokens.map(({ status }) => status).join(),
    tokens: tokens.map(({ status }) => status),
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

    /** A report: a line for each of its subjects, `{subject: sentence}`. */
    addLines(expected, seen) {
      const lines = Object.keys({ ...seen, ...expected });
      const width = Math.max(...lines.map((subject) => subject.length));
      compared += lines.length;
      for (const subject of lines) {
        const [wanted, sentence] = [expected[subject], seen[subject]];
        if (wanted === sentence) print(`   ✓ ${subject.padEnd(width)}  ${sentence}`);
        else fail(`${subject.padEnd(width)}  expected ${show(wanted)}, seen ${show(sentence)}`);
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
