import { recordCardChanges, toCardReport, evolveCard } from '../../../../src/domain/card/index.js';
import {
  aCardList,
  aCardOperation,
  EMPTY_LIST,
  FAILED_READING,
  HOUR,
  MINUTE,
  SECOND,
  SENDER_PATIENCE_MS,
} from '../../../support/builders.js';
import {
  accepted,
  BOTH_DONE,
  cardOverTime,
  cardOutcome,
  sendingEnds,
  TWO_ACTIVE,
  TWO_SUSPENDED,
  word,
} from '../../../support/virtual/card-outcome.js';

describe('a request of which the sender says that nothing of it was ever sent', () => {
  const unsent = sendingEnds(HOUR, { kind: 'stopped', possiblySent: false }) ?? [];
  const card = aCardOperation({ hardDeadlineAt: HOUR });

  it('ends FAILED and NEVER_SENT at the hard deadline, after one last look', () => {
    const run = cardOutcome({ sendingEnded: unsent, card: () => FAILED_READING }, card);
    expect(run).toMatchObject({ status: 'FAILED', evidence: 'NONE', exposed: ['token-1', 'token-2'] });
    expect(run.report.outcomes.map(({ result, evidence }) => [result, evidence])).toEqual([
      ['FAILED', 'NONE'],
      ['FAILED', 'NONE'],
    ]);
    expect(run.operation.attention).toContain('NEVER_SENT');
  });

  it('I4: leaves silent, and not failed, what is not heard of when a word on another token proves the opposite', () => {
    const run = cardOutcome({ sendingEnded: unsent, changes: [word('token-1', HOUR + 5)] }, card);
    expect(run.results).toEqual({ 'token-1': 'CONFIRMED CALLBACK', 'token-2': 'SILENT NONE' });
    expect(run.status).toBe('PARTIALLY_CONFIRMED');
  });
});

describe('a word on the request itself', () => {
  it.each([
    ['while a refusal is looked into', 2 * SECOND],
    ['while the last look at the hard deadline is under way', HOUR + SECOND],
  ])('I4: beats a refusal that may be an echo, also %s', (_when, at) => {
    const refused = sendingEnds(SECOND, { kind: 'refused', errorCode: 432, echo: true }) ?? [];
    const run = cardOutcome(
      {
        sendingEnded: refused,
        changes: [word('token-1', at), word('token-2', at, { errorCode: 231 })],
        card: () => FAILED_READING,
        latencyMs: 2 * SECOND,
      },
      aCardOperation({ hardDeadlineAt: HOUR }),
    );
    expect(run.results).toEqual({ 'token-1': 'CONFIRMED CALLBACK', 'token-2': 'FAILED CALLBACK 231' });
    expect(run).toMatchObject({ status: 'PARTIALLY_CONFIRMED', errorCode: 231 });
  });
});

describe('a request that the hub refuses for the state of the card', () => {
  it.each([432, 160])(
    'ends UNKNOWN with the code (%i) when the hub then lists no token at all',
    (errorCode) => {
      const run = cardOutcome({
        sendingEnded: sendingEnds(SECOND, { kind: 'refused', errorCode, echo: false }) ?? [],
        card: () => EMPTY_LIST,
      });
      expect(run).toMatchObject({ status: 'UNKNOWN', evidence: 'NONE', errorCode, readAt: [SECOND] });
      expect(run.results).toEqual({
        'token-1': `SILENT NONE ${errorCode}`,
        'token-2': `SILENT NONE ${errorCode}`,
      });
      expect(run.operation.attention).toContain('UNKNOWN_OUTCOME');
    },
  );
});

describe('a refusal', () => {
  const refused = (errorCode: number | string | undefined, echo: boolean) =>
    sendingEnds(SECOND, { kind: 'refused', errorCode, echo }) ?? [];

  it.each([111, 116, 119, 'E-1', undefined])(
    'of a first attempt with code %s, which is not about the state, rejects the card at once',
    (errorCode) => {
      const run = cardOutcome({ sendingEnded: refused(errorCode, false) });
      expect(run).toMatchObject({
        status: 'REJECTED',
        evidence: 'ANSWER',
        errorCode,
        readAt: [],
        provisional: false,
      });
      expect(run.report.outcomes).toMatchObject([
        { result: 'FAILED', evidence: 'ANSWER' },
        { result: 'FAILED', evidence: 'ANSWER' },
      ]);
    },
  );

  it.each([432, 160])(
    'of a first attempt for the state (%i) is confirmed by one look that finds the card as wanted',
    (code) => {
      const run = cardOutcome({ sendingEnded: refused(code, false), card: () => TWO_SUSPENDED });
      expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', readAt: [SECOND] });
      expect(run.errorCode).toBeUndefined();
    },
  );

  it.each([432, 160])(
    'I4: of a first attempt for the state (%i) rejects the card after one look that finds a token elsewhere',
    (code) => {
      const run = cardOutcome({
        sendingEnded: refused(code, false),
        card: cardOverTime(
          [0, FAILED_READING],
          [30 * SECOND, aCardList({ 'token-1': 'SUSPENDED', 'token-2': 'RESUMED' })],
        ),
      });
      expect(run).toMatchObject({
        status: 'REJECTED',
        evidence: 'ANSWER',
        errorCode: code,
        provisional: false,
        attention: 'TOKEN_EXPOSED',
        exposed: ['token-2'],
        readAt: [SECOND, SECOND + MINUTE + 10],
      });
      expect(run.results).toEqual({ 'token-1': 'CONFIRMED READING', 'token-2': `FAILED ANSWER ${code}` });
    },
  );

  it('I4: is not CONFIRMED by a card of which a token that nothing is expected of can pay', () => {
    const run = cardOutcome({
      sendingEnded: refused(432, false),
      card: () => aCardList({ 'token-1': 'SUSPENDED', 'token-2': 'SUSPENDED', new: 'INACTIVE' }),
    });
    expect(run).toMatchObject({ status: 'REJECTED', exposed: ['new'], attention: 'TOKEN_EXPOSED' });
  });

  it.each([432, 160, 119, 116, 111, 'E-1'])(
    'I4: with code %s after a possible first attempt is believed after two looks an interval apart, and provisionally',
    (code) => {
      const run = cardOutcome({ sendingEnded: refused(code, true), card: () => TWO_ACTIVE });
      expect(run).toMatchObject({
        status: 'REJECTED',
        evidence: 'ANSWER',
        errorCode: code,
        provisional: true,
      });
      expect(run.readAt).toEqual([SECOND, SECOND + MINUTE + 10]);
    },
  );

  it('I4: that may be an echo is confirmed by the first look that finds the card as wanted', () => {
    const second = cardOutcome({
      sendingEnded: refused(119, true),
      card: cardOverTime([0, TWO_ACTIVE], [30 * SECOND, TWO_SUSPENDED]),
    });
    expect(second).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    const first = cardOutcome({ sendingEnded: refused(119, true), card: () => TWO_SUSPENDED });
    expect(first.readAt).toEqual([SECOND]);
  });

  it('I4: that may be an echo ends UNKNOWN with its code when fewer than two looks are answered by the hard deadline', () => {
    const run = cardOutcome(
      {
        sendingEnded: refused(432, true),
        card: cardOverTime([0, TWO_ACTIVE], [30 * SECOND, FAILED_READING]),
      },
      aCardOperation({ hardDeadlineAt: HOUR }),
    );
    expect(run).toMatchObject({
      status: 'UNKNOWN',
      evidence: 'NONE',
      errorCode: 432,
      exposed: ['token-1', 'token-2'],
    });
  });

  it('I4: that may be an echo does not end by an empty list, which proves nothing', () => {
    const run = cardOutcome({
      sendingEnded: refused(432, true),
      card: cardOverTime([0, EMPTY_LIST], [30 * SECOND, TWO_SUSPENDED]),
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    expect(run.readAt).toHaveLength(2);
  });

  it('that a word has beaten before is none', () => {
    const run = cardOutcome({
      sendingEnded: refused(111, true),
      changes: [word('token-1', 1)],
      card: () => TWO_SUSPENDED,
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', readAt: [15 * MINUTE] });
  });
});

describe('a cancellation', () => {
  it.each([
    ['CANCELLED', { kind: 'stopped', possiblySent: false } as const],
    ['SUPERSEDED', { kind: 'superseded', by: 'op-newer', possiblySent: false } as const],
  ])('before anything was possibly sent ends %s without a look', (status, result) => {
    const run = cardOutcome({
      sendingEnded: sendingEnds(2 * SECOND, result) ?? [],
      ...(status === 'CANCELLED' && { cancelAt: SECOND }),
    });
    expect(run).toMatchObject({ status, evidence: 'NONE', readAt: [], endedAt: 2 * SECOND, exposed: [] });
    expect(Object.values(run.results)).toEqual(['SILENT NONE', 'SILENT NONE']);
  });

  it('waits for the sender to say how its attempt ended, but no longer than for two attempts', () => {
    const told = cardOutcome({
      sendingEnded: accepted(20 * SECOND) ?? [],
      cancelAt: SECOND,
      card: () => TWO_ACTIVE,
    });
    expect(told.readAt).toEqual([20 * SECOND]);
    const untold = cardOutcome({ sendingEnded: [], cancelAt: SECOND, card: () => TWO_ACTIVE });
    expect(untold).toMatchObject({ status: 'UNKNOWN', readAt: [31 * SECOND], attention: 'TOKEN_EXPOSED' });
  });

  it.each([
    ['CONFIRMED', TWO_SUSPENDED],
    ['PARTIALLY_CONFIRMED', aCardList({ 'token-1': 'SUSPENDED', 'token-2': 'RESUMED' })],
    ['UNKNOWN', TWO_ACTIVE],
  ])('afterwards ends %s by the next complete look', (status, reading) => {
    const run = cardOutcome({ cancelAt: SECOND, card: () => reading });
    expect(run).toMatchObject({ status, readAt: [SECOND] });
    const superseded = sendingEnds(SECOND, { kind: 'superseded', by: 'op-newer', possiblySent: true }) ?? [];
    const other = cardOutcome({ sendingEnded: superseded, card: () => reading });
    expect(other).toMatchObject({ status, readAt: [SECOND] });
    expect(other.report.supersededBy).toBe('op-newer');
  });

  it('takes three looks an interval apart that fail for an answer, and keeps what was confirmed', () => {
    const run = cardOutcome({
      changes: [word('token-1', 1)],
      cancelAt: SECOND,
      card: () => FAILED_READING,
    });
    expect(run.readAt).toEqual([SECOND, SECOND + MINUTE + 10, SECOND + 2 * MINUTE + 20]);
    expect(run).toMatchObject({ status: 'PARTIALLY_CONFIRMED', evidence: 'CALLBACK', exposed: ['token-2'] });
  });

  it('asked for again changes nothing', () => {
    const cancelling = evolveCard(aCardOperation(), { kind: 'cancel' }, SECOND);
    const again = evolveCard(cancelling, { kind: 'cancel' }, 2 * SECOND);
    expect({ ...again, requests: cancelling.requests }).toEqual(cancelling);
  });

  it('of what was refused for the state ends REJECTED at once', () => {
    const sendingEnded = sendingEnds(SECOND, { kind: 'refused', errorCode: 432, echo: false }) ?? [];
    const after = cardOutcome({ sendingEnded, cancelAt: 2 * SECOND, card: () => FAILED_READING });
    expect(after).toMatchObject({ status: 'REJECTED', errorCode: 432, endedAt: 2 * SECOND });
    const before = cardOutcome({ sendingEnded, cancelAt: 1, card: () => FAILED_READING });
    expect(before).toMatchObject({ status: 'REJECTED', errorCode: 432, endedAt: SECOND });
  });
});

describe('a sender that has left no result', () => {
  it('I2, I4: counts as one that may have sent, is followed by none, and the card is looked at at once', () => {
    const lost = sendingEnds(SECOND, { kind: 'lost' }) ?? [];
    const run = cardOutcome(
      { sendingEnded: lost, card: () => TWO_ACTIVE },
      aCardOperation({ hardDeadlineAt: HOUR }),
    );
    expect(run).toMatchObject({ status: 'UNKNOWN', evidence: 'NONE' });
    expect(run.readAt[0]).toBe(SECOND);
    expect(run.operation).toMatchObject({ senders: 1, attention: expect.arrayContaining(['TERMINATED']) });
    expect(run.steps.find(({ at }) => at === SECOND)?.operation.sender).toBeUndefined();
  });

  it('is forgotten by the outcome once every token has reported', () => {
    const lost = sendingEnds(2 * SECOND, { kind: 'lost' }) ?? [];
    const run = cardOutcome({ sendingEnded: lost, changes: BOTH_DONE, card: () => TWO_SUSPENDED });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', attention: 'TERMINATED' });
  });

  it('is waited for once it is known to be stopped by hand: nothing sent is CANCELLED', () => {
    const stopped = sendingEnds(SECOND, { kind: 'stopped', possiblySent: false }) ?? [];
    expect(cardOutcome({ sendingEnded: stopped })).toMatchObject({ status: 'CANCELLED', endedAt: SECOND });
  });
});

describe('a sender that says nothing', () => {
  it('I3: is waited for after the hard deadline for as long as two attempts may take, and then counts as one that may have sent', () => {
    const run = cardOutcome(
      { sendingEnded: [], card: () => TWO_ACTIVE },
      aCardOperation({ hardDeadlineAt: HOUR }),
    );
    expect(run).toMatchObject({
      status: 'UNKNOWN',
      endedAt: HOUR + SENDER_PATIENCE_MS + 10,
      attention: 'TOKEN_EXPOSED',
    });
  });

  it('is believed once: a second word of it changes nothing', () => {
    const run = cardOutcome({
      sendingEnded: [
        { at: 1, result: { kind: 'accepted', at: 1 } },
        { at: 2, result: { kind: 'refused', errorCode: 111, echo: false } },
      ],
      changes: BOTH_DONE,
      card: () => TWO_SUSPENDED,
    });
    expect(run.status).toBe('CONFIRMED');
  });
});

describe('the first word on the request itself', () => {
  const strays = (ids: readonly string[], actions: readonly string[]) =>
    ids.flatMap((id) => actions.map((action) => word(id, 0, { action }).change));

  it('I4: counts however many strays have come before it on the tokens of the card', () => {
    const ids = Array.from({ length: 800 }, (_, index) => `token-${index + 1}`);
    const card = aCardList(Object.fromEntries(ids.map((id) => [id, 'RESUMED'])));
    const begun = evolveCard(
      evolveCard(aCardOperation(), { kind: 'snapshot', reading: card }, 0),
      { kind: 'begun', effect: 'send' },
      0,
    );
    const odd = strays(ids, ['RESUME', 'DELETE', 'ACTIVATE']).map((change) => ({ change, at: 1 }));
    const after = recordCardChanges(begun, [...odd, { change: word('token-1', 2).change, at: 2 }]);
    expect(after).toMatchObject({ wordCame: true, stopWantedAt: 2 });
    expect(toCardReport(after).outcomes[0]).toMatchObject({ result: 'CONFIRMED', evidence: 'CALLBACK' });
  });

  it('I2: ends the sending also when there is no room for its token', () => {
    const begun = evolveCard(
      evolveCard(aCardOperation({ action: 'DELETE' }), { kind: 'snapshot', reading: TWO_ACTIVE }, 0),
      { kind: 'begun', effect: 'send' },
      0,
    );
    const others = Array.from({ length: 201 }, (_, index) => `other-${index}`);
    const odd = strays(others, ['DELETE_FROM_APP']).map((change) => ({ change, at: 1 }));
    const own = word('one-more', 2, { action: 'DELETE' }).change;
    expect(recordCardChanges(begun, odd).stopWantedAt).toBeUndefined();
    expect(recordCardChanges(begun, [...odd, { change: own, at: 2 }])).toMatchObject({
      wordCame: true,
      stopWantedAt: 2,
    });
  });
});
