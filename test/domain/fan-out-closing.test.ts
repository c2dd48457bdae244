import { aCardList, FAILED_READING, MINUTE, SECOND } from '../support/builders.js';
import { BOTH_DONE, fanOutOutcome, TWO_ACTIVE, TWO_SUSPENDED, word } from '../support/fan-out-outcome.js';

const ONE_LEFT = aCardList({ 'token-1': 'SUSPENDED', 'token-2': 'RESUMED' });

describe('the look at the card when every expected token has its outcome', () => {
  it('I4: confirms a SUSPEND when no token is left that can pay', () => {
    const run = fanOutOutcome({ changes: BOTH_DONE, card: () => TWO_SUSPENDED });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', exposed: [], readAt: [SECOND] });
    expect(run.attention).toBeUndefined();
  });

  it('I4: names a confirmed token that could pay when the card was last seen, although no look succeeds after that one', () => {
    const run = fanOutOutcome({
      changes: BOTH_DONE,
      card: (now) => (now < MINUTE ? ONE_LEFT : FAILED_READING),
    });
    expect(run).toMatchObject({ status: 'PARTIALLY_CONFIRMED', exposed: ['token-2'] });
  });

  it('I4: names without a look at the end what the last list showed, but for what was confirmed since', () => {
    const run = fanOutOutcome({
      changes: [word('token-1', 40 * MINUTE)],
      card: (now) => (now < 35 * MINUTE ? TWO_ACTIVE : FAILED_READING),
    });
    expect(run).toMatchObject({
      status: 'PARTIALLY_CONFIRMED',
      attention: 'TOKEN_EXPOSED',
      exposed: ['token-2'],
    });
  });
});
