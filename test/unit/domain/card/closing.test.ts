import { toCardReport, evolveCard } from '../../../../src/domain/card/index.js';
import {
  aCardList,
  aCardOperation,
  FAILED_READING,
  HOUR,
  MINUTE,
  SECOND,
} from '../../../support/builders.js';
import {
  accepted,
  BOTH_DONE,
  cardOutcome,
  TWO_ACTIVE,
  TWO_SUSPENDED,
  word,
} from '../../../support/virtual/card-outcome.js';
import { runCardOperation } from '../../../support/virtual/run-card.js';

const ONE_LEFT = aCardList({ 'token-1': 'SUSPENDED', 'token-2': 'RESUMED' });

describe('the look at the card when every expected token has its outcome', () => {
  it('I4: confirms a SUSPEND when no token is left that can pay', () => {
    const run = cardOutcome({ changes: BOTH_DONE, card: () => TWO_SUSPENDED });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', exposed: [], readAt: [SECOND] });
    expect(run.attention).toBeUndefined();
  });

  it('I4: names a confirmed token that could pay when the card was last seen, although no look succeeds after that one', () => {
    const run = cardOutcome({
      changes: BOTH_DONE,
      card: (now) => (now < MINUTE ? ONE_LEFT : FAILED_READING),
    });
    expect(run).toMatchObject({ status: 'PARTIALLY_CONFIRMED', exposed: ['token-2'] });
  });

  it('I4: names without a look at the end what the last list showed, but for what was confirmed since', () => {
    const run = cardOutcome({
      changes: [word('token-1', 40 * MINUTE)],
      card: (now) => (now < 35 * MINUTE ? TWO_ACTIVE : FAILED_READING),
    });
    expect(run).toMatchObject({
      status: 'PARTIALLY_CONFIRMED',
      attention: 'TOKEN_EXPOSED',
      exposed: ['token-2'],
    });
  });

  it.each([
    ['SUSPENDED', 'OTHER_SUSPENDER', 'CONFIRMED'],
    ['INACTIVE', 'CONFLICT', 'UNKNOWN'],
  ])(
    'I4: shows after a RESUME what a list says against a success (%s), also when no later look can clear it up: %s',
    (state, attention, effectiveStatus) => {
      const resume = { action: 'RESUME' as const, hardDeadlineAt: HOUR };
      const against = aCardList({ 'token-1': 'RESUMED', 'token-2': state });
      const done = (at: number) => [
        word('token-1', at, { action: 'RESUME' }),
        word('token-2', at, { action: 'RESUME' }),
      ];
      const ends = [
        // Repeated after an interval; not repeated, for looks fail; at the hard deadline; after a cancellation.
        cardOutcome(
          { snapshot: TWO_SUSPENDED, changes: done(SECOND), card: () => against },
          aCardOperation(resume),
        ),
        cardOutcome(
          {
            snapshot: TWO_SUSPENDED,
            changes: done(SECOND),
            card: (now) => (now < MINUTE ? against : FAILED_READING),
          },
          aCardOperation(resume),
        ),
        cardOutcome(
          { snapshot: TWO_SUSPENDED, changes: done(HOUR - 1), card: () => against },
          aCardOperation(resume),
        ),
        cardOutcome(
          { snapshot: TWO_SUSPENDED, changes: done(SECOND), cancelAt: 2 * SECOND, card: () => against },
          aCardOperation(resume),
        ),
      ];
      for (const run of ends) expect(run).toMatchObject({ status: 'CONFIRMED', attention, effectiveStatus });
      expect(ends[0]?.readAt).toEqual([SECOND, SECOND + MINUTE + 10]);
    },
  );

  it('worries nobody about what only the first of two looks says against a success', () => {
    const run = cardOutcome({
      changes: BOTH_DONE,
      card: (now) => (now < MINUTE ? ONE_LEFT : TWO_SUSPENDED),
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', exposed: [], attention: undefined });
    expect(run.readAt).toEqual([SECOND, SECOND + MINUTE + 10]);
  });

  it('I4: shows a conflict when two looks an interval apart list a confirmed token that can pay', () => {
    const run = cardOutcome({ changes: BOTH_DONE, card: () => ONE_LEFT });
    expect(run).toMatchObject({
      status: 'PARTIALLY_CONFIRMED',
      effectiveStatus: 'UNKNOWN',
      attention: 'CONFLICT',
      exposed: ['token-2'],
    });
    expect(run.readAt).toEqual([SECOND, SECOND + MINUTE + 10]);
  });

  it.each([
    ['a word', { changes: [word('token-1', 2 * SECOND + 50)] }],
    ['the acceptance', { sendingEnded: accepted(2 * SECOND + 50) ?? [] }],
  ])(
    'I4: counts only when it began after %s from which it is known that the hub has the request',
    (_what, known) => {
      // Two looks find both suspended while the request is still being sent: whose doing that is, nobody knows.
      const begun = evolveCard(
        evolveCard(aCardOperation(), { kind: 'snapshot', reading: TWO_ACTIVE }, 0),
        { kind: 'time' },
        0,
      );
      const seen = evolveCard(
        evolveCard(begun, { kind: 'begun', effect: 'read' }, SECOND),
        { kind: 'reading', reading: TWO_SUSPENDED },
        SECOND + 10,
      );
      const run = runCardOperation(seen, {
        card: () => TWO_SUSPENDED,
        latencyMs: 100,
        readAt: 2 * SECOND,
        ...known,
      });
      expect(run.readAt).toEqual([2 * SECOND, 15 * MINUTE]);
      expect(toCardReport(run.operation)).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    },
  );

  it('I4: is repeated an interval after it contradicted a success, although a person wanted a look in between', () => {
    const run = cardOutcome({
      changes: BOTH_DONE,
      readAt: 2 * SECOND,
      card: (now) => (now < 30 * SECOND ? ONE_LEFT : TWO_SUSPENDED),
    });
    expect(run.readAt).toEqual([SECOND, 2 * SECOND, SECOND + MINUTE + 10]);
    expect(run).toMatchObject({ status: 'CONFIRMED', exposed: [], attention: undefined });
  });

  it('I4: does not count when it began before a word that contradicts an earlier one', () => {
    const run = cardOutcome({
      changes: [
        word('token-1', SECOND),
        word('token-2', SECOND, { errorCode: 221 }),
        word('token-2', SECOND + 50, { errorCode: 231 }),
      ],
      card: () => TWO_SUSPENDED,
      latencyMs: 100,
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', attention: 'CONFLICT' });
    expect(run.readAt).toEqual([SECOND, SECOND + 100]);
  });

  it('I4: begins anew at once when a word came while it was under way', () => {
    const run = cardOutcome({
      changes: [...BOTH_DONE, word('stranger', SECOND + 50)],
      card: () => TWO_SUSPENDED,
      latencyMs: 100,
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', readAt: [SECOND, SECOND + 100] });
  });

  it('is not begun anew for each of the words that keep coming, but once an interval', () => {
    const doubtAndSuccess = (virtualCardId: string, at: number) => [
      word(virtualCardId, at, { errorCode: 221 }),
      word(virtualCardId, at + 10),
    ];
    const run = cardOutcome({
      changes: [
        ...BOTH_DONE,
        ...doubtAndSuccess('first', SECOND + 50),
        ...doubtAndSuccess('second', SECOND + 150),
      ],
      card: () => TWO_SUSPENDED,
      latencyMs: 100,
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', readAt: [SECOND, SECOND + 100, SECOND + MINUTE] });
  });

  it('is tried three times after a RESUME, whose words stand by themselves, and then does without', () => {
    const done = BOTH_DONE.map(({ at, change }) => ({ at, change: { ...change, action: 'RESUME' } }));
    const run = cardOutcome({ snapshot: TWO_SUSPENDED, changes: done }, aCardOperation({ action: 'RESUME' }));
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', attention: undefined });
    expect(run.readAt).toEqual([SECOND, SECOND + MINUTE + 10, SECOND + 2 * MINUTE + 20]);
  });

  it.each(['SUSPEND', 'DELETE'] as const)(
    'I4: is repeated after a %s until the hard deadline, and without it nothing is more than partially confirmed',
    (action) => {
      const done = BOTH_DONE.map(({ at, change }) => ({ at, change: { ...change, action } }));
      const gone = aCardList({ 'token-1': 'DELETED', 'token-2': 'DELETED' });
      const late = cardOutcome(
        { changes: done, card: (now) => (now < 5 * MINUTE ? FAILED_READING : gone) },
        aCardOperation({ action }),
      );
      expect(late).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
      expect(late.readAt).toHaveLength(6);
      const never = cardOutcome({ changes: done }, aCardOperation({ action, hardDeadlineAt: HOUR }));
      expect(never).toMatchObject({
        status: 'PARTIALLY_CONFIRMED',
        attention: 'UNKNOWN_OUTCOME',
        exposed: [],
        endedAt: HOUR + 10,
      });
      // Every interval at first, and more patiently after ten failures.
      expect(never.readAt.length).toBeLessThan(20);
    },
  );

  it('does not contradict a success that came while it was under way', () => {
    const run = cardOutcome(
      {
        changes: [word('token-1', SECOND), word('token-2', HOUR + 50)],
        card: () => ONE_LEFT,
        latencyMs: 100,
      },
      aCardOperation({ hardDeadlineAt: HOUR }),
    );
    expect(run).toMatchObject({
      status: 'PARTIALLY_CONFIRMED',
      attention: 'TOKEN_EXPOSED',
      effectiveStatus: 'PARTIALLY_CONFIRMED',
      exposed: ['token-2'],
    });
  });
});
