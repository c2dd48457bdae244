// What the seeded comparison has found in operations on whole cards (docs/reliability.md).
import { aCardList, SECOND } from '../support/builders.js';
import { fanOutOutcome, sendingEnds, TWO_ACTIVE } from '../support/fan-out-outcome.js';

describe('I4: a refusal that may be the echo of an earlier attempt', () => {
  const refused = sendingEnds(SECOND, { kind: 'refused', errorCode: 432, echo: true }) ?? [];
  const halfDone = aCardList({ 'token-1': 'SUSPENDED', 'token-2': 'RESUMED' });

  it('does not reject a card of which the earlier attempt has taken a token', () => {
    const run = fanOutOutcome({ sendingEnded: refused, card: () => halfDone });
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
    const run = fanOutOutcome({ sendingEnded: refused, card: () => TWO_ACTIVE });
    expect(run).toMatchObject({ status: 'REJECTED', evidence: 'ANSWER', errorCode: 432, provisional: true });
  });
});
