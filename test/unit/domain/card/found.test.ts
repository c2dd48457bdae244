// What the seeded comparison has found in operations on whole cards (docs/reliability.md).
import { evolveCard, toCardReport } from '../../../../src/domain/card/index.js';
import { aCardList, aChange, aCardOperation, FAILED_READING, SECOND } from '../../../support/builders.js';
import {
  cardOutcome,
  sendingEnds,
  TWO_ACTIVE,
  TWO_SUSPENDED,
  word,
} from '../../../support/virtual/card-outcome.js';

describe('I4: a refusal that may be the echo of an earlier attempt', () => {
  const refused = sendingEnds(SECOND, { kind: 'refused', errorCode: 432, echo: true }) ?? [];
  const halfDone = aCardList({ 'token-1': 'SUSPENDED', 'token-2': 'RESUMED' });

  it('does not reject a card of which the earlier attempt has taken a token', () => {
    const run = cardOutcome({ sendingEnded: refused, card: () => halfDone });
    expect(run.results).toEqual({ 'token-1': 'CONFIRMED READING', 'token-2': 'FAILED ANSWER 432' });
    expect(run).toMatchObject({
      status: 'PARTIALLY_CONFIRMED',
      evidence: 'READING',
      errorCode: 432,
      exposed: ['token-2'],
      attention: 'TOKEN_EXPOSED',
    });
  });

  it('rejects a card on which two readings show that nothing was done', () => {
    const run = cardOutcome({ sendingEnded: refused, card: () => TWO_ACTIVE });
    expect(run).toMatchObject({ status: 'REJECTED', evidence: 'ANSWER', errorCode: 432, provisional: true });
  });
});

describe('I4: a look against a success', () => {
  /** The first look is against one token, every later one against the other, for good or just once. */
  const looks = (isLasting: boolean) => {
    let made = 0;
    return () => {
      made += 1;
      const isSecondOff = made > 1 && (isLasting || made === 2);
      const first = made === 1 ? 'SUSPENDED' : 'RESUMED';
      return aCardList({ 'token-1': first, 'token-2': isSecondOff ? 'SUSPENDED' : 'RESUMED' });
    };
  };
  const outcome = (isLasting: boolean) =>
    cardOutcome(
      {
        snapshot: TWO_SUSPENDED,
        changes: [
          word('token-1', SECOND, { action: 'RESUME' }),
          word('token-2', SECOND, { action: 'RESUME' }),
        ],
        card: looks(isLasting),
      },
      aCardOperation({ action: 'RESUME' }),
    );

  it('is repeated for each token by itself, not only for the one that was seen first', () => {
    expect(outcome(false)).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
    expect(outcome(false).attention).toBeUndefined();
  });

  it('stands when the next one says the same', () => {
    expect(outcome(true)).toMatchObject({ status: 'CONFIRMED', attention: 'OTHER_SUSPENDER' });
  });
});

describe('I4: a look that was asked for', () => {
  it('proves what it shows, although somebody asks for another one while it is under way', () => {
    const run = cardOutcome({
      snapshot: FAILED_READING,
      sendingEnded: sendingEnds(2, { kind: 'lost' }) ?? [],
      readAt: 3,
      card: () => TWO_SUSPENDED,
      changes: [word('token-2', 13)],
    });
    expect(run.results).toEqual({ 'token-1': 'CONFIRMED READING', 'token-2': 'CONFIRMED READING' });
  });
});

it('a removal from the application that failed is no removal: it makes no token of the card, and is shown', () => {
  const failed = aChange({ virtualCardId: 'token-9', action: 'DELETE_FROM_APP', errorCode: 231 });
  const report = toCardReport(
    evolveCard(aCardOperation({ action: 'DELETE' }), { kind: 'callback', change: failed }, 1),
  );
  expect(report.outcomes).toEqual([]);
  expect(report).toMatchObject({
    attention: 'UNEXPECTED_CALLBACK',
    unexpected: [{ virtualCardId: 'token-9' }],
  });
});
