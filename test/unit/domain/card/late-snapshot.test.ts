import { toCardReport } from '../../../../src/domain/card/index.js';
import {
  aCardList,
  aCardOperation,
  EMPTY_LIST,
  FAILED_READING,
  HOUR,
  MINUTE,
  SECOND,
} from '../../../support/builders.js';
import {
  accepted,
  BOTH_DONE,
  cardOutcome,
  sendingEnds,
  TWO_SUSPENDED,
  word,
} from '../../../support/virtual/card-outcome.js';
import { runCardOperation, type CardScript } from '../../../support/virtual/run-card.js';

const without = (script: CardScript) => {
  const run = runCardOperation(aCardOperation(), { sendingEnded: accepted() ?? [], ...script });
  const { status, evidence, exposed, attention, outcomes } = toCardReport(run.operation);
  const expected = outcomes.filter((outcome) => outcome.expected).map(({ virtualCardId }) => virtualCardId);
  return { ...run, status, evidence, exposed, attention, outcomes, expected };
};

describe('without a snapshot', () => {
  it('the card is read as soon as the hub has accepted, and settled when its tokens have called back', () => {
    const run = without({
      sendingEnded: accepted(6 * SECOND) ?? [],
      changes: [word('token-1', 7 * SECOND), word('token-2', 9 * SECOND)],
      card: () => TWO_SUSPENDED,
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
    expect(run.readAt).toEqual([6 * SECOND, 9 * SECOND]);
  });

  it('the card is read at once when a callback tells that the hub has the request', () => {
    const run = without({
      sendingEnded: accepted(6 * SECOND) ?? [],
      changes: [word('token-1', SECOND), word('token-2', 2 * SECOND)],
      card: () => TWO_SUSPENDED,
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', readAt: [SECOND, 6 * SECOND] });
  });

  it('I4: nothing settles the card before there is a complete list, however many tokens report', () => {
    const run = without({
      changes: BOTH_DONE,
      card: (now) => (now < 5 * MINUTE ? FAILED_READING : TWO_SUSPENDED),
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
    // Again after each interval, until there is one; the comparison follows.
    expect(run.readAt.slice(0, 3)).toEqual([0, MINUTE + 10, 2 * MINUTE + 20]);
    expect(run.endedAt).toBeGreaterThan(5 * MINUTE);
    expect(run.endedAt).toBeLessThan(7 * MINUTE);
  });

  it('I4: the first list says whose callbacks are awaited, and settles none of them', () => {
    const run = without({ card: () => TWO_SUSPENDED });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    expect(run.readAt.slice(0, 2)).toEqual([0, 15 * MINUTE]);
  });

  it.each([
    ['failed', FAILED_READING],
    ['empty', EMPTY_LIST],
  ])('one that is %s counts as none', (_what, snapshot) => {
    const run = without({ snapshot, changes: BOTH_DONE, card: () => TWO_SUSPENDED });
    expect(run).toMatchObject({ status: 'CONFIRMED', readAt: [0, SECOND] });
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

  it('a look that a person wants while the request is still being sent says nothing of which tokens are expected', () => {
    const run = without({
      sendingEnded: accepted(2 * MINUTE) ?? [],
      readAt: MINUTE,
      card: () => TWO_SUSPENDED,
    });
    expect(run.readAt.slice(0, 2)).toEqual([MINUTE, 2 * MINUTE]);
  });

  it('a look that a person wants once the hub has accepted takes its place, and settles what it shows done', () => {
    const run = without({
      readAt: MINUTE,
      card: (now) => (now < MINUTE ? FAILED_READING : TWO_SUSPENDED),
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    expect(run.endedAt).toBeLessThan(3 * MINUTE);
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

  it.each<[string, Partial<CardScript>]>([
    [
      'of a refusal',
      { sendingEnded: sendingEnds(SECOND, { kind: 'refused', errorCode: 432, echo: false }) ?? [] },
    ],
    ['of a cancellation', { cancelAt: SECOND, sendingEnded: accepted(SECOND) ?? [] }],
  ])('the look %s takes its place at once', (_what, script) => {
    const run = without({ card: () => TWO_SUSPENDED, ...script });
    expect(run).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'READING',
      expected: ['token-1', 'token-2'],
    });
  });

  it('a second one changes nothing', () => {
    const run = cardOutcome({ card: () => aCardList({ other: 'SUSPENDED', 'token-1': 'SUSPENDED' }) });
    expect(run.report.outcomes.map(({ virtualCardId, expected }) => [virtualCardId, expected])).toEqual([
      ['token-1', true],
      ['token-2', true],
      ['other', false],
    ]);
  });
});
