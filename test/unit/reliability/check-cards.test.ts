// What check.test.ts does for operations on one token, for those on all tokens of a card and for renewals.
import {
  aCallback,
  aCardOperation,
  aPlanned,
  aPost,
  aReading,
  aRecord,
  aRenewalsView,
  aRequest,
  aShown,
  aStored,
  aTold,
  anEffect,
  at,
  OPERATION,
  type Parts,
} from '../../reliability/a-record.js';
import { check } from '../../reliability/check/index.js';
import type { ShownOperation } from '../../reliability/records.js';

/** `I2: it had 2 effects …` */
function found(parts: Parts): string[] {
  return check(aRecord(parts)).map(({ invariant, says }) => `${invariant}: ${says}`);
}

const failure = { errorCode: 231 } as const;
const [CARD, A, B, C] = ['card-1', 'card-1-a', 'card-1-b', 'card-1-c'];

/** A SUSPEND of a card: two tokens are active, and both report; a third is inactive when the hub is misled to list it. */
function aCard({
  a = {},
  b = {},
  words = [A, B],
  listed = ['SUSPENDED', 'SUSPENDED'],
  ...shown
}: {
  a?: object;
  b?: object;
  words?: readonly string[];
  listed?: readonly string[];
} & Partial<ReturnType<typeof aShown>> = {}): Parts {
  const outcome = (virtualCardId: string, given: object) => ({
    virtualCardId,
    result: 'CONFIRMED',
    expected: true,
    evidence: 'CALLBACK',
    at: at(310),
    ...given,
  });
  const operation = aCardOperation({
    outcomes: [outcome(A, a), outcome(B, b)],
    settledAt: at(600),
    ...shown,
  });
  const callbacks = words.map((virtualCardId) => aCallback({ virtualCardId }));
  const ids = { listedIds: [A, B, C].slice(0, listed.length), virtualCardId: undefined };
  return {
    planned: [aPlanned({ body: { ...bodyOfCard, action: operation.action } })],
    tokens: [
      { virtualCardId: A, status: 'RESUMED' },
      { virtualCardId: B, status: 'RESUMED' },
    ],
    operations: [operation],
    told: [aPost({ body: { ...operation, final: false } }), aTold({ body: operation })],
    requests: [
      aReading({ at: at(50), listed: ['RESUMED', 'RESUMED'], listedIds: [A, B] }),
      requestOfCard,
      aReading({ listed, listedIds: ids.listedIds }),
    ],
    effects: [A, B].map((virtualCardId) => anEffect({ virtualCardId })),
    callbacks,
    stored: callbacks.map(({ virtualCardId }) =>
      aStored({ workflowType: 'cardOperation', change: { ...aStored().change, virtualCardId } }),
    ),
  };
}

const { virtualCardId: _token, ...bodyOfCard } = aPlanned().body;
const { virtualCardId: _other, ...requestOfCard } = aRequest();

const silent = { result: 'SILENT', evidence: 'NONE' };
const partly = { status: 'PARTIALLY_CONFIRMED', effectiveStatus: 'PARTIALLY_CONFIRMED' };

it('finds nothing where the records agree', () => {
  expect(found(aCard())).toEqual([]);
});

describe('I1: a callback for one token of a card', () => {
  it('is held by the operation, or by what came late', () => {
    const stored = (workflowType: string): Parts => ({
      ...aCard(),
      stored: aCard().stored?.map((one) => ({ ...one, workflowType })) ?? [],
    });
    expect(found(stored('lateChange'))).toEqual([]);
    expect(found(stored('cardRequest'))).toEqual([
      `I1: a callback of the operation is held by cardRequest: SUSPEND of ${A}: success`,
      `I1: a callback of the operation is held by cardRequest: SUSPEND of ${B}: success`,
    ]);
    expect(found({ ...aCard(), stored: [] })).toHaveLength(2);
  });

  it('shows as its own outcome, in a list, or is counted as omitted', () => {
    const lost = aCard({ ...partly, b: silent, attention: 'UNKNOWN_OUTCOME' });
    const says = `I1: a stored word does not show in the operation: SUSPEND of ${B}: success`;
    expect(found(lost)).toContain(says);
    const change = { virtualCardId: B, action: 'SUSPEND' };
    const late = [{ kind: 'amendment', change }];
    const shown = aCard({ ...partly, b: silent, attention: 'UNKNOWN_OUTCOME', late });
    expect(found(shown)).not.toContain(says);
    expect(found(aCard({ ...partly, b: silent, attention: 'UNKNOWN_OUTCOME', omitted: 1 }))).not.toContain(
      says,
    );
    const other = aCard({ outcomes: aCard().operations?.[0]?.outcomes.slice(0, 1) ?? [] });
    expect(found(other)).toContain(says);
  });
});

describe('I2: exactly once', () => {
  it('has one effect at each token of the card, and none elsewhere', () => {
    const { effects = [], ...rest } = aCard();
    expect(found({ ...rest, effects: [...effects, anEffect({ virtualCardId: A, at: at(900) })] })).toEqual([
      `I2: it had 2 effects at the hub: ${at(200)}, ${at(900)}`,
    ]);
    expect(found({ ...rest, effects: [...effects, anEffect({ virtualCardId: 'stranger' })] })).toEqual([
      'I2: the hub did SUSPEND to stranger for it',
    ]);
  });

  it('asks for the whole card, under its own correlation id', () => {
    const { requests = [], ...rest } = aCard();
    const one = requests.map((request) =>
      request.operation === 'updateCardState' ? { ...request, virtualCardId: A } : request,
    );
    expect(found({ ...rest, requests: one })).toEqual([
      `I2: the request of ${at(100)} is not for what was asked for`,
    ]);
    const stray = anEffect({ virtualCardId: A, correlationId: 'op-2', at: at(900) });
    expect(found({ ...aCard(), effects: [...(rest.effects ?? []), stray] })).toEqual([
      `I2: the hub did SUSPEND to ${A} for an operation that nobody knows`,
    ]);
  });

  it('gives way to a newer one for the whole card, to one on a token only as a RESUME', () => {
    const newer = (other: ShownOperation): string[] => {
      const sent = { ...requestOfCard, at: at(6_000) };
      const effects = [A, B].map((virtualCardId) => anEffect({ virtualCardId, at: at(6_100) }));
      const callbacks = [A, B].map((virtualCardId) => aCallback({ virtualCardId, at: at(6_200) }));
      const parts = aCard({ settledAt: at(6_700) });
      const [reading] = parts.requests ?? [];
      const last = aReading({ at: at(6_500), listed: ['SUSPENDED', 'SUSPENDED'], listedIds: [A, B] });
      return found({
        ...parts,
        effects,
        callbacks,
        requests: [...(reading === undefined ? [] : [reading]), sent, last],
        operations: [...(parts.operations ?? []), other],
      });
    };
    const wish = { operationId: 'op-2', action: 'RESUME', requestedAt: at(2_000) } as const;
    expect(newer(aCardOperation(wish))).toHaveLength(2);
    expect(newer(aShown({ ...wish, virtualCardId: A }))).toEqual([]);
  });
});

describe("I4: each token's outcome agrees with the hub", () => {
  it('CONFIRMED by a callback needs one of its own, and an effect of its own', () => {
    expect(found(aCard({ words: [A] }))).toEqual([
      `I4: ${B}: the hub has sent no callback of success for it`,
    ]);
    const [effect] = aCard().effects ?? [];
    expect(found({ ...aCard(), effects: effect === undefined ? [] : [effect] })).toEqual([
      `I4: ${B}: CONFIRMED, and the hub has done nothing for it`,
    ]);
  });

  it('CONFIRMED by a reading needs one since the request that lists this token so', () => {
    const read = { b: { evidence: 'READING' }, evidence: 'READING', words: [A] };
    expect(found(aCard(read))).toEqual([]);
    const other = aCard({
      ...read,
      ...partly,
      exposed: [B],
      attention: 'TOKEN_EXPOSED',
      listed: ['SUSPENDED', 'RESUMED'],
    });
    expect(found(other)).toEqual([`I4: ${B}: no reading since the request has shown the wanted state`]);
    const { requests = [], ...rest } = aCard(read);
    const [, request, reading] = requests;
    const before = [reading, request].filter((one) => one !== undefined);
    expect(
      found({ ...rest, requests: before.map((one, index) => ({ ...one, at: at(50 + index) })) }),
    ).toContain(`I4: ${B}: no reading since the request has shown the wanted state`);
  });

  it('FAILED needs its own failure, SILENT that there was no word and no list that shows it', () => {
    const failed = { result: 'FAILED', ...failure };
    const shown = {
      ...partly,
      b: failed,
      exposed: [B],
      attention: 'TOKEN_EXPOSED',
      listed: ['SUSPENDED', 'RESUMED'],
    };
    expect(found(aCard({ ...shown, words: [A] }))).toEqual([
      `I4: ${B}: the hub has sent no callback with 231 for it`,
    ]);
    const mute = { ...shown, b: silent };
    expect(found(aCard({ ...mute, words: [A] }))).toEqual([]);
    expect(found(aCard({ ...mute, settledAt: at(2_000) }))).toContain(
      `I4: ${B}: SILENT, although a word was stored before: success`,
    );
    const seen = { ...partly, b: silent, attention: 'UNKNOWN_OUTCOME', words: [A] };
    expect(found(aCard(seen))).toContain(`I4: ${B}: SILENT, although the last reading lists it as SUSPENDED`);
  });

  it('expects what a list of the card says', () => {
    expect(found(aCard({ b: { expected: false } }))).toEqual([
      `I4: no list of the card explains what is expected: ${A}`,
    ]);
  });
});

describe('I4: the card is CONFIRMED', () => {
  it('only if every expected token is', () => {
    const parts = aCard({ b: silent, words: [A] });
    expect(found(parts)).toContain(`I4: CONFIRMED, and the expected ${B} is SILENT`);
  });

  it('only if the last list shows no token that can pay', () => {
    const [first, request] = aCard().requests ?? [];
    const requests = [first, request].filter((one) => one !== undefined);
    expect(found({ ...aCard(), requests: requests.slice(1) })).toContain(
      'I4: CONFIRMED, and nobody has looked whether a token can pay',
    );
    for (const status of ['RESUMED', 'INACTIVE', 'DEPLOYMENT_ONGOING', 'HIBERNATED']) {
      expect(found(aCard({ listed: ['SUSPENDED', 'SUSPENDED', status] }))).toEqual([
        `I4: CONFIRMED, and the last list shows ${C}`,
        `I4: the last list shows that ${C} can pay, and it is not called exposed`,
      ]);
    }
    for (const status of ['SUSPENDED', 'DELETED', 'ERASED']) {
      expect(found(aCard({ listed: ['SUSPENDED', 'SUSPENDED', status] }))).toEqual([]);
    }
  });

  it('by no more than its weakest part', () => {
    const parts = aCard({ b: { evidence: 'READING' }, words: [A] });
    expect(found(parts)).toEqual(['I4: CONFIRMED by callbacks, and some part of it rests on less']);
  });
});

it('I4: exposed is what the last list that came back shows, and asks for a look', () => {
  const exposed = { ...partly, exposed: [C], listed: ['SUSPENDED', 'SUSPENDED', 'INACTIVE'] };
  expect(found(aCard({ ...exposed, attention: 'TOKEN_EXPOSED' }))).toEqual([]);
  expect(found(aCard(exposed))).toContain('I4: a token is exposed, and the attention is none');
  expect(found(aCard({ ...partly, attention: 'TOKEN_EXPOSED', exposed: [C] }))).toEqual([
    `I4: ${C} is called exposed, and the last list does not`,
  ]);
  const lost = { ...aCard({ ...exposed, exposed: [A, B], attention: 'TOKEN_EXPOSED' }) };
  const looks = [
    {
      correlationId: OPERATION,
      scheduledAt: Date.parse(at(0)),
      endedAt: Date.parse(at(80)),
      afterSending: true,
    },
  ];
  expect(found({ ...lost, looks })).toEqual([]);
});

it('I4: UNKNOWN, PARTIALLY_CONFIRMED and REJECTED of a card say what its tokens say', () => {
  const unknown = {
    status: 'UNKNOWN',
    effectiveStatus: 'UNKNOWN',
    evidence: 'NONE',
    attention: 'UNKNOWN_OUTCOME',
  };
  expect(found(aCard(unknown))).toContain(`I4: UNKNOWN, although ${A} is confirmed`);
  const nothing = { ...partly, a: silent, b: silent, attention: 'UNKNOWN_OUTCOME', words: [] };
  expect(found(aCard(nothing))).toContain('I4: PARTIALLY_CONFIRMED, and no token is confirmed');
  expect(found(aCard(partly))).toContain(
    'I4: PARTIALLY_CONFIRMED, although everything is confirmed and nobody is asked to look',
  );
  const rejected = { status: 'REJECTED', effectiveStatus: 'REJECTED', evidence: 'ANSWER', errorCode: 432 };
  expect(found(aCard(rejected))).toContain('I4: the hub has not refused it with 432');
});

it('I4: no token is SILENT that the last list shows as wanted, if that look began when the sending was over', () => {
  const parts = aCard({ ...partly, b: silent, attention: 'UNKNOWN_OUTCOME', words: [A] });
  const look = { correlationId: OPERATION, scheduledAt: Date.parse(at(0)), endedAt: Date.parse(at(60_000)) };
  const says = `I4: ${B}: SILENT, although the last reading lists it as SUSPENDED`;
  expect(found({ ...parts, looks: [{ ...look, afterSending: true }] })).toContain(says);
  expect(found({ ...parts, looks: [{ ...look, afterSending: false }] })).not.toContain(says);
});

it('I4: a first list in time only says whose words are awaited, and proves nothing of a token that is SILENT', () => {
  const shown = { ...partly, b: silent, attention: 'UNKNOWN_OUTCOME', words: [A], settledAt: at(9_000) };
  const { requests = [], ...rest } = aCard(shown);
  const [, request = aRequest(), list = aReading()] = requests;
  const says = `I4: ${B}: SILENT, although the last reading lists it as SUSPENDED`;
  const seen = (ms: number): string[] => found({ ...rest, requests: [request, { ...list, at: at(ms) }] });
  expect(seen(500)).not.toContain(says);
  expect(seen(7_000)).toContain(says);
  const again = [request, list, { ...list, at: at(700) }];
  expect(found({ ...rest, requests: again })).toContain(says);
});

it('I3: an operation on a card may wait after its hard deadline for what it has sent, as long as two attempts take', () => {
  const late = (ms: number): string[] =>
    found(aCard({ settledAt: at(ms) })).filter((says) => says.startsWith('I3'));
  expect(late(93_000)).toEqual([]);
  expect(late(94_000)).toEqual([`I3: it ended 1000 ms after ${at(93_000)}, its latest end`]);
});

it('I5: words on one token that contradict each other are a conflict of that token', () => {
  const parts = aCard();
  const callbacks = [...(parts.callbacks ?? []), aCallback({ virtualCardId: B, ...failure })];
  const [, one = aStored()] = parts.stored ?? [];
  const stored = [...(parts.stored ?? []), { ...one, change: { ...one.change, ...failure } }];
  const withConflict = (virtualCardId: string): string[] => {
    const late = [{ kind: 'conflict', change: { virtualCardId, action: 'SUSPEND', ...failure } }];
    const shown = { late, attention: 'CONFLICT', effectiveStatus: 'UNKNOWN' };
    return found({ ...aCard(shown), callbacks, stored });
  };
  expect(withConflict(B)).toEqual([]);
  expect(withConflict(A)).toContain('I5: the hub has said success and 231, and no conflict is shown');
});

describe('renewals', () => {
  const renewal = { correlationId: 'renewal-1', action: 'RENEW' } as const;
  const sent = (...words: Parameters<typeof aCallback>[0][]): Parts => {
    const all = words.map((word) => aCallback({ ...renewal, ...word }));
    const held = all.map(({ correlationId, virtualCardId, errorCode, isPrimary = true }) =>
      aStored({
        workflowId: `renewals/ISSUER1234/${CARD}`,
        workflowType: 'cardRenewals',
        change: {
          ...renewal,
          correlationId,
          virtualCardId,
          isPrimary,
          ...(errorCode !== undefined && { errorCode }),
        },
      }),
    );
    return { callbacks: [aCallback(), ...all], stored: [aStored(), ...held] };
  };
  const seen = (...shown: Parameters<typeof aRenewalsView>): Parts => ({
    renewals: [aRenewalsView(...shown)],
  });

  it('I1: are stored with the card, shown once, and with no more copies than were sent', () => {
    expect(found({ ...sent({}), ...seen([{}]) })).toEqual([]);
    expect(found({ ...sent({}), stored: [aStored()], ...seen([{}]) })).toEqual([
      'I1: a renewal was answered 2xx and no renewals hold it: RENEW of card-1-t: success',
    ]);
    expect(found({ ...sent({}), ...seen([]) })).toEqual([
      'I1: renewals of card-1, process 1: a stored renewal does not show: RENEW of card-1-t: success',
    ]);
    expect(found({ ...sent({}, {}), ...seen([{ repeats: 1 }]) })).toEqual([]);
    expect(found({ ...sent({}, {}), ...seen([{}, {}]) })).toEqual([
      'I1: renewals of card-1, process 1: a renewal is shown 2 times: RENEW of card-1-t: success',
    ]);
    expect(found({ ...sent({}), ...seen([{ repeats: 1 }]) })).toEqual([
      'I1: renewals of card-1, process 1: 1 repeats are counted of at most 0: RENEW of card-1-t: success',
    ]);
    expect(found({ ...sent({}), ...seen([{}, { correlationId: 'renewal-2' }]) })).toEqual([
      'I1: renewals of card-1, process 1: a renewal is shown that the hub has not sent: RENEW of card-1-t: success',
    ]);
    expect(found({ ...sent({ isPrimary: false }), ...seen([{}]) })).toHaveLength(2);
  });

  it('I1: are no business of operations', () => {
    const given = aStored({ change: { ...aStored().change, ...renewal } });
    expect(found({ stored: [aStored(), given] })).toEqual(['I1: a renewal was given to tokenOperation']);
    const unexpected = [{ virtualCardId: 'card-1-t', action: 'RENEW' }];
    expect(found({ operations: [aShown({ unexpected })] })).toContain(
      'I1: it shows a renewal as a word of its own',
    );
  });

  it('I5: ask for a look exactly if the last word on a token is a failure', () => {
    const failed = { result: 'FAILED', ...failure };
    const says =
      'I5: renewals of card-1, process 1: the last word on a token is a failure, and nobody is asked to look';
    expect(found({ ...sent(failure), ...seen([failed], 'RENEWAL_FAILED') })).toEqual([]);
    expect(found({ ...sent(failure), ...seen([failed]) })).toEqual([says]);
    expect(found({ ...sent({}), ...seen([{}], 'RENEWAL_FAILED') })).toEqual([
      'I5: renewals of card-1, process 1: RENEWAL_FAILED, and every last word is a success',
    ]);
    const later = { correlationId: 'renewal-2', at: at(9_000) };
    expect(found({ ...sent(failure, later), ...seen([failed, later]) })).toEqual([]);
    expect(found({ ...sent({}, { ...later, ...failure }), ...seen([{}, { ...later, ...failed }]) })).toEqual([
      says,
    ]);
    // Who came first is not known of two that came together.
    const together = { correlationId: 'renewal-2', at: at(400) };
    expect(found({ ...sent(failure, together), ...seen([failed, together]) })).toEqual([]);
  });
});
