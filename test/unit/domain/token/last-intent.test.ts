import fc from 'fast-check';
import type { Answer } from '../../../../src/domain/hub/answer.js';
import {
  concerns,
  earliestNewer,
  goesAheadUnchecked,
  mayBeOutdated,
  supersedes,
  type Intent,
  type PlacedIntent,
} from '../../../../src/domain/operation/intent.js';
import { toReport, evolve } from '../../../../src/domain/token/index.js';
import type { Action } from '../../../../src/domain/hub/token-state.js';
import { aChange, anOperation, aReading, FAILED_READING, HOUR, SECOND } from '../../../support/builders.js';
import { runOperation, type Script } from '../../../support/virtual/run-operation.js';

const own: Intent = { operationId: 'op-b', action: 'SUSPEND', startedAt: 10_000 };
const SUPERSEDED: Answer = { kind: 'superseded', by: 'op-newer' };
const UNANSWERED: Answer = { kind: 'unanswered' };

describe('last intent wins: another operation takes the place of this one', () => {
  it.each<[string, Partial<Intent>, boolean]>([
    ['that Temporal started a second later', { startedAt: 11_000 }, true],
    ['that started less than a second later and is less safe', { startedAt: 10_999 }, false],
    ['that started less than a second before and is safer', { action: 'DELETE', startedAt: 9_001 }, true],
    ['that started a second before', { action: 'DELETE', startedAt: 9_000 }, false],
    ['that is safer and started in the same instant', { action: 'DELETE', startedAt: 10_000 }, true],
    ['that is less safe and started in the same instant', { startedAt: 10_000, operationId: 'op-z' }, false],
    ['that wants the same', { startedAt: 20_000, action: 'SUSPEND' }, false],
    ['which is itself', { action: 'SUSPEND' }, false],
  ])('%s', (_which, difference, expected) => {
    expect(supersedes({ ...own, action: 'RESUME', ...difference }, own)).toBe(expected);
  });

  it('that is a RESUME, of a DELETE only two seconds later: a SUSPEND may lie between them', () => {
    const deleted: Intent = { ...own, action: 'DELETE' };
    const resumed = (startedAt: number): Intent => ({ operationId: 'op-a', action: 'RESUME', startedAt });
    expect(supersedes(resumed(11_999), deleted)).toBe(false);
    expect(supersedes(deleted, resumed(11_999))).toBe(true);
    expect(supersedes(resumed(12_000), deleted)).toBe(true);
    expect(supersedes(deleted, resumed(12_000))).toBe(false);
  });

  const intents = fc
    .array(
      fc.record({ action: fc.constantFrom<Action>('SUSPEND', 'RESUME', 'DELETE'), startedAt: fc.nat(5_000) }),
      { minLength: 1, maxLength: 8 },
    )
    .map((some) => some.map((intent, index): Intent => ({ ...intent, operationId: `op-${index}` })));

  it('or gives way to it: of two that want different things exactly one is the newer', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3_000), { minLength: 2, maxLength: 2 }), ([one = 0, other = 0]) => {
        for (const [left, right] of [
          ['SUSPEND', 'RESUME'],
          ['SUSPEND', 'DELETE'],
          ['RESUME', 'DELETE'],
        ] as const) {
          const first: Intent = { operationId: 'op-a', action: left, startedAt: one };
          const second: Intent = { operationId: 'op-b', action: right, startedAt: other };
          expect(supersedes(first, second)).toBe(!supersedes(second, first));
        }
      }),
    );
  });

  it('and never all of them: the last gives way to none, and all that want something else give way to it', () => {
    fc.assert(
      fc.property(intents, (some) => {
        const isLast = (intent: Intent): boolean => !some.some((other) => supersedes(other, intent));
        const last = some.filter(isLast);
        expect(new Set(last.map(({ action }) => action)).size).toBe(1);
        const [winner = own] = last;
        const others = some.filter(({ action }) => action !== winner.action);
        expect(others.filter((other) => !last.some((one) => supersedes(one, other)))).toEqual([]);
      }),
    );
  });

  it('also when each of three started 0.8 s after a safer one', () => {
    const [deleted, suspended, resumed] = (['DELETE', 'SUSPEND', 'RESUME'] as const).map(
      (action, index): Intent => ({ operationId: `op-${index}`, action, startedAt: 800 * index }),
    ) as [Intent, Intent, Intent];
    expect(supersedes(deleted, suspended)).toBe(true);
    expect(supersedes(suspended, resumed)).toBe(true);
    expect(supersedes(deleted, resumed)).toBe(true);
  });

  it('only if it started late enough to be looked for', () => {
    fc.assert(
      fc.property(fc.tuple(intents, intents), ([some, others]) => {
        for (const intent of some) {
          for (const other of others) {
            if (supersedes(other, intent)) {
              expect(other.startedAt).toBeGreaterThanOrEqual(earliestNewer(intent));
            }
          }
        }
      }),
    );
  });
});

describe('last intent wins across scopes: another operation concerns this one', () => {
  const place = { ...own, issuerId: 'ISSUER1234', issuerCardRefId: 'card-1' };
  const token: PlacedIntent = { ...place, virtualCardId: 'token-1' };

  it.each<[string, PlacedIntent, PlacedIntent, boolean]>([
    ['on the same token', token, token, true],
    ['on the same token under a new card reference', { ...token, issuerCardRefId: 'card-9' }, token, true],
    ['on another token', { ...token, virtualCardId: 'token-2' }, token, false],
    ["on the token's whole card", place, token, true],
    ['on another whole card', { ...place, issuerCardRefId: 'card-2' }, token, false],
    ['on the same whole card', place, place, true],
    ['on one token, not a SUSPEND of its whole card', token, { ...place, action: 'SUSPEND' }, false],
    ['on one token, not a DELETE of its whole card', token, { ...place, action: 'DELETE' }, false],
    [
      'on one token, and a RESUME of its whole card would undo it',
      token,
      { ...place, action: 'RESUME' },
      true,
    ],
    [
      'on a token of another card, not a RESUME of this one',
      { ...token, issuerCardRefId: 'card-2' },
      { ...place, action: 'RESUME' },
      false,
    ],
  ])('%s', (_which, other, asked, expected) => {
    expect(concerns(other, asked)).toBe(expected);
  });
});

describe('a newer intent is looked for', () => {
  const at = (own: number, atLeast = own) => ({ own, atLeast });
  it.each([
    ['not before a first send within 2 s of the start', { isResend: false }, at(3_000), false],
    ['before a first send that starts more than 2 s after the start', { isResend: false }, at(3_001), true],
    ['before every resend', { isResend: true }, at(1_000), true],
    ['also when only Temporal knows that it is so late', { isResend: false }, at(2_500, 3_001), true],
    ['also when only this machine knows that it is so late', { isResend: false }, at(3_001, 1_000), true],
    ['also when this machine cannot know: its clock is behind', { isResend: false }, at(0, 1_001), true],
    ['not only because two clocks are a little apart', { isResend: false }, at(1_000, 2_000), false],
  ])('%s', (_when, { isResend }, time, expected) => {
    expect(mayBeOutdated({ startedAt: 1_000, isResend }, time)).toBe(expected);
  });

  it('and when nobody can tell, a SUSPEND goes ahead, a RESUME and a DELETE wait', () => {
    expect((['SUSPEND', 'RESUME', 'DELETE'] as const).filter(goesAheadUnchecked)).toEqual(['SUSPEND']);
  });
});

/** Runs a SUSPEND, and reports how it ended. */
function outcome(script: Partial<Script>) {
  const run = runOperation(anOperation(), { answers: [SUPERSEDED], ...script });
  return { ...run, report: toReport(run.operation) };
}

describe('an operation that a newer one has overtaken', () => {
  it('ends SUPERSEDED when nothing was possibly sent, and names the newer one', () => {
    const { report, endedAt } = outcome({});
    expect(report).toMatchObject({
      status: 'SUPERSEDED',
      effectiveStatus: 'SUPERSEDED',
      evidence: 'NONE',
      attempts: 0,
      supersededBy: 'op-newer',
    });
    expect(report.attention).toBeUndefined();
    expect(endedAt).toBeLessThan(SECOND);
  });

  it('ends SUPERSEDED too after attempts that proved to be without an effect', () => {
    const { report } = outcome({ answers: [{ kind: 'again', effect: 'none' }, SUPERSEDED] });
    expect(report).toMatchObject({ status: 'SUPERSEDED', evidence: 'NONE', attempts: 1 });
  });

  it.each([
    ['confirmed by a reading of the wanted state', 'SUSPENDED', 'CONFIRMED', 'READING'],
    ['UNKNOWN after a reading of another state', 'RESUMED', 'UNKNOWN', 'NONE'],
  ])('is, once something was possibly sent, %s', (_how, seen, status, evidence) => {
    const { report, sentAt } = outcome({
      answers: [UNANSWERED, SUPERSEDED],
      readings: () => aReading(seen),
    });
    expect(report).toMatchObject({ status, evidence, attempts: 1, supersededBy: 'op-newer' });
    expect(sentAt).toHaveLength(2);
  });

  it('is UNKNOWN, once something was possibly sent, after three readings that fail', () => {
    const { report, readAt, steps } = outcome({
      answers: [UNANSWERED, SUPERSEDED],
      readings: () => FAILED_READING,
    });
    expect(report).toMatchObject({ status: 'UNKNOWN', attention: 'UNKNOWN_OUTCOME' });
    expect(readAt).toHaveLength(3);
    expect(steps.map((step) => toReport(step).attention)).not.toContain('HUB_UNREACHABLE');
  });

  it('is confirmed by a callback that arrived before the look-up came back', () => {
    const { report } = outcome({
      answers: [UNANSWERED, SUPERSEDED],
      latencyMs: [10, 5 * SECOND],
      changes: [{ at: 4 * SECOND, change: aChange() }],
    });
    expect(report).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
  });

  it.each([
    ['SUSPENDED', { status: 'CONFIRMED', evidence: 'READING' }],
    ['RESUMED', { status: 'FAILED', evidence: 'CALLBACK', errorCode: 221, provisional: true }],
  ])('lets readings (%s) go on deciding about an error that proves nothing', (state, expected) => {
    const { report } = outcome({
      answers: [UNANSWERED, SUPERSEDED],
      latencyMs: [10, 5 * SECOND, 10],
      changes: [{ at: 4 * SECOND, change: aChange({ errorCode: 221 }) }],
      readings: () => aReading(state),
    });
    expect(report).toMatchObject(expected);
  });

  it('ends CANCELLED when somebody cancelled it before the look-up came back', () => {
    const sending = evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
      { kind: 'cancel' },
      1,
    );
    const ended = evolve(sending, { kind: 'answer', answer: SUPERSEDED, chance: 0 }, 2);
    expect(toReport(ended)).toMatchObject({
      status: 'CANCELLED',
      evidence: 'NONE',
      settledAt: '1970-01-01T00:00:00.002Z',
    });
  });

  it('ends SUPERSEDED, and not NEVER_SENT, when the look-up comes back after the hard deadline', () => {
    const { report } = outcome({
      answers: [{ kind: 'again', effect: 'none', retryAfterMs: 72 * HOUR - SECOND }, SUPERSEDED],
      latencyMs: [10, 2 * SECOND],
      readings: () => aReading('RESUMED'),
    });
    expect(report).toMatchObject({ status: 'SUPERSEDED' });
    expect(report.attention).toBeUndefined();
  });

  it('I5: stays as it ended when the look-up comes back after that', () => {
    const { operation } = outcome({
      answers: [{ kind: 'accepted' }],
      changes: [{ at: 10, change: aChange() }],
    });
    const after = evolve(operation, { kind: 'answer', answer: SUPERSEDED, chance: 0 }, 20);
    expect(toReport(after)).toMatchObject({ status: 'CONFIRMED' });
    expect(toReport(after).supersededBy).toBeUndefined();
  });
});
