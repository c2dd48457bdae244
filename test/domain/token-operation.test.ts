import type { Answer } from '../../src/domain/answer.js';
import { recordChange, toReport, type Operation } from '../../src/domain/operation/index.js';
import type { Reading } from '../../src/domain/reading.js';
import {
  aChange,
  anOperation,
  aReading,
  EMPTY_LIST,
  FAILED_READING,
  HOUR,
  LIST_WITHOUT_THE_TOKEN,
  MINUTE,
  SECOND,
} from '../support/builders.js';
import { runOperation, type Script } from '../support/run-operation.js';

const ACCEPTED: Answer = { kind: 'accepted' };
const UNANSWERED: Answer = { kind: 'unanswered' };
const LIMITED: Answer = { kind: 'again', effect: 'none' };
const refused = (errorCode: number): Answer => ({ kind: 'refused', errorCode, httpStatus: 400 });

/** Runs a SUSPEND unless told otherwise, and reports how it ended. */
function outcome(script: Partial<Script>, operation: Operation = anOperation()) {
  const run = runOperation(operation, { answers: [ACCEPTED], ...script });
  const { status, evidence, errorCode, attention, device, provisional, effectiveStatus } = toReport(
    run.operation,
  );
  return { ...run, status, evidence, errorCode, attention, device, provisional, effectiveStatus };
}

describe('a success', () => {
  it('confirms the operation by its callback', () => {
    expect(outcome({ changes: [{ at: 5 * SECOND, change: aChange() }] })).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'CALLBACK',
      attention: undefined,
      endedAt: 5 * SECOND,
      readAt: [],
    });
  });

  it('confirms it although the hub has not answered the request yet', () => {
    const early = outcome({ latencyMs: 500, changes: [{ at: 100, change: aChange() }] });
    expect(early).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', sentAt: [0] });
  });

  it('ends the sending when it arrives between two attempts', () => {
    const run = outcome({ answers: [UNANSWERED], changes: [{ at: SECOND, change: aChange() }] });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', sentAt: [0] });
  });

  it('is read once after a RESUME', () => {
    const run = outcome(
      {
        changes: [{ at: SECOND, change: aChange({ action: 'RESUME' }) }],
        readings: () => aReading('RESUMED'),
      },
      anOperation({ action: 'RESUME' }),
    );
    expect(run).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'CALLBACK',
      readAt: [SECOND],
      attention: undefined,
    });
  });

  it('shows that somebody else still suspends the token when two readings after a RESUME say so', () => {
    const run = outcome(
      {
        changes: [{ at: SECOND, change: aChange({ action: 'RESUME' }) }],
        readings: () => aReading('SUSPENDED'),
      },
      anOperation({ action: 'RESUME' }),
    );
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', attention: 'OTHER_SUSPENDER' });
    expect(run.readAt).toEqual([SECOND, SECOND + MINUTE + 10]);
  });

  it('I4: is shown as a conflict when two readings contradict it', () => {
    const run = outcome(
      { changes: [{ at: SECOND, change: aChange() }], readings: () => aReading('RESUMED') },
      anOperation({}, { confirmByReading: 'always' }),
    );
    expect(run).toMatchObject({ status: 'CONFIRMED', attention: 'CONFLICT', effectiveStatus: 'UNKNOWN' });
  });

  it.each([
    ['RESUME', 'SUSPENDED', 'OTHER_SUSPENDER', 'CONFIRMED'],
    ['RESUME', 'INACTIVE', 'CONFLICT', 'UNKNOWN'],
    ['SUSPEND', 'RESUMED', 'CONFLICT', 'UNKNOWN'],
  ] as const)(
    'I4: of a %s that one reading contradicts (%s), and none after it can clear up, is shown as %s',
    (action, status, attention, effectiveStatus) => {
      const readings = (now: number) => (now < MINUTE ? aReading(status) : FAILED_READING);
      const change = aChange({ action });
      const begun = anOperation({ action }, { confirmByReading: 'always' });
      const ends = [
        outcome({ changes: [{ at: SECOND, change }], readings }, begun),
        outcome({ changes: [{ at: SECOND, change }], readings, cancelAt: 90 * SECOND }, begun),
        outcome({ changes: [{ at: 72 * HOUR - SECOND, change }], readings: () => aReading(status) }, begun),
      ];
      for (const end of ends) {
        expect(end).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', attention, effectiveStatus });
      }
    },
  );

  it('is not held up for ever by readings that fail', () => {
    const run = outcome(
      { changes: [{ at: SECOND, change: aChange({ action: 'RESUME' }) }], readings: () => FAILED_READING },
      anOperation({ action: 'RESUME' }),
    );
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK' });
    expect(run.readAt).toHaveLength(3);
  });
});

describe('an error in a callback', () => {
  it.each([231, 119, 432, 170, 99999])('%i fails the operation by its callback', (errorCode) => {
    expect(outcome({ changes: [{ at: SECOND, change: aChange({ errorCode }) }] })).toMatchObject({
      status: 'FAILED',
      evidence: 'CALLBACK',
      errorCode,
      provisional: false,
    });
  });

  it('keeps a code that is no number as it came', () => {
    const run = outcome({ changes: [{ at: SECOND, change: aChange({ errorCode: 'E-7' }) }] });
    expect(run).toMatchObject({ status: 'FAILED', errorCode: 'E-7' });
  });

  it.each([221, 322, 323, 911, 921])(
    '%i proves nothing: a reading of the wanted state confirms',
    (errorCode) => {
      const run = outcome({
        changes: [{ at: SECOND, change: aChange({ errorCode }) }],
        readings: () => aReading('SUSPENDED'),
      });
      expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', readAt: [SECOND] });
    },
  );

  it.each([221, 322, 323, 911, 921])(
    '%i fails it, provisionally, after three answered readings',
    (errorCode) => {
      const run = outcome({
        changes: [{ at: SECOND, change: aChange({ errorCode }) }],
        readings: () => aReading('RESUMED'),
      });
      expect(run).toMatchObject({ status: 'FAILED', evidence: 'CALLBACK', errorCode, provisional: true });
      expect(run.readAt).toEqual([SECOND, SECOND + MINUTE + 10, SECOND + 3 * MINUTE + 20]);
    },
  );

  it('that proves nothing ends UNKNOWN with its code when no reading is ever answered', () => {
    const run = outcome({ changes: [{ at: SECOND, change: aChange({ errorCode: 221 }) }] });
    expect(run).toMatchObject({
      status: 'UNKNOWN',
      evidence: 'NONE',
      errorCode: 221,
      device: 'NOT_REACHED',
      attention: 'UNKNOWN_OUTCOME',
    });
    expect(run.endedAt).toBeGreaterThanOrEqual(72 * HOUR);
  });

  it('that proves nothing gives way to a success, whichever comes first', () => {
    const failed = aChange({ errorCode: 221 });
    const first = outcome({
      changes: [
        { at: SECOND, change: failed },
        { at: 2 * SECOND, change: aChange() },
      ],
      readings: () => aReading('RESUMED'),
    });
    const second = recordChange(recordChange(anOperation(), aChange(), 1), failed, 2);
    expect(first).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', device: 'NOT_REACHED' });
    expect(toReport(second)).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'CALLBACK',
      device: 'NOT_REACHED',
      conflicts: [],
    });
  });
});

describe('a refusal of the request', () => {
  it.each([111, 113, 116, 119, 163])('with code %i rejects the operation at once', (errorCode) => {
    expect(outcome({ answers: [refused(errorCode)] })).toMatchObject({
      status: 'REJECTED',
      evidence: 'ANSWER',
      errorCode,
      provisional: false,
      readAt: [],
      sentAt: [0],
    });
  });

  it.each([432, 160])('for the state (%i) is confirmed by a reading of the wanted state', (errorCode) => {
    const run = outcome({ answers: [refused(errorCode)], readings: () => aReading('SUSPENDED') });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
  });

  it.each([432, 160])('for the state (%i) rejects it after one answered reading', (errorCode) => {
    let readings = 0;
    const run = outcome({
      answers: [refused(errorCode)],
      readings: () => ((readings += 1) < 3 ? FAILED_READING : aReading('RESUMED')),
    });
    expect(run).toMatchObject({ status: 'REJECTED', evidence: 'ANSWER', errorCode, provisional: false });
    expect(run.readAt).toHaveLength(3);
  });

  it.each([432, 160, 119, 111])(
    'I4: after a possible first attempt, %i may be our own echo: a reading confirms',
    (errorCode) => {
      const run = outcome({
        answers: [UNANSWERED, refused(errorCode)],
        readings: () => aReading('SUSPENDED'),
      });
      expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    },
  );

  it('after a possible first attempt rejects only after two answered readings, and provisionally', () => {
    const run = outcome({ answers: [UNANSWERED, refused(432)], readings: () => aReading('RESUMED') });
    expect(run).toMatchObject({ status: 'REJECTED', evidence: 'ANSWER', provisional: true });
    expect(run.readAt).toHaveLength(2);
  });
});

describe('sending', () => {
  it('I2: is repeated after no answer, 2, 4, 8 s … apart, and never more than 5 minutes', () => {
    const { sentAt } = outcome({ answers: [UNANSWERED] }, anOperation({ hardDeadlineAt: HOUR }));
    const gaps = sentAt.slice(1).map((at, index) => at - (sentAt[index] ?? 0) - 10);
    expect(gaps.slice(0, 4)).toEqual([2 * SECOND, 4 * SECOND, 8 * SECOND, 16 * SECOND]);
    expect(Math.max(...gaps)).toBe(5 * MINUTE);
  });

  it('obeys the hub when it asks for more time', () => {
    const again: Answer = { kind: 'again', effect: 'possible', retryAfterMs: 30 * SECOND };
    const { sentAt } = outcome({ answers: [again, ACCEPTED], changes: [{ at: MINUTE, change: aChange() }] });
    expect(sentAt).toEqual([0, 30 * SECOND + 10]);
  });

  it('never happens at or after the hard deadline', () => {
    const run = outcome({ answers: [UNANSWERED] }, anOperation({ hardDeadlineAt: HOUR }));
    expect(Math.max(...run.sentAt)).toBeLessThan(HOUR);
    expect(run).toMatchObject({ status: 'UNKNOWN', attention: 'UNKNOWN_OUTCOME' });
  });

  it('that the hub put off every time without an effect ends FAILED and NEVER_SENT', () => {
    const run = outcome({ answers: [LIMITED] }, anOperation({ hardDeadlineAt: HOUR }));
    expect(run).toMatchObject({ status: 'FAILED', evidence: 'NONE', attention: 'NEVER_SENT' });
  });

  it('raises attention when the hub has not answered a minute after the first attempt, until it does', () => {
    const { steps, attention } = outcome({
      answers: [UNANSWERED, UNANSWERED, UNANSWERED, UNANSWERED, UNANSWERED, UNANSWERED, ACCEPTED],
      changes: [{ at: 10 * MINUTE, change: aChange() }],
    });
    const shown = steps.map((step) => toReport(step).attention);
    expect(shown).toContain('HUB_UNREACHABLE');
    expect(attention).toBeUndefined();
  });
});

describe('silence', () => {
  it('I3: becomes OVERDUE at the soft deadline and UNKNOWN at the hard one', () => {
    const run = outcome({ readings: () => aReading('RESUMED') });
    expect(run).toMatchObject({ status: 'UNKNOWN', evidence: 'NONE', attention: 'UNKNOWN_OUTCOME' });
    expect(run.steps.some((step) => toReport(step).status === 'OVERDUE')).toBe(true);
    expect(run.endedAt).toBe(72 * HOUR + 10);
  });

  it('is read at the soft deadline, then after 1, 2, 4 … intervals of at most 6 hours, and last at the hard one', () => {
    const { readAt } = outcome({ readings: () => aReading('RESUMED') });
    const gaps = readAt.slice(1, -1).map((at, index) => at - (readAt[index] ?? 0) - 10);
    expect(readAt[0]).toBe(15 * MINUTE);
    expect(gaps.slice(0, 6)).toEqual([15, 30, 60, 120, 240, 360].map((minutes) => minutes * MINUTE));
    expect(Math.max(...gaps)).toBe(6 * HOUR);
    expect(readAt.at(-1)).toBe(72 * HOUR);
  });

  it('is settled by the first reading that shows the wanted state', () => {
    const run = outcome({ readings: (now) => aReading(now > HOUR ? 'SUSPENDED' : 'RESUMED') });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', attention: undefined });
  });

  it.each(['ACTIVE', 'activated', 'RESUMED'])('takes %s for the state that a RESUME wants', (status) => {
    const run = outcome({ readings: () => aReading(status) }, anOperation({ action: 'RESUME' }));
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
  });

  it('does not take a status that we do not know for anything', () => {
    expect(outcome({ readings: () => aReading('FROZEN') })).toMatchObject({ status: 'UNKNOWN' });
  });
});

describe('a DELETE', () => {
  const deletion = (overrides = {}) => anOperation({ action: 'DELETE', ...overrides });
  const seenThen = (later: Reading) => (now: number) => (now < 20 * MINUTE ? aReading('RESUMED') : later);

  it.each(['DELETED', 'ERASED'])('is confirmed by a reading of %s', (status) => {
    expect(outcome({ readings: () => aReading(status) }, deletion())).toMatchObject({ status: 'CONFIRMED' });
  });

  it('is confirmed when a token seen before is missing from two complete lists an interval apart', () => {
    const run = outcome({ readings: seenThen(LIST_WITHOUT_THE_TOKEN) }, deletion());
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    expect(run.readAt).toHaveLength(3);
  });

  it('is not confirmed by the absence of a token that was never seen under this reference', () => {
    expect(outcome({ readings: () => LIST_WITHOUT_THE_TOKEN }, deletion())).toMatchObject({
      status: 'UNKNOWN',
    });
  });

  it('is not confirmed by an empty list', () => {
    expect(outcome({ readings: seenThen(EMPTY_LIST) }, deletion())).toMatchObject({ status: 'UNKNOWN' });
  });

  it('notes the removal from the wallet application and waits for the deletion at the network', () => {
    const removal = aChange({ action: 'DELETE_FROM_APP' });
    const removed = recordChange(deletion(), removal, SECOND);
    expect(toReport(removed)).toMatchObject({ final: false, device: 'REMOVED', unexpected: [] });
    const done = recordChange(removed, aChange({ action: 'DELETE' }), 2 * SECOND);
    expect(toReport(done)).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', device: 'REMOVED' });
  });
});

describe('a cancellation', () => {
  it('before anything was possibly sent ends CANCELLED', () => {
    const run = outcome({ answers: [LIMITED], cancelAt: SECOND });
    expect(run).toMatchObject({ status: 'CANCELLED', evidence: 'NONE', readAt: [] });
  });

  it.each([
    ['SUSPENDED', 'CONFIRMED', 'READING'],
    ['RESUMED', 'UNKNOWN', 'NONE'],
  ])('after sending is decided by the next reading: %s means %s', (state, status, evidence) => {
    const run = outcome({ cancelAt: SECOND, readings: () => aReading(state) });
    expect(run).toMatchObject({ status, evidence, readAt: [SECOND] });
  });

  it('after sending ends UNKNOWN when three readings in a row fail', () => {
    const run = outcome({ cancelAt: SECOND });
    expect(run.readAt).toEqual([SECOND, SECOND + MINUTE + 10, SECOND + 2 * MINUTE + 20]);
    expect(run).toMatchObject({ status: 'UNKNOWN', attention: 'UNKNOWN_OUTCOME' });
  });

  it('waits for the attempt that is under way before it looks', () => {
    const run = outcome({ latencyMs: 3 * SECOND, cancelAt: SECOND, readings: () => aReading('SUSPENDED') });
    expect(run.readAt).toEqual([3 * SECOND]);
  });
});

describe('callbacks that are not the word waited for', () => {
  it('are counted when they repeat an earlier one, in every spelling of the same thing', () => {
    const repeated = [aChange({ receivedAt: 'later' }), aChange({ isPrimary: true })].reduce(
      (operation, change) => recordChange(operation, change, 2),
      recordChange(anOperation(), aChange(), 1),
    );
    expect(toReport(repeated)).toMatchObject({ duplicates: 2, conflicts: [] });
    expect(toReport(repeated).attention).toBeUndefined();
  });

  it.each([
    ['of another action', aChange({ action: 'RESUME' })],
    ['of another token', aChange({ virtualCardId: 'token-2' })],
    ['without an action', (({ action: _action, ...rest }) => rest)(aChange())],
  ])('%s are kept, raise attention and cause one reading, which may settle', (_what, change) => {
    const shown = (state: string) =>
      outcome({
        changes: [{ at: SECOND, change }],
        readings: (now) => aReading(now < MINUTE ? state : 'RESUMED'),
      });
    expect(shown('SUSPENDED')).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', readAt: [SECOND] });
    const undecided = shown('RESUMED');
    expect(undecided.readAt.filter((at) => at < MINUTE)).toEqual([SECOND]);
    expect(toReport(undecided.operation).unexpected).toHaveLength(1);
  });

  it('I5: leave the first word standing when they contradict it, raise attention, and let a reading decide', () => {
    const changes = [
      { at: SECOND, change: aChange({ errorCode: 231 }) },
      { at: SECOND, change: aChange() },
    ];
    const stands = outcome({ changes, readings: () => aReading('RESUMED') });
    expect(stands).toMatchObject({
      status: 'FAILED',
      errorCode: 231,
      attention: 'CONFLICT',
      effectiveStatus: 'FAILED',
    });
    const decided = outcome({ changes, readings: () => aReading('SUSPENDED') });
    expect(decided).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', attention: 'CONFLICT' });
    const open = outcome({ changes, readings: () => FAILED_READING });
    expect(open).toMatchObject({ status: 'FAILED', attention: 'CONFLICT', effectiveStatus: 'UNKNOWN' });
  });

  it('I1: are kept or counted, every one of 2,000 different ones and of their copies', () => {
    const others = Array.from({ length: 2_000 }, (_, index) => aChange({ virtualCardId: `other-${index}` }));
    const codes = Array.from({ length: 150 }, (_, index) => aChange({ errorCode: 231 + index }));
    const doubt = [aChange({ errorCode: 221 }), aChange({ errorCode: 221 })];
    const all = [...others, ...doubt, ...codes, ...others, ...doubt];
    const operation = all.reduce((sofar, change) => recordChange(sofar, change, SECOND), anOperation());
    const { duplicates, unexpected, conflicts, omitted = 0 } = toReport(operation);
    expect([unexpected.length, conflicts.length]).toEqual([100, 100]);
    expect(duplicates).toBeGreaterThan(100);
    // The doubt itself is what the operation is about, and is shown as its error code.
    expect(1 + duplicates + unexpected.length + conflicts.length + omitted).toBe(all.length);
  });

  it('are known as copies of a word on the request, however many others came before', () => {
    const others = Array.from({ length: 2_000 }, (_, index) => aChange({ virtualCardId: `other-${index}` }));
    const doubt = aChange({ errorCode: 221 });
    const all = [...others, doubt, doubt, doubt];
    const operation = all.reduce((sofar, change) => recordChange(sofar, change, SECOND), anOperation());
    expect(toReport(operation)).toMatchObject({ duplicates: 2, omitted: 1_900 });
  });

  it('I6: raise attention when a reference had to be hashed', () => {
    const change = aChange({ virtualCardId: 'sha256:0123456789abcdef', cardDataSeen: true });
    const { operation } = outcome({
      changes: [{ at: SECOND, change }],
      readings: () => aReading('SUSPENDED'),
    });
    expect(operation.attention).toContain('CARD_DATA_SEEN');
  });
});
