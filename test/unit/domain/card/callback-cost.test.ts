// What one callback costs does not grow with what is there already: counted, since times depend on the machine.
import type { Arrival } from '../../../../src/domain/hub/change.js';
import {
  beginCardOperation,
  recordCardChanges,
  toCardReport,
  type CardOperation,
  evolveCard,
} from '../../../../src/domain/card/index.js';
import { judgeFurther } from '../../../../src/domain/late/judge.js';
import { recordLateChange } from '../../../../src/domain/late/arrivals.js';
import {
  beginLateArrivals,
  beginStanding,
  standingAfter,
  toSubject,
  type LateSubject,
} from '../../../../src/domain/late/index.js';
import { recordCardReading } from '../../../../src/domain/unsolicited/expectation.js';
import { beginRenewals, recordRenewals } from '../../../../src/domain/unsolicited/index.js';
import {
  aChange,
  aPolicy,
  aRequest,
  SECOND,
  SENDER_PATIENCE_MS,
  senderEnded,
} from '../../../support/builders.js';
import { aRenewal } from '../../../support/renewals.js';

const TOKENS = 2_000;
const SPOKEN_OF = 100;
/** Making an index of the tokens looks at each of them; a look for each callback would be thousands. */
const MOST_LOOKS_AT_A_TOKEN = 10;

const tokens = Array.from({ length: TOKENS }, (_, index) => ({
  virtualCardId: `token-${index}`,
  status: 'RESUMED',
}));
const spokenOf = tokens.slice(0, SPOKEN_OF).map(({ virtualCardId }) => virtualCardId);
const codes = [undefined, 221, 231, 'E1', 999];

/** Many different callbacks about a few of the tokens, and a stranger. */
function arrivals(toChange: typeof aChange): Arrival[] {
  return [...spokenOf, 'stranger'].flatMap((virtualCardId) =>
    codes.flatMap((errorCode) =>
      [true, false].map((isPrimary) => ({
        at: 5 * SECOND,
        change: toChange({ virtualCardId, isPrimary, ...(errorCode !== undefined && { errorCode }) }),
      })),
    ),
  );
}

/** The same objects; how often anybody looks at `name` of one of them is counted. */
function watched<T extends object>(
  objects: readonly T[],
  name: keyof T & string,
): { all: T[]; looks: () => number } {
  let looks = 0;
  const all = objects.map((object) => {
    const value = object[name];
    const get = (): T[keyof T & string] => {
      looks += 1;
      return value;
    };
    return Object.defineProperty({ ...object }, name, { get, enumerable: true });
  });
  return { all, looks: () => looks };
}

it('a thousand callbacks on a card are recorded with a few looks at each of its other tokens, not one per callback', () => {
  const { virtualCardId: _none, ...request } = aRequest();
  const seen = evolveCard(
    beginCardOperation(request, aPolicy(), SENDER_PATIENCE_MS),
    {
      kind: 'snapshot',
      reading: {
        kind: 'listed',
        tokens,
      },
    },
    0,
  );
  const sent = evolveCard(seen, senderEnded({ kind: 'accepted', at: 0 }), 0);
  const begun: CardOperation = evolveCard(
    sent,
    { kind: 'callback', change: aChange({ virtualCardId: 'token-0' }) },
    0,
  );
  const silent = watched(begun.members.slice(SPOKEN_OF), 'token');
  const some = arrivals(aChange);
  expect(some.length).toBeGreaterThan(1_000);
  const after = recordCardChanges(
    { ...begun, members: [...begun.members.slice(0, SPOKEN_OF), ...silent.all] },
    some,
  );
  expect(silent.looks() / silent.all.length).toBeLessThan(MOST_LOOKS_AT_A_TOKEN);
  const heardOf = after.members.filter(({ token }) => token.heard.length > 0);
  expect(heardOf).toHaveLength(SPOKEN_OF + 1);
});

it('a thousand renewals of a card are recorded with a few looks at each of its other tokens, not one per callback', () => {
  const read = { now: 0, readIntervalMs: SECOND };
  const card = { issuerId: 'ISSUER1234', issuerCardRefId: 'card-1' };
  const begun = recordCardReading(beginRenewals(card, 0), { kind: 'listed', tokens }, read);
  const silent = watched(begun.tokens.slice(SPOKEN_OF + 1), 'virtualCardId');
  // Without the one in the middle there is a place left for the stranger.
  const all = [...begun.tokens.slice(0, SPOKEN_OF), ...silent.all];
  const some = arrivals(aRenewal);
  const after = recordRenewals({ ...begun, tokens: all }, some);
  expect(silent.looks() / silent.all.length).toBeLessThan(MOST_LOOKS_AT_A_TOKEN);
  expect(after.tokens.flatMap(({ renewals }) => renewals)).toHaveLength(some.length);
});

it('what came late is judged once, not again with every further callback', () => {
  const { virtualCardId: _none, ...request } = aRequest();
  const seen = evolveCard(
    beginCardOperation(request, aPolicy(), SENDER_PATIENCE_MS),
    {
      kind: 'snapshot',
      reading: {
        kind: 'listed',
        tokens,
      },
    },
    0,
  );
  const ended = evolveCard(seen, { kind: 'resolve', decision: { status: 'UNKNOWN', note: 'a test' } }, 0);
  const subject: LateSubject = toSubject(toCardReport(ended));
  const begun = { standing: beginStanding(toCardReport(ended)), count: 0 };
  const words = arrivals(aChange).slice(0, 100);
  const late = words.reduce(
    (kept, { change }) => recordLateChange(kept, change, 0),
    beginLateArrivals(request.issuerId, request.correlationId, 0),
  );
  const judged = judgeFurther(begun, late.arrivals, subject);
  expect(judged).toEqual({
    standing: standingAfter(begun.standing, late.arrivals, subject),
    count: late.arrivals.length,
  });
  const earlier = watched(late.arrivals, 'kind');
  const further = recordLateChange(late, aChange({ virtualCardId: 'token-1999' }), 0).arrivals.slice(-1);
  const after = judgeFurther(judged, [...earlier.all, ...further], subject);
  expect(earlier.looks()).toBe(0);
  expect(after.standing).toEqual(standingAfter(begun.standing, [...late.arrivals, ...further], subject));
});
