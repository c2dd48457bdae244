import { aFanOut, EMPTY_LIST, FAILED_READING, HOUR, SECOND } from '../support/builders.js';
import { fanOutOutcome, sendingEnds, word } from '../support/fan-out-outcome.js';

describe('a request of which the sender says that nothing of it was ever sent', () => {
  const unsent = sendingEnds(SECOND, { kind: 'stopped', possiblySent: false }) ?? [];

  it('ends FAILED and NEVER_SENT at the hard deadline, after one last look', () => {
    const run = fanOutOutcome({ sendingEnded: unsent, card: () => FAILED_READING });
    expect(run).toMatchObject({ status: 'FAILED', evidence: 'NONE', exposed: ['token-1', 'token-2'] });
    expect(run.report.outcomes.map(({ result, evidence }) => [result, evidence])).toEqual([
      ['FAILED', 'NONE'],
      ['FAILED', 'NONE'],
    ]);
    expect(run.fanOut.attention).toContain('NEVER_SENT');
  });

  it('I4: leaves silent, and not failed, what is not heard of when a word on another token proves the opposite', () => {
    const run = fanOutOutcome({ sendingEnded: unsent, changes: [word('token-1', 2 * SECOND)] });
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
    const run = fanOutOutcome(
      {
        sendingEnded: refused,
        changes: [word('token-1', at), word('token-2', at, { errorCode: 231 })],
        card: () => FAILED_READING,
        latencyMs: 2 * SECOND,
      },
      aFanOut({ hardDeadlineAt: HOUR }),
    );
    expect(run.results).toEqual({ 'token-1': 'CONFIRMED CALLBACK', 'token-2': 'FAILED CALLBACK 231' });
    expect(run).toMatchObject({ status: 'PARTIALLY_CONFIRMED', errorCode: 231 });
  });
});

describe('a request that the hub refuses for the state of the card', () => {
  it.each([432, 160])(
    'ends UNKNOWN with the code (%i) when the hub then lists no token at all',
    (errorCode) => {
      const run = fanOutOutcome({
        sendingEnded: sendingEnds(SECOND, { kind: 'refused', errorCode, echo: false }) ?? [],
        card: () => EMPTY_LIST,
      });
      expect(run).toMatchObject({ status: 'UNKNOWN', evidence: 'NONE', errorCode, readAt: [SECOND] });
      expect(run.results).toEqual({
        'token-1': `SILENT NONE ${errorCode}`,
        'token-2': `SILENT NONE ${errorCode}`,
      });
      expect(run.fanOut.attention).toContain('UNKNOWN_OUTCOME');
    },
  );
});
