import { toFanOutReport } from '../../../src/domain/fan-out/index.js';
import {
  aCardList,
  aFanOut,
  EMPTY_LIST,
  FAILED_READING,
  HOUR,
  MINUTE,
  SECOND,
} from '../../support/builders.js';
import {
  accepted,
  BOTH_DONE,
  fanOutOutcome,
  sendingEnds,
  TWO_SUSPENDED,
  word,
} from '../../support/fan-out-outcome.js';
import { runFanOut, type FanOutScript } from '../../support/run-fan-out.js';

const without = (script: FanOutScript) => {
  const run = runFanOut(aFanOut(), { sendingEnded: accepted() ?? [], ...script });
  const { status, evidence, exposed, attention, outcomes } = toFanOutReport(run.fanOut);
  const expected = outcomes.filter((outcome) => outcome.expected).map(({ virtualCardId }) => virtualCardId);
  return { ...run, status, evidence, exposed, attention, outcomes, expected };
};

describe('without a snapshot', () => {
  it('I4: nothing settles the card before the soft deadline, however many tokens report', () => {
    const run = without({ changes: BOTH_DONE, card: () => TWO_SUSPENDED });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', readAt: [15 * MINUTE] });
  });

  it.each([
    ['failed', FAILED_READING],
    ['empty', EMPTY_LIST],
  ])('one that is %s counts as none', (_what, snapshot) => {
    const run = without({ snapshot, changes: BOTH_DONE, card: () => TWO_SUSPENDED });
    expect(run).toMatchObject({ status: 'CONFIRMED', readAt: [15 * MINUTE] });
  });

  it('the first complete list after the soft deadline takes its place, also with what is in the wanted state or has reported', () => {
    const card = aCardList({ active: 'RESUMED', done: 'SUSPENDED', off: 'INACTIVE', reported: 'DELETED' });
    const run = without({
      changes: [word('reported', SECOND), word('stranger', SECOND)],
      card: (now) => (now < 16 * MINUTE ? FAILED_READING : card),
    });
    expect(run.expected).toEqual(['active', 'done', 'reported']);
    expect(run.outcomes.find(({ virtualCardId }) => virtualCardId === 'off')?.result).toBe('NOT_ELIGIBLE');
    expect(run.outcomes.find(({ virtualCardId }) => virtualCardId === 'stranger')).toMatchObject({
      result: 'CONFIRMED',
      expected: false,
    });
    expect(run.exposed).toEqual(['active', 'off']);
  });

  it('a look that a person wants earlier says nothing of which tokens are expected', () => {
    const run = without({ readAt: MINUTE, changes: BOTH_DONE, card: () => TWO_SUSPENDED });
    expect(run.readAt).toEqual([MINUTE, 15 * MINUTE]);
  });

  it.each([EMPTY_LIST, FAILED_READING])('I4: a card that is never listed ends UNKNOWN', (reading) => {
    const run = without({ card: () => reading });
    expect(run).toMatchObject({
      status: 'UNKNOWN',
      evidence: 'NONE',
      attention: 'UNKNOWN_OUTCOME',
      outcomes: [],
    });
    expect(run.endedAt).toBe(72 * HOUR + 10);
  });

  it.each<[string, Partial<FanOutScript>]>([
    [
      'of a refusal',
      { sendingEnded: sendingEnds(SECOND, { kind: 'refused', errorCode: 432, echo: false }) ?? [] },
    ],
    ['of a cancellation', { cancelAt: SECOND }],
  ])('the look %s takes its place at once', (_what, script) => {
    const run = without({ card: () => TWO_SUSPENDED, ...script });
    expect(run).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'READING',
      readAt: [SECOND],
      expected: ['token-1', 'token-2'],
    });
  });

  it('a second one changes nothing', () => {
    const run = fanOutOutcome({ card: () => aCardList({ other: 'SUSPENDED', 'token-1': 'SUSPENDED' }) });
    expect(run.report.outcomes.map(({ virtualCardId, expected }) => [virtualCardId, expected])).toEqual([
      ['token-1', true],
      ['token-2', true],
      ['other', false],
    ]);
  });
});
