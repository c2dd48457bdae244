// The comparison is worth as much as the violations that it sees: each kind is planted here, next to what is allowed.
import {
  aCallback,
  aPlanned,
  aPost,
  aReading,
  aRecord,
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

/** `I2: it had 2 effects …` */
function found(parts: Parts): string[] {
  return check(aRecord(parts)).map(({ invariant, says }) => `${invariant}: ${says}`);
}

const failure = { errorCode: 231 } as const;
const bothWords = {
  callbacks: [aCallback(), aCallback({ ...failure, at: at(320) })],
  stored: [aStored(), aStored({ change: { ...aStored().change, ...failure } })],
};
const noWord = { callbacks: [], stored: [] };
const begun = aPost().body;

/** The operation's only ends in which nothing may have reached the hub. */
const unsent = { requests: [], effects: [], ...noWord };
const unknown = { status: 'UNKNOWN', effectiveStatus: 'UNKNOWN', evidence: 'NONE', settledAt: at(20_000) };

it('finds nothing where the records agree', () => {
  expect(found({})).toEqual([]);
});

describe('I1: a callback that was answered 2xx', () => {
  it('is stored', () => {
    expect(found({ stored: [] })).toEqual([
      'I1: a callback was answered 2xx and is stored nowhere: SUSPEND of card-1-t: success',
    ]);
  });

  it('is stored word by word: another token, action, code or half of a pair is another word', () => {
    const others = [{ virtualCardId: 'other' }, { action: 'RESUME' }, failure, { isPrimary: false }];
    for (const other of others) {
      const stored = [aStored({ change: { ...aStored().change, ...other } })];
      expect(found({ stored })).toHaveLength(1);
    }
  });

  it('may be spelled differently, repeated, and stored as late', () => {
    const callbacks = [
      aCallback(),
      aCallback({ action: ' suspend ', errorCode: '0' }),
      aCallback({ errorCode: null }),
    ];
    const late = { workflowId: `late/ISSUER1234/${OPERATION}`, workflowType: 'lateChange' };
    expect(found({ callbacks, stored: [aStored(late)] })).toEqual([]);
  });

  it('is not looked for when nobody has answered it 2xx', () => {
    const callbacks = [
      aCallback(),
      aCallback({ ...failure, status: 503 }),
      aCallback({ ...failure, status: null }),
    ];
    expect(found({ callbacks })).toEqual([]);
  });

  it('is held by a foreign change when no operation of ours asked for it', () => {
    const callbacks = [aCallback(), aCallback({ correlationId: 'stranger' })];
    const change = { ...aStored().change, correlationId: 'stranger' };
    const workflowId = 'lcm/ISSUER1234/stranger';
    const foreign = aStored({ change, workflowId, workflowType: 'foreignChange' });
    const shown = new Map([['stranger', [change]]]);
    expect(found({ callbacks, stored: [aStored(), foreign], foreign: shown })).toEqual([]);
    expect(found({ callbacks, stored: [aStored(), foreign] })).toEqual([
      'I1: a stored word does not show in the foreign change: SUSPEND of card-1-t: success',
    ]);
    const wrong = aStored({ change, workflowId });
    expect(found({ callbacks, stored: [aStored(), wrong], foreign: shown })).toEqual([
      'I1: a callback that nobody asked for is held by tokenOperation: SUSPEND of card-1-t: success',
    ]);
  });

  it('shows in the foreign change as often as it came in turn with others, wherever copies came', () => {
    const actions = ['SUSPEND', 'SUSPEND', 'RESUME', 'SUSPEND'];
    const callbacks = actions.map((action, index) =>
      aCallback({ correlationId: 'stranger', action, at: new Date(index * 1_000).toISOString() }),
    );
    const stored = actions.map((action) =>
      aStored({
        change: { ...aStored().change, correlationId: 'stranger', action },
        workflowId: 'lcm/ISSUER1234/stranger',
        workflowType: 'foreignChange',
      }),
    );
    const shownAs = (...shown: string[]) =>
      found({
        callbacks: [aCallback(), ...callbacks],
        stored: [aStored(), ...stored],
        foreign: new Map([['stranger', shown.map((action) => ({ virtualCardId: 'card-1-t', action }))]]),
      });
    expect(shownAs('SUSPEND', 'RESUME', 'SUSPEND')).toEqual([]);
    expect(shownAs('SUSPEND', 'RESUME')).toEqual([
      'I1: a stored word shows 1 times of 2 in the foreign change: SUSPEND of card-1-t: success',
    ]);
  });

  it('shows in the operation', () => {
    const change = { virtualCardId: 'card-1-t', action: 'ACTIVATE' };
    const parts = {
      callbacks: [aCallback(), aCallback({ action: 'ACTIVATE' })],
      stored: [aStored(), aStored({ change: { ...aStored().change, ...change } })],
    };
    expect(found(parts)).toEqual([
      'I1: a stored word does not show in the operation: ACTIVATE of card-1-t: success',
    ]);
    expect(found({ ...parts, operations: [aShown({ unexpected: [change] })] })).toEqual([]);
    const late = [{ kind: 'unexpected', change }];
    expect(found({ ...parts, operations: [aShown({ late })] })).toEqual([]);
  });
});

it('I1: an operation shows no word, and no copy of one, that the hub has not sent', () => {
  const conflicts = [{ virtualCardId: 'card-1-t', action: 'SUSPEND', ...failure }];
  expect(found({ operations: [aShown({ conflicts })] })).toEqual([
    'I1: it shows a word that the hub has not sent: SUSPEND of card-1-t: error 231',
  ]);
  const operations = [aShown({ duplicates: 1 })];
  expect(found({ operations })).toEqual(['I1: it counts 1 duplicates of at most 0']);
  expect(found({ operations, callbacks: [aCallback(), aCallback({ status: null })] })).toEqual([]);
});

describe('I2: exactly once', () => {
  it('has one effect', () => {
    expect(found({ effects: [anEffect(), anEffect({ at: at(900) })] })).toEqual([
      `I2: it had 2 effects at the hub: ${at(200)}, ${at(900)}`,
    ]);
  });

  it('has the effect that was asked for', () => {
    expect(found({ effects: [anEffect({ action: 'DELETE', to: 'DELETED' })] })).toContain(
      'I2: the hub did DELETE to card-1-t for it',
    );
  });

  it('leaves no effect without an operation', () => {
    const stray = anEffect({ correlationId: 'op-2', at: at(900) });
    expect(found({ effects: [anEffect(), stray] })).toEqual([
      'I2: the hub did SUSPEND to card-1-t for an operation that nobody knows',
    ]);
    expect(found({ effects: [anEffect(), { ...stray, source: 'WALLET' }] })).toEqual([]);
  });

  it('tells one operation for one key, and different ones for different keys', () => {
    const other = aPost({ body: { ...aShown(), operationId: 'op-2' } });
    expect(found({ told: [aPost(), aTold(), other] })).toContain(
      'I2: key-1 has several operations: op-1, op-2',
    );
    const planned = [aPlanned(), aPlanned({ key: 'key-2' })];
    expect(found({ planned, told: [aPost(), aTold(), aPost({ key: 'key-2' })] })).toContain(
      'I2: key-1 and key-2 were told the same operation',
    );
  });

  it('refuses another body under the same key', () => {
    const told = (status: number): Parts => ({
      told: [aPost(), aTold(), aTold({ call: 'post another body', status })],
    });
    expect(found(told(422))).toEqual([]);
    expect(found(told(202))).toEqual(['I2: another body under the same key was answered 202']);
  });

  it('records what was asked for', () => {
    expect(found({ operations: [aShown({ action: 'RESUME' })] })).toContain(
      'I2: asked for SUSPEND of card-1-t, recorded is RESUME of card-1-t',
    );
  });

  it('sends nothing that the operation does not know of, and nothing after its end', () => {
    expect(found({ requests: [aRequest(), aRequest({ at: at(150) })] })).toEqual([
      'I2: the hub got 2 requests, the operation knows of 1',
    ]);
    const operations = [aShown({ attempts: 2 })];
    expect(found({ operations, requests: [aRequest(), aRequest({ at: at(4_000) })] })).toEqual([
      `I2: it was sent at ${at(4_000)}`,
    ]);
  });
});

describe('I3: every operation', () => {
  it('ends', () => {
    const operations = [aShown({ status: 'OVERDUE', effectiveStatus: 'OVERDUE', final: false })];
    expect(found({ ...noWord, operations, told: [aPost()] })).toEqual(['I3: it has not ended: OVERDUE']);
  });

  it('ends by its hard deadline, or soon after what it needs has come back', () => {
    const operations = [aShown({ settledAt: at(100_000) })];
    expect(found({ operations })).toEqual([`I3: it ended 20000 ms after ${at(80_000)}, its latest end`]);
    const outages = [{ what: 'worker 1', from: Date.parse(at(19_000)), to: Date.parse(at(24_000)) }];
    expect(found({ operations, outages })).toEqual([]);
  });

  it('is there for who was told of it, and somebody was told its end', () => {
    const nowhere = { operations: [], told: [aPost(), aTold({ status: 404, body: {} })] };
    expect(found(nowhere)).toContain('I3: clients were told of it, and GET does not find it');
    expect(found({ told: [aPost()] })).toEqual(['I3: no client was ever told its end']);
  });
});

describe('I4: the outcome agrees with the hub', () => {
  it('CONFIRMED by a callback needs one, and an effect unless the hub contradicts itself', () => {
    expect(found(noWord)).toEqual(['I4: the hub has sent no callback of success for it']);
    expect(found({ effects: [] })).toEqual(['I4: CONFIRMED, and the hub has done nothing for it']);
    const conflict = { virtualCardId: 'card-1-t', action: 'SUSPEND', ...failure };
    expect(found({ ...bothWords, effects: [], operations: [aShown({ conflicts: [conflict] })] })).toEqual([]);
  });

  it('CONFIRMED by a reading needs one that has shown the wanted state', () => {
    const operations = [aShown({ evidence: 'READING', settledAt: at(600) })];
    const says = 'I4: no reading of its own has shown the wanted state';
    const read = (reading: Parts['requests']) =>
      found({ ...noWord, operations, requests: [aRequest(), ...(reading ?? [])] });
    expect(read([])).toEqual([says]);
    expect(read([aReading()])).toEqual([]);
    expect(read([aReading({ listed: ['RESUMED'] })])).toEqual([says]);
    expect(read([aReading({ listed: [] })])).toEqual([says]);
    expect(read([aReading({ correlationId: 'op-2' })])).toEqual([says]);
  });

  it('a SUSPEND that is CONFIRMED by a reading needs a request at the hub before it', () => {
    const operations = [aShown({ evidence: 'READING', settledAt: at(600), attempts: 0 })];
    const says = "I4: CONFIRMED by a SUSPENDED that was read, and nothing was sent: it is another's";
    const sent = (requests: Parts['requests']) => found({ ...unsent, operations, requests: requests ?? [] });
    expect(sent([aReading()])).toEqual([says]);
    const tried = [aShown({ evidence: 'READING', settledAt: at(600) })];
    const since = (when: number) =>
      found({ ...unsent, operations: tried, requests: [aRequest({ at: at(when) }), aReading()] });
    expect(since(700)).toEqual([says]);
    expect(since(100)).toEqual([]);
    // Its worker was lost in the middle of an attempt.
    expect(found({ ...unsent, operations: tried, requests: [aReading()] })).toEqual([]);
  });

  it("FAILED needs the hub's own word", () => {
    const operations = [aShown({ status: 'FAILED', effectiveStatus: 'FAILED', ...failure })];
    expect(found({ ...noWord, operations })).toEqual(['I4: the hub has sent no callback with 231 for it']);
    const said = {
      callbacks: [aCallback(failure)],
      stored: [aStored({ change: { ...aStored().change, ...failure } })],
    };
    expect(found({ ...said, operations })).toEqual([]);
  });

  it('FAILED by a code that proves nothing needs an answered reading, and a token that is not as wanted', () => {
    const code = { errorCode: 911 };
    const said = {
      callbacks: [aCallback(code)],
      stored: [aStored({ change: { ...aStored().change, ...code } })],
      operations: [aShown({ status: 'FAILED', effectiveStatus: 'FAILED', ...code, settledAt: at(3_000) })],
    };
    const requests = [aRequest(), aReading()];
    expect(found({ ...said, effects: [] })).toEqual([
      'I4: FAILED by 911, which proves nothing, and no reading was answered',
    ]);
    expect(found({ ...said, effects: [], requests })).toEqual([]);
    expect(found({ ...said, requests })).toEqual([
      `I4: FAILED, but the hub has done it at ${at(200)}, and nobody has undone it`,
    ]);
    const undone = anEffect({
      at: at(400),
      source: 'TSP',
      correlationId: 'outside',
      action: 'RESUME',
      to: 'RESUMED',
    });
    expect(found({ ...said, requests, effects: [anEffect(), undone] })).toEqual([]);
  });

  it('REJECTED needs the refusal, and no effect that stands', () => {
    const rejected = { status: 'REJECTED', effectiveStatus: 'REJECTED', evidence: 'ANSWER' };
    const operations = [aShown({ ...rejected, errorCode: 432 })];
    const refusal = aRequest({ status: 400, responseCode: 432 });
    expect(found({ ...noWord, operations, effects: [] })).toEqual([
      'I4: the hub has not refused it with 432',
    ]);
    expect(found({ ...noWord, operations, effects: [], requests: [refusal] })).toEqual([]);
    expect(found({ ...noWord, operations, requests: [refusal] })).toEqual([
      `I4: REJECTED, but the hub has done it at ${at(200)}, and nobody has undone it`,
    ]);
    const bare = [aShown(rejected)];
    const html = [aRequest({ status: 403, inFront: true })];
    expect(found({ ...noWord, operations: bare, effects: [], requests: html })).toEqual([
      'I4: the hub has not refused it with no code',
    ]);
    const posing = [aRequest({ status: 400, responseCode: 432, inFront: true })];
    expect(found({ ...noWord, operations, effects: [], requests: posing })).toEqual([
      'I4: the hub has not refused it with 432',
    ]);
  });

  it('UNKNOWN is not said of what a word had decided, and asks for a look', () => {
    const attention = 'UNKNOWN_OUTCOME';
    const operations = [aShown({ ...unknown, attention })];
    expect(found({ ...noWord, operations, effects: [] })).toEqual([]);
    expect(found({ operations })).toContain('I4: UNKNOWN, although a word was stored before: success');
    expect(found({ ...noWord, operations: [aShown(unknown)] })).toEqual([
      'I5: nobody knows its outcome, and nobody is asked to look',
    ]);
  });

  it.each([
    ['FAILED', 'FAILED as never sent'],
    ['CANCELLED', 'CANCELLED'],
    ['SUPERSEDED', 'SUPERSEDED'],
  ])('%s without evidence is said of nothing that may have reached the hub', (status, as) => {
    const attention = 'UNKNOWN_OUTCOME';
    const other = { operationId: 'op-2', action: 'RESUME', requestedAt: at(1_000) } as const;
    const newer = aShown({ ...unknown, ...other, attention });
    const planned = [
      aPlanned(),
      aPlanned({ key: 'key-2', body: { ...aPlanned().body, action: 'RESUME' as const } }),
    ];
    const shown = aShown({ status, effectiveStatus: status, evidence: 'NONE' });
    const ofNewer = [
      aPost({ key: 'key-2', body: newer }),
      aTold({ key: 'key-2', body: newer }),
      aTold({ call: 'cancel', body: shown }),
    ];
    const parts = {
      planned,
      operations: [shown, newer],
      told: [aPost(), aTold({ body: shown }), ...ofNewer],
    };
    expect(found({ ...parts, ...unsent })).toEqual([]);
    expect(found({ ...parts, ...unsent, effects: [anEffect()] })).toEqual([
      `I4: ${as}, but the hub has done it at ${at(200)}`,
    ]);
    const front = [
      { status: 403, inFront: true },
      { status: 200, inFront: true },
    ];
    for (const possible of [{}, { status: 503 }, { status: null, ended: 'hung' }, ...front]) {
      expect(found({ ...parts, ...unsent, requests: [aRequest(possible)] })).toEqual([
        `I4: ${as}, but a request of ${at(100)} may have had an effect`,
      ]);
    }
    for (const harmless of [
      { status: 429 },
      { status: 400, responseCode: 321 },
      { status: 200, responseCode: 111 },
    ]) {
      expect(found({ ...parts, ...unsent, requests: [aRequest(harmless)] })).toEqual([]);
    }
  });

  it.each([
    ['a RESUME that started a second later', 'RESUME', 1_000, true],
    ['a RESUME that started less than a second later', 'RESUME', 999, false],
    ['a DELETE that started less than a second before', 'DELETE', -999, true],
    ['a DELETE that started a second before', 'DELETE', -1_000, false],
  ] as const)(
    'SUPERSEDED by %s: Temporal’s order counts, whatever was written down',
    (_by, action, ms, isRight) => {
      const operationId = 'op-2';
      const attention = 'UNKNOWN_OUTCOME';
      const newer = aShown({ ...unknown, operationId, action, requestedAt: at(90_000), attention });
      const superseded = { status: 'SUPERSEDED', effectiveStatus: 'SUPERSEDED', supersededBy: operationId };
      const shown = aShown({ ...superseded, evidence: 'NONE' });
      const violations = found({
        ...unsent,
        planned: [aPlanned(), aPlanned({ key: 'key-2', body: { ...aPlanned().body, action } })],
        operations: [shown, newer],
        told: [
          aPost(),
          aTold({ body: shown }),
          aPost({ key: 'key-2', body: newer }),
          aTold({ key: 'key-2', body: newer }),
        ],
        starts: new Map([
          [OPERATION, Date.parse(at(0))],
          [operationId, Date.parse(at(ms))],
        ]),
      });
      expect(violations.filter((violation) => violation.includes('SUPERSEDED, and no newer'))).toHaveLength(
        isRight ? 0 : 1,
      );
      expect(violations.filter((violation) => violation.includes('took over'))).toHaveLength(isRight ? 0 : 1);
    },
  );

  it('SUPERSEDED needs a newer operation with another action, CANCELLED a client who cancelled', () => {
    const ended = (status: string) => ({
      ...unsent,
      operations: [aShown({ status, effectiveStatus: status, evidence: 'NONE' })],
    });
    expect(found(ended('SUPERSEDED'))).toEqual([
      'I4: SUPERSEDED, and no newer operation wants something else',
    ]);
    expect(found(ended('CANCELLED'))).toEqual(['I4: CANCELLED, and nobody has cancelled it']);
  });

  it('knows no other pair of status and evidence', () => {
    expect(found({ operations: [aShown({ evidence: 'NONE' })] })).toEqual([
      'I4: CONFIRMED by NONE is no outcome of these operations',
    ]);
  });

  it('follows a late word in effect', () => {
    const late = [{ kind: 'amendment', change: { virtualCardId: 'card-1-t', action: 'SUSPEND' } }];
    const stored = [aStored({ workflowId: `late/ISSUER1234/${OPERATION}`, workflowType: 'lateChange' })];
    const callbacks = [aCallback({ at: at(21_000) })];
    const amended = { ...unknown, attention: 'LATE_AMENDMENT', late };
    const parts = { stored, callbacks };
    expect(found({ ...parts, operations: [aShown({ ...amended, effectiveStatus: 'CONFIRMED' })] })).toEqual(
      [],
    );
    expect(found({ ...parts, operations: [aShown(amended)] })).toEqual([
      'I4: every word of the hub says success, but its effectiveStatus is UNKNOWN',
    ]);
  });
});

describe('I5: nothing final changes in silence', () => {
  it('tells the same end to everybody who asks later', () => {
    const other = aShown({ status: 'FAILED', errorCode: 231 });
    expect(found({ told: [aPost(), aTold(), aTold({ ms: 2_000, body: other })] })).toEqual([
      `I5: a client was told end (CONFIRMED by CALLBACK, ${at(1_010)}), ` +
        `and later another end (FAILED by CALLBACK with 231, ${at(2_010)})`,
    ]);
    expect(found({ told: [aPost(), aTold(), aTold({ ms: 2_000, body: begun })] })).toHaveLength(1);
  });

  it('compares only what was asked after the answer', () => {
    const overlapping = { ...aTold({ body: begun }), answeredAt: Date.parse(at(5_000)) };
    expect(found({ told: [aPost(), aTold(), overlapping] })).toEqual([]);
  });

  it('tells two who ask at the same time no two ends', () => {
    const shown = aShown();
    const one = aTold({ ms: 1_000, body: shown });
    const other = aTold({ ms: 1_005, body: { ...shown, status: 'FAILED', errorCode: 231 } });
    expect(found({ told: [aPost(), one, other] })).toHaveLength(1);
    const outcome = { virtualCardId: 'card-1-t', result: 'CONFIRMED', expected: true, evidence: 'CALLBACK' };
    const withOutcome = aTold({ ms: 1_005, body: { ...shown, outcomes: [outcome] } });
    expect(found({ told: [aPost(), one, withOutcome] })).toHaveLength(1);
  });

  it('tells no end in a list, or by a cancellation, that is not the one of later answers', () => {
    const running = { ...aShown(), status: 'AWAITING_CALLBACK', final: false };
    for (const call of ['list', 'cancel', 'read'] as const) {
      const told = [aPost(), aTold({ call }), aTold({ ms: 2_000, body: running }), aTold({ ms: 3_000 })];
      expect(found({ told })).toContainEqual(expect.stringMatching(/^I5: a client was told end/));
    }
    // A list may be a moment behind.
    const behind = aTold({ ms: 2_000, call: 'list', body: running });
    expect(found({ told: [aPost(), aTold(), behind] })).toEqual([]);
  });

  it('does not lose an operation that a client was told of', () => {
    expect(found({ told: [aPost(), aTold(), aTold({ ms: 2_000, status: 404, body: {} })] })).toEqual([
      'I5: a client was told of it, and later get did not find it',
    ]);
  });

  it('shows words that contradict each other', () => {
    expect(found(bothWords)).toEqual([
      'I1: a stored word does not show in the operation: SUSPEND of card-1-t: error 231',
      'I5: the hub has said success and 231, and no conflict is shown',
    ]);
    const change = { virtualCardId: 'card-1-t', action: 'SUSPEND', ...failure };
    const late = [{ kind: 'conflict', change }];
    const shown = { effectiveStatus: 'UNKNOWN', attention: 'CONFLICT', late };
    expect(found({ ...bothWords, operations: [aShown(shown)] })).toEqual([]);
  });

  it('asks for a look at whatever a late word contradicts', () => {
    const change = { virtualCardId: 'card-1-t', action: 'SUSPEND', ...failure };
    const conflict = { kind: 'conflict', change };
    expect(found({ ...bothWords, operations: [aShown({ late: [conflict] })] })).toEqual([
      'I5: a late word contradicts it, and it shows CONFIRMED, no attention',
    ]);
    const decided = { late: [conflict, { kind: 'reading' }], attention: 'CONFLICT' };
    expect(found({ ...bothWords, operations: [aShown(decided)] })).toEqual([]);
    const read = aShown({ ...unknown, effectiveStatus: 'CONFIRMED', late: [{ kind: 'reading' }] });
    expect(found({ ...noWord, operations: [read] })).toEqual([]);
    expect(found({ operations: [aShown({ effectiveStatus: 'FAILED' })] })).toContain(
      'I5: it is CONFIRMED, in effect FAILED, and nobody is asked to look',
    );
  });
});

it('I6: finds what could be a card number in an answer', () => {
  // The well-known test number, in two halves so that no file of ours holds it.
  const number = `${'4111'.padEnd(8, '1')}${'1'.repeat(8)}`;
  const told = [aPost(), aTold({ body: { ...aShown(), note: number } })];
  expect(found({ told })).toEqual(['I6: an answer holds 13 to 19 digits that pass the Luhn check']);
  const other = [aPost(), aTold({ body: { ...aShown(), note: number.replace(/1$/, '2') } })];
  expect(found({ told: other })).toEqual([]);
});

it('I7: a well-formed callback is answered 200 or 503, or not at all', () => {
  const answered = (status: number | null): Parts => ({ callbacks: [aCallback(), aCallback({ status })] });
  expect([null, 200, 503].flatMap((status) => found(answered(status)))).toEqual([]);
  expect([400, 404, 500].flatMap((status) => found(answered(status)))).toEqual([
    'I7: a well-formed callback was answered 400',
    'I7: a well-formed callback was answered 404',
    'I7: a well-formed callback was answered 500',
  ]);
});

it('reports what is nobody’s record: a process that has ended by itself', () => {
  expect(found({ mishaps: ['worker 1 has ended by itself'] })).toEqual([
    'mishap: worker 1 has ended by itself',
  ]);
});
