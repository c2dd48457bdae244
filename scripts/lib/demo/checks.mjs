// Expected against seen. What is compared are texts, numbers and lists of them, so that a difference can be read.
import { isDeepStrictEqual } from 'node:util';
import { describeCallback, describeRequest } from './sentences.mjs';

/**
 * The service's word on an operation and the hub's own record of its card, side by side. What somebody else did to the
 * card at the hub stands under `strangers`: the record is not looked up by correlation id, or a second effect under
 * another one would go unseen.
 */
export function toPicture({ operation, record }) {
  const { requests, effects, callbacks, tokens } = record;
  const sent = (name) => requests.filter((request) => request.operation === name).map(describeRequest);
  return {
    status: operation.status,
    effectiveStatus: operation.effectiveStatus,
    evidence: operation.evidence,
    errorCode: operation.errorCode,
    attempts: operation.attempts,
    duplicates: operation.duplicates,
    late: (operation.late ?? []).map(({ kind }) => kind),
    'hub: updateCardState': sent('updateCardState'),
    'hub: getCardInfo': sent('getCardInfo'),
    'hub: effects': effects.map(({ from, to }) => `${from} → ${to}`),
    'hub: callbacks': callbacks.filter(({ result }) => result === 'delivered').map(describeCallback),
    'hub: token': tokens.map(({ status }) => status).join(),
    'hub: strangers': [...requests, ...effects, ...callbacks].filter(
      ({ correlationId }) => correlationId !== operation.correlationId,
    ).length,
  };
}

/** Only what is expected is compared: `[{what, expected, seen}]`. */
export function compare(expected, picture) {
  return Object.entries(expected).map(([what, value]) => ({ what, expected: value, seen: picture[what] }));
}

export function isRight({ expected, seen }) {
  return isDeepStrictEqual(expected, seen);
}

/** Prints what was compared and remembers whether all of it was right. */
export function createChecks(print) {
  let compared = 0;
  let wrong = 0;
  return {
    add(checks) {
      const width = Math.max(...checks.map(({ what }) => what.length));
      for (const check of checks) {
        const { what, expected, seen } = check;
        const isGood = isRight(check);
        const text = isGood ? show(seen) : `expected ${show(expected)}, seen ${show(seen)}`;
        print(`   ${isGood ? '✓' : '✗'} ${what.padEnd(width)}  ${text}`);
        compared += 1;
        if (!isGood) wrong += 1;
      }
    },
    fail(why) {
      print(`   ✗ ${why}`);
      wrong += 1;
    },
    /** A chapter that compared nothing has shown nothing. */
    isGood: () => compared > 0 && wrong === 0,
  };
}

function show(value) {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  return value === undefined ? 'nothing' : String(value);
}
