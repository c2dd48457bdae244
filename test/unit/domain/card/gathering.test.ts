import { toCardReport } from '../../../../src/domain/card/index.js';
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
  cardOverTime,
  cardOutcome,
  TWO_ACTIVE,
  TWO_SUSPENDED,
  word,
} from '../../../support/virtual/card-outcome.js';

const ALL_STATES = aCardList({
  active: 'RESUMED',
  alias: 'ACTIVE',
  suspended: 'SUSPENDED',
  inactive: 'INACTIVE',
  deploying: 'DEPLOYMENT_ONGOING',
  deleted: 'DELETED',
  erased: 'ERASED',
  unknown: 'FROZEN',
});

describe('the tokens of the snapshot', () => {
  it.each([
    ['SUSPEND', ['active', 'alias', 'suspended']],
    ['RESUME', ['suspended']],
    ['DELETE', ['active', 'alias', 'suspended', 'inactive', 'deploying', 'unknown']],
  ] as const)('of a %s are expected if they are %j, and NOT_ELIGIBLE otherwise', (action, expected) => {
    const { report } = cardOutcome(
      { snapshot: ALL_STATES, card: () => ALL_STATES },
      aCardOperation({ action, hardDeadlineAt: HOUR }),
    );
    const named = (wanted: boolean) =>
      report.outcomes
        .filter((outcome) => outcome.expected === wanted)
        .map((outcome) => outcome.virtualCardId);
    expect(named(true)).toEqual(expected);
    const others = report.outcomes.filter((outcome) => !outcome.expected);
    expect(new Set(others.map(({ result }) => result))).toEqual(new Set(['NOT_ELIGIBLE']));
  });

  it.each([1, 10, 100, 1_000])(
    '%i of them are confirmed by a callback each, with one look in the end',
    (size) => {
      const ids = Array.from({ length: size }, (_, index) => `token-${index}`);
      const all = (state: string) => aCardList(Object.fromEntries(ids.map((id) => [id, state])));
      const run = cardOutcome({
        snapshot: all('RESUMED'),
        card: () => all('SUSPENDED'),
        changes: ids.map((id, index) => word(id, SECOND + index)),
      });
      expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', exposed: [] });
      expect(run.readAt).toEqual([SECOND + size - 1]);
      expect(run.report.outcomes.every(({ result }) => result === 'CONFIRMED')).toBe(true);
      expect(run.report.heard).toHaveLength(size);
    },
  );

  it.each([1, 10, 100, 1_000])(
    '%i of them that report an error that proves nothing share their looks',
    (size) => {
      const ids = Array.from({ length: size }, (_, index) => `token-${index}`);
      const all = aCardList(Object.fromEntries(ids.map((id) => [id, 'RESUMED'])));
      const run = cardOutcome({
        snapshot: all,
        card: () => all,
        changes: ids.map((id, index) => word(id, SECOND + index, { errorCode: 221 })),
      });
      expect(run).toMatchObject({
        status: 'FAILED',
        evidence: 'CALLBACK',
        errorCode: 221,
        provisional: true,
      });
      expect(run.readAt.length).toBeLessThanOrEqual(6);
      const gaps = run.readAt.slice(1).map((at, index) => at - (run.readAt[index] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(10);
    },
  );
});

describe('the outcome of each token', () => {
  it('follows from its own words, whatever the others say', () => {
    const run = cardOutcome({
      changes: [word('token-1', SECOND), word('token-2', SECOND, { errorCode: 231 })],
      card: () => aCardList({ 'token-1': 'SUSPENDED', 'token-2': 'RESUMED' }),
    });
    expect(run.results).toEqual({ 'token-1': 'CONFIRMED CALLBACK', 'token-2': 'FAILED CALLBACK 231' });
    expect(run).toMatchObject({
      status: 'PARTIALLY_CONFIRMED',
      evidence: 'CALLBACK',
      errorCode: 231,
      attention: 'TOKEN_EXPOSED',
      exposed: ['token-2'],
    });
  });

  it('is FAILED for the card when every expected token failed, with the code of the first', () => {
    const run = cardOutcome({
      changes: [
        word('token-2', SECOND, { errorCode: 'E-7' }),
        word('token-1', 2 * SECOND, { errorCode: 231 }),
      ],
      card: () => TWO_ACTIVE,
    });
    expect(run).toMatchObject({ status: 'FAILED', evidence: 'CALLBACK', errorCode: 231, provisional: false });
    expect(run.exposed).toEqual(['token-1', 'token-2']);
  });

  it('I4: is SILENT without a word and without proof, and never counts as done', () => {
    const run = cardOutcome({ changes: [word('token-1', SECOND)], card: () => FAILED_READING });
    expect(run.results).toEqual({ 'token-1': 'CONFIRMED CALLBACK', 'token-2': 'SILENT NONE' });
    expect(run).toMatchObject({
      status: 'PARTIALLY_CONFIRMED',
      exposed: ['token-2'],
      endedAt: 72 * HOUR + 10,
    });
  });

  it('is CONFIRMED by a reading when its callback is lost, and so is then the card', () => {
    const run = cardOutcome({ changes: [word('token-1', SECOND)], card: () => TWO_SUSPENDED });
    expect(run.results).toEqual({ 'token-1': 'CONFIRMED CALLBACK', 'token-2': 'CONFIRMED READING' });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', readAt: [15 * MINUTE] });
  });

  it('is known before the hub has answered the request, whose end is then waited for', () => {
    const run = cardOutcome({
      sendingEnded: accepted(5 * SECOND) ?? [],
      changes: BOTH_DONE,
      card: () => TWO_SUSPENDED,
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', endedAt: 5 * SECOND + 10 });
    expect(run.steps.find(({ at }) => at === SECOND)?.operation).toMatchObject({ stopWantedAt: SECOND });
    const mid = run.steps.findLast(({ at }) => at === SECOND)?.operation ?? aCardOperation();
    expect(toCardReport(mid)).toMatchObject({
      status: 'AWAITING_CALLBACK',
      outcomes: [{ result: 'CONFIRMED' }, { result: 'CONFIRMED' }],
    });
  });

  it('I5: stands on the first word when a second one contradicts it, with attention, until a look decides', () => {
    const run = cardOutcome({
      changes: [...BOTH_DONE, word('token-2', SECOND, { errorCode: 231 })],
      card: () => aCardList({ 'token-1': 'SUSPENDED', 'token-2': 'RESUMED' }),
    });
    expect(run.results['token-2']).toBe('CONFIRMED CALLBACK');
    expect(run).toMatchObject({ attention: 'CONFLICT', effectiveStatus: 'UNKNOWN', exposed: ['token-2'] });
    expect(run.report.conflicts).toMatchObject([{ virtualCardId: 'token-2', errorCode: 231 }]);
  });

  it('is taken over from a look that fills the gap of a failure that was not final', () => {
    const run = cardOutcome({
      changes: [word('token-1', 10 * MINUTE), word('token-2', SECOND, { errorCode: 221 })],
      card: cardOverTime([0, TWO_ACTIVE], [9 * MINUTE, TWO_SUSPENDED]),
    });
    expect(run.results['token-2']).toBe('CONFIRMED READING');
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
  });

  it('counts copies of a word on any token, and keeps none of them', () => {
    const run = cardOutcome({
      changes: [...BOTH_DONE.slice(0, 1), ...BOTH_DONE, ...BOTH_DONE.slice(1)],
      card: () => TWO_SUSPENDED,
    });
    expect(run.report).toMatchObject({ duplicates: 2, conflicts: [], unexpected: [] });
  });
});

describe('tokens that nothing is expected of', () => {
  const card = aCardList({
    'token-1': 'SUSPENDED',
    'token-2': 'SUSPENDED',
    off: 'INACTIVE',
    late: 'RESUMED',
  });
  const snapshot = aCardList({ 'token-1': 'RESUMED', 'token-2': 'RESUMED', off: 'DELETED' });

  it('are changed by words only, and never by what a look shows', () => {
    const shown = aCardList({
      'token-1': 'SUSPENDED',
      'token-2': 'SUSPENDED',
      off: 'SUSPENDED',
      late: 'SUSPENDED',
    });
    const run = cardOutcome({ snapshot, changes: BOTH_DONE, card: () => shown });
    expect(run.results).toMatchObject({ off: 'NOT_ELIGIBLE NONE', late: 'SILENT NONE' });
    const reported = cardOutcome({
      snapshot,
      changes: [word('off', 1), word('late', 2), ...BOTH_DONE],
      card: () => shown,
    });
    expect(reported.results).toMatchObject({ off: 'CONFIRMED CALLBACK', late: 'CONFIRMED CALLBACK' });
    expect(reported.report.outcomes.map(({ expected }) => expected)).toEqual([true, true, false, false]);
  });

  it('I4: keep a SUSPEND from being CONFIRMED as long as they can pay', () => {
    const run = cardOutcome({ snapshot, changes: BOTH_DONE, card: () => card });
    expect(run).toMatchObject({
      status: 'PARTIALLY_CONFIRMED',
      attention: 'TOKEN_EXPOSED',
      exposed: ['off', 'late'],
    });
  });

  it('are looked into before the end when their word proves nothing', () => {
    const shown = aCardList({ 'token-1': 'SUSPENDED', 'token-2': 'SUSPENDED', off: 'DELETED' });
    const run = cardOutcome({
      snapshot,
      changes: [...BOTH_DONE, word('off', SECOND, { errorCode: 322 })],
      card: () => shown,
    });
    expect(run.results['off']).toBe('FAILED CALLBACK 322');
    expect(run.readAt.length).toBeGreaterThanOrEqual(3);
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', errorCode: undefined });
  });

  it.each([
    ['SUSPENDED', 'CONFIRMED', 'READING', undefined],
    ['DELETED', 'UNKNOWN', 'NONE', 'UNKNOWN_OUTCOME'],
    ['INACTIVE', 'UNKNOWN', 'NONE', 'TOKEN_EXPOSED'],
  ])(
    'alone on a card (%s) leave it %s once the hub has the request',
    (state, status, evidence, attention) => {
      const run = cardOutcome({
        snapshot: aCardList({ only: 'INACTIVE' }),
        card: () => aCardList({ only: state }),
      });
      expect(run).toMatchObject({ status, evidence, attention, readAt: [0] });
    },
  );
});

describe('silence', () => {
  it('makes the card OVERDUE after the soft deadline whatever it is doing, until it is final', () => {
    const run = cardOutcome({ changes: [word('token-1', 20 * MINUTE)], card: () => TWO_ACTIVE });
    const statuses = run.steps.map(({ operation }) => operation.overdue || operation.phase.kind === 'final');
    const first = run.steps.findIndex(({ at }) => at >= 15 * MINUTE);
    expect(statuses.slice(first + 1)).not.toContain(false);
    expect(run.operation.attention).not.toContain('OVERDUE');
  });

  it('is looked into after 1, 2, 4 … intervals of at most 6 hours, and a last time at the hard deadline', () => {
    const { readAt } = cardOutcome({ card: () => TWO_ACTIVE });
    const gaps = readAt.slice(1, -1).map((at, index) => at - (readAt[index] ?? 0) - 10);
    expect(readAt[0]).toBe(15 * MINUTE);
    expect(gaps.slice(0, 6)).toEqual([15, 30, 60, 120, 240, 360].map((minutes) => minutes * MINUTE));
    expect(readAt.at(-1)).toBe(72 * HOUR);
  });
});
