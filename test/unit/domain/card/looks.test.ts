import {
  attentionOfCard,
  isFinal,
  toCompact,
  toCardReport,
  evolveCard,
} from '../../../../src/domain/card/index.js';
import {
  aCardList,
  aChange,
  aCardOperation,
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

describe('a look that is under way', () => {
  const wanted = { readAt: SECOND, card: () => TWO_ACTIVE, latencyMs: 100 };

  it('when somebody cancels began too early to decide', () => {
    const run = cardOutcome({ ...wanted, cancelAt: SECOND + 50 });
    expect(run).toMatchObject({ status: 'UNKNOWN', readAt: [SECOND, SECOND + 100] });
  });

  it.each([
    [false, [SECOND, SECOND + 100]],
    [true, [SECOND, SECOND + 100, SECOND + MINUTE + 200]],
  ])('when the hub refuses (an echo: %s) began too early to count', (echo, readAt) => {
    const sendingEnded = sendingEnds(SECOND + 50, { kind: 'refused', errorCode: 432, echo }) ?? [];
    expect(cardOutcome({ ...wanted, sendingEnded })).toMatchObject({ status: 'REJECTED', readAt });
  });

  it('at the hard deadline is followed by the last one', () => {
    const run = cardOutcome({ ...wanted, readAt: HOUR - 50 }, aCardOperation({ hardDeadlineAt: HOUR }));
    expect(run.readAt.slice(-2)).toEqual([HOUR - 50, HOUR + 50]);
  });

  it('when the sender ends only after it was waited for past the hard deadline is the last one all the same', () => {
    const run = cardOutcome(
      {
        sendingEnded:
          sendingEnds(HOUR + SENDER_PATIENCE_MS + 50, { kind: 'refused', errorCode: 432, echo: true }) ?? [],
        card: () => TWO_ACTIVE,
        latencyMs: 100,
      },
      aCardOperation({ softDeadlineAt: HOUR, hardDeadlineAt: HOUR }),
    );
    const waitedUntil = HOUR + SENDER_PATIENCE_MS;
    expect(run.readAt.filter((at) => at >= waitedUntil)).toEqual([waitedUntil]);
    expect(run).toMatchObject({ status: 'UNKNOWN', errorCode: 432 });
  });

  it('at the end begins when the sender has ended, also if words had told before that the hub has the request', () => {
    const run = cardOutcome({
      changes: BOTH_DONE,
      sendingEnded: accepted(SECOND + 50) ?? [],
      card: () => TWO_SUSPENDED,
      latencyMs: 100,
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', readAt: [SECOND + 50] });
  });
});

describe('a look', () => {
  it('that a person wants is repeated after an interval when it fails', () => {
    const run = cardOutcome({
      readAt: SECOND,
      card: cardOverTime([0, FAILED_READING], [30 * SECOND, TWO_SUSPENDED]),
    });
    expect(run.readAt.slice(0, 2)).toEqual([SECOND, SECOND + MINUTE + 10]);
    expect(run.status).toBe('CONFIRMED');
  });

  it('for strange words is made at once for the first, and an interval later for those that follow', () => {
    const run = cardOutcome({
      changes: [
        word('stranger', SECOND, { action: 'RESUME' }),
        word('stranger', 5 * SECOND, { action: 'DELETE' }),
        word('token-1', 6 * SECOND, { action: 'RESUME' }),
      ],
      card: cardOverTime([0, TWO_ACTIVE], [30 * SECOND, TWO_SUSPENDED]),
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', attention: 'UNEXPECTED_CALLBACK' });
    expect(run.readAt).toEqual([SECOND, SECOND + MINUTE]);
  });

  it('at the soft deadline does not come on top of the looks into a refusal', () => {
    const run = cardOutcome(
      {
        snapshot: FAILED_READING,
        sendingEnded: sendingEnds(MINUTE, { kind: 'refused', errorCode: 432, echo: true }) ?? [],
        card: cardOverTime([0, FAILED_READING], [100 * SECOND, TWO_SUSPENDED]),
      },
      aCardOperation({ softDeadlineAt: 90 * SECOND }),
    );
    expect(run).toMatchObject({ status: 'CONFIRMED', readAt: [MINUTE, 2 * MINUTE + 10] });
  });

  it('after a cancellation begins when the sender has ended, or was waited for long enough since a word came', () => {
    const run = cardOutcome({
      sendingEnded: [],
      changes: [word('token-1', 1)],
      cancelAt: SECOND,
      card: () => TWO_SUSPENDED,
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', readAt: [1 + SENDER_PATIENCE_MS] });
  });

  it('I4: that never comes leaves exposed what contradicting words were said of', () => {
    const run = cardOutcome(
      { changes: [...BOTH_DONE, word('token-1', 2 * SECOND, { errorCode: 231 })] },
      aCardOperation({ hardDeadlineAt: HOUR }),
    );
    expect(run).toMatchObject({ status: 'PARTIALLY_CONFIRMED', attention: 'CONFLICT', exposed: ['token-1'] });
  });
});

describe('once it is known', () => {
  it('a second snapshot changes nothing', () => {
    const known = evolveCard(aCardOperation(), { kind: 'snapshot', reading: TWO_ACTIVE }, 0);
    expect(evolveCard(known, { kind: 'snapshot', reading: aCardList({ other: 'RESUMED' }) }, 0)).toBe(known);
  });

  it('I5: a copy of a word and a strange one do not reopen what is final, nor ask for a look', () => {
    const { operation, endedAt } = cardOutcome({ changes: BOTH_DONE, card: () => TWO_SUSPENDED });
    const copy = evolveCard(operation, { kind: 'callback', change: aChange() }, endedAt);
    expect([isFinal(copy), toCardReport(copy).duplicates]).toEqual([true, 1]);
    const strange = evolveCard(
      operation,
      { kind: 'callback', change: aChange({ virtualCardId: 'x', action: 'RESUME' }) },
      endedAt,
    );
    expect([isFinal(strange), strange.readingRequestedAt]).toEqual([true, undefined]);
    expect(attentionOfCard(strange)).toBe('UNEXPECTED_CALLBACK');
  });
});

describe('a thousand tokens on each of which the hub contradicts itself again and again', () => {
  it('I1: are kept as far as one message of the server holds them; the rest is counted, with attention', () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => `token-${index}`);
    const card = evolveCard(
      aCardOperation(),
      { kind: 'snapshot', reading: aCardList(Object.fromEntries(ids.map((id) => [id, 'RESUMED']))) },
      0,
    );
    const words = [231, 232, 233, 234].flatMap((errorCode) =>
      ids.map((virtualCardId) => aChange({ virtualCardId, errorCode })),
    );
    const operation = words.reduce(
      (sofar, change) => evolveCard(sofar, { kind: 'callback', change }, SECOND),
      card,
    );
    const { conflicts, omitted = 0 } = toCardReport(operation);
    expect(ids.length + conflicts.length + omitted).toBe(words.length);
    expect(attentionOfCard(operation)).toBe('CONFLICT');
    expect(JSON.stringify(toCompact(operation)).length).toBeLessThan(2_000_000);
  });
});
