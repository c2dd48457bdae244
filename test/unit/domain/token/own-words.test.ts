import { toShownChange } from '../../../../src/domain/hub/change.js';
import { agendaOf, isSettled, toReport, type Operation, evolve } from '../../../../src/domain/token/index.js';
import type { Reading } from '../../../../src/domain/hub/reading.js';
import {
  aChange,
  anOperation,
  aReading,
  FAILED_READING,
  HOUR,
  MINUTE,
  SECOND,
} from '../../../support/builders.js';
import { runOperation } from '../../../support/virtual/run-operation.js';

const HARD = 72 * HOUR;
const sent = (overrides = {}) =>
  evolve(
    evolve(anOperation(overrides), { kind: 'begun', effect: 'send' }, 0),
    { kind: 'answer', answer: { kind: 'accepted' }, chance: 0 },
    10,
  );
const read = (operation: Operation, reading: Reading, now: number) =>
  evolve(evolve(operation, { kind: 'begun', effect: 'read' }, now), { kind: 'reading', reading }, now);

const success = aChange();
const failure = aChange({ errorCode: 231 });
const notReached = aChange({ errorCode: 221 });
const timedOut = aChange({ errorCode: 322 });

describe('two words on the same token', () => {
  it.each([
    ['an error and a success', failure, success],
    ['a success and an error', success, failure],
    ['two errors', failure, aChange({ errorCode: 232 })],
    ['a success and an error that proves nothing', success, timedOut],
    ['two errors that prove nothing', notReached, timedOut],
    ['an error that proves nothing and one that is final', notReached, failure],
    ['an error that is final and one that proves nothing', failure, notReached],
    ['a primary token’s success and its auxiliary’s error', success, { ...failure, isPrimary: false }],
  ])(
    'I5: that disagree (%s) are a conflict: kept and shown, and the first stands',
    (_what, first, second) => {
      const torn = evolve(
        evolve(sent(), { kind: 'callback', change: first }, SECOND),
        { kind: 'callback', change: second },
        SECOND,
      );
      const report = toReport(torn);
      expect(report).toMatchObject({ attention: 'CONFLICT', conflicts: [{ receivedAt: second.receivedAt }] });
      const ended = toReport(runOperation(torn, { answers: [] }).operation);
      expect(ended.errorCode).toBe(first.errorCode);
      expect(ended).toMatchObject({ attention: 'CONFLICT', effectiveStatus: 'UNKNOWN' });
    },
  );

  it.each([
    ['the same success of a primary and an auxiliary token', success, { ...success, isPrimary: false }],
    ['the same error of a primary and an auxiliary token', failure, { ...failure, isPrimary: false }],
    ['the same error that proves nothing, twice', notReached, { ...notReached, isPrimary: false }],
    ['a success and an unreached device', success, notReached],
    ['an unreached device and a success', notReached, success],
  ])('that agree (%s) are none', (_what, first, second) => {
    const report = toReport(
      evolve(
        evolve(sent(), { kind: 'callback', change: first }, SECOND),
        { kind: 'callback', change: second },
        2 * SECOND,
      ),
    );
    expect(report.conflicts).toEqual([]);
    expect(report.attention).toBeUndefined();
  });

  it('that disagree while an operation is being cancelled are a conflict too', () => {
    const cancelling = evolve(
      evolve(sent(), { kind: 'callback', change: notReached }, SECOND),
      { kind: 'cancel' },
      SECOND,
    );
    for (const second of [timedOut, failure]) {
      const done = read(
        evolve(cancelling, { kind: 'callback', change: second }, SECOND),
        aReading('RESUMED'),
        2 * SECOND,
      );
      expect(toReport(done)).toMatchObject({ status: 'UNKNOWN', errorCode: 221, attention: 'CONFLICT' });
    }
  });

  it('that disagree at the hard deadline are a conflict too', () => {
    const expired = evolve(
      evolve(sent(), { kind: 'callback', change: notReached }, HARD - SECOND),
      { kind: 'time' },
      HARD,
    );
    expect(toReport(evolve(expired, { kind: 'callback', change: failure }, HARD))).toMatchObject({
      attention: 'CONFLICT',
      final: false,
    });
  });

  it('I5: that disagree after a person has decided leave that decision standing', () => {
    const decided = evolve(
      sent(),
      { kind: 'resolve', decision: { status: 'FAILED', note: 'n', by: 'b' } },
      SECOND,
    );
    expect(toReport(evolve(decided, { kind: 'callback', change: success }, SECOND))).toMatchObject({
      status: 'FAILED',
      evidence: 'PERSON',
      final: true,
      attention: 'CONFLICT',
      effectiveStatus: 'UNKNOWN',
    });
  });
});

it('I5: a failure that a reading overrules is shown as a conflict, beside the success that contradicted it', () => {
  const { operation } = runOperation(sent(), {
    answers: [{ kind: 'accepted' }],
    changes: [
      { at: SECOND, change: failure },
      { at: SECOND, change: success },
    ],
    readings: () => aReading('SUSPENDED'),
  });
  const report = toReport(operation);
  expect(report).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', attention: 'CONFLICT' });
  expect(report.conflicts).toEqual([toShownChange(success), toShownChange(failure)]);
});

describe('an error that proves nothing', () => {
  const last = (operation: Operation) =>
    evolve(
      evolve(operation, { kind: 'begun', effect: 'read' }, HARD),
      { kind: 'callback', change: notReached },
      HARD,
    );

  it.each([
    ['another state', aReading('RESUMED')],
    ['nothing', FAILED_READING],
  ])(
    'that comes while a cancelled operation looks gives UNKNOWN its code, when the look shows %s',
    (_what, reading) => {
      const doubtful = evolve(
        evolve(sent(), { kind: 'cancel' }, SECOND),
        { kind: 'callback', change: notReached },
        SECOND,
      );
      const looks = [1, 2, 3].reduce(
        (state, look) => (isSettled(state) ? state : read(state, reading, look * MINUTE)),
        doubtful,
      );
      expect(toReport(looks)).toMatchObject({ status: 'UNKNOWN', evidence: 'NONE', errorCode: 221 });
    },
  );

  it('that comes during the last look fails the operation, provisionally, when that look is answered', () => {
    const expired = last(evolve(sent(), { kind: 'time' }, HARD));
    expect(
      toReport(evolve(expired, { kind: 'reading', reading: aReading('RESUMED') }, HARD + 1)),
    ).toMatchObject({
      status: 'FAILED',
      evidence: 'CALLBACK',
      errorCode: 221,
      provisional: true,
    });
    expect(toReport(evolve(expired, { kind: 'reading', reading: FAILED_READING }, HARD + 1))).toMatchObject({
      status: 'UNKNOWN',
      errorCode: 221,
    });
  });

  it('that comes during the last look of a cancelled operation leaves it UNKNOWN, with the code', () => {
    const expired = last(evolve(evolve(sent(), { kind: 'cancel' }, HARD - SECOND), { kind: 'time' }, HARD));
    expect(
      toReport(evolve(expired, { kind: 'reading', reading: aReading('RESUMED') }, HARD + 1)),
    ).toMatchObject({
      status: 'UNKNOWN',
      errorCode: 221,
    });
  });
});

describe('a success', () => {
  it('that an error contradicts needs two readings, one interval apart, to be contradicted', () => {
    const torn = evolve(
      evolve(sent(), { kind: 'callback', change: success }, SECOND),
      { kind: 'callback', change: failure },
      SECOND,
    );
    const once = read(torn, aReading('RESUMED'), SECOND);
    expect(toReport(once)).toMatchObject({ final: false });
    expect(agendaOf(once, SECOND).wake).toEqual({ at: SECOND + MINUTE, reason: 'next reading' });
    expect(toReport(read(once, aReading('RESUMED'), SECOND + MINUTE))).toMatchObject({
      status: 'CONFIRMED',
      effectiveStatus: 'UNKNOWN',
    });
  });

  it('that follows words which contradict each other is checked by a reading', () => {
    const torn = evolve(
      evolve(sent(), { kind: 'callback', change: notReached }, SECOND),
      { kind: 'callback', change: failure },
      2 * SECOND,
    );
    const checking = evolve(torn, { kind: 'callback', change: success }, 3 * SECOND);
    expect(toReport(checking)).toMatchObject({ final: false, attention: 'CONFLICT' });
    expect(toReport(read(checking, aReading('SUSPENDED'), 3 * SECOND))).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'CALLBACK',
      effectiveStatus: 'CONFIRMED',
    });
  });

  it('of a RESUME is taken at its word when somebody has cancelled', () => {
    const resume = { action: 'RESUME' } as const;
    const done = evolve(
      evolve(sent(resume), { kind: 'cancel' }, SECOND),
      { kind: 'callback', change: aChange(resume) },
      2 * SECOND,
    );
    expect(toReport(done)).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', final: true });
  });

  it('of a RESUME is a conflict, not another suspender, when an error contradicts it and the token is suspended', () => {
    const resume = { action: 'RESUME' } as const;
    const { operation } = runOperation(anOperation(resume), {
      answers: [{ kind: 'accepted' }],
      changes: [
        { at: SECOND, change: aChange(resume) },
        { at: SECOND, change: aChange({ ...resume, errorCode: 231 }) },
      ],
      readings: () => aReading('SUSPENDED'),
    });
    expect(toReport(operation)).toMatchObject({ status: 'CONFIRMED', effectiveStatus: 'UNKNOWN' });
    expect(operation.attention).toEqual(['CONFLICT']);
  });
});

describe('what is known of the device', () => {
  const removal = aChange({ action: 'DELETE_FROM_APP' });
  const unreached = aChange({ action: 'DELETE', errorCode: 221 });

  it.each([
    ['first', [removal, unreached]],
    ['last', [unreached, removal]],
  ])('is its removal from the application, also when that is heard %s', (_when, words) => {
    const done = words.reduce(
      (state, word) => evolve(state, { kind: 'callback', change: word }, SECOND),
      sent({ action: 'DELETE' }),
    );
    expect(toReport(done)).toMatchObject({ device: 'REMOVED', conflicts: [], unexpected: [] });
  });

  it('does not come from a removal that failed: that is unexpected', () => {
    const odd = evolve(
      sent({ action: 'DELETE' }),
      { kind: 'callback', change: { ...removal, errorCode: 231 } },
      SECOND,
    );
    expect(toReport(odd)).toMatchObject({ attention: 'UNEXPECTED_CALLBACK' });
    expect(toReport(odd).device).toBeUndefined();
  });

  it('does not come from the removal of another token, nor from one that nobody asked for', () => {
    const other = evolve(
      sent({ action: 'DELETE' }),
      { kind: 'callback', change: { ...removal, virtualCardId: 'token-2' } },
      SECOND,
    );
    expect(toReport(other).device).toBeUndefined();
    expect(toReport(evolve(sent(), { kind: 'callback', change: removal }, SECOND)).device).toBeUndefined();
  });
});

describe('a person', () => {
  it('decides what is stuck: final with that status, evidence PERSON, note and name kept, the conflict closed', () => {
    const torn = evolve(
      evolve(sent(), { kind: 'callback', change: failure }, SECOND),
      { kind: 'callback', change: success },
      SECOND,
    );
    const decided = evolve(
      torn,
      { kind: 'resolve', decision: { status: 'CONFIRMED', note: 'seen', by: 'night shift' } },
      2 * SECOND,
    );
    expect(toReport(decided)).toMatchObject({
      status: 'CONFIRMED',
      effectiveStatus: 'CONFIRMED',
      evidence: 'PERSON',
      final: true,
      decision: { note: 'seen', by: 'night shift' },
    });
    expect(toReport(decided).attention).toBeUndefined();
  });

  it('I5: decides nothing here once the operation has ended', () => {
    const done = evolve(sent(), { kind: 'callback', change: success }, SECOND);
    expect(
      evolve(done, { kind: 'resolve', decision: { status: 'FAILED', note: 'n', by: 'b' } }, SECOND),
    ).toBe(done);
  });
});

describe('a word that comes in the very instant in which the operation has ended', () => {
  const unknown = () => {
    const expired = evolve(sent(), { kind: 'time' }, HARD);
    return read(expired, FAILED_READING, HARD);
  };
  const failedProvisionally = () =>
    runOperation(anOperation(), {
      answers: [{ kind: 'accepted' }],
      changes: [{ at: SECOND, change: notReached }],
      readings: () => aReading('RESUMED'),
    }).operation;

  it('I5: amends UNKNOWN, and says so', () => {
    expect(toReport(evolve(unknown(), { kind: 'callback', change: success }, HARD))).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'CALLBACK',
      attention: 'LATE_AMENDMENT',
    });
    expect(toReport(evolve(unknown(), { kind: 'callback', change: failure }, HARD))).toMatchObject({
      status: 'FAILED',
      errorCode: 231,
      attention: 'LATE_AMENDMENT',
    });
  });

  it('I5: amends a provisional failure by a success, and says so', () => {
    expect(
      toReport(evolve(failedProvisionally(), { kind: 'callback', change: success }, HOUR)),
    ).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'CALLBACK',
      attention: 'LATE_AMENDMENT',
    });
  });

  it.each([timedOut, failure])(
    'I5: does not replace the code of a provisional failure in silence',
    (word) => {
      expect(toReport(evolve(failedProvisionally(), { kind: 'callback', change: word }, HOUR))).toMatchObject(
        {
          status: 'FAILED',
          errorCode: 221,
          attention: 'CONFLICT',
        },
      );
    },
  );

  it('is looked into when it proves nothing and nothing else is known', () => {
    const cancelled = evolve(anOperation(), { kind: 'cancel' }, 0);
    expect(toReport(cancelled)).toMatchObject({ status: 'CANCELLED', final: true });
    const reopened = evolve(cancelled, { kind: 'callback', change: notReached }, 0);
    expect(toReport(reopened)).toMatchObject({ final: false, attention: 'LATE_AMENDMENT' });
    expect(agendaOf(reopened, 0)).toMatchObject({ read: true, send: false });
    const after = evolve(
      evolve(unknown(), { kind: 'callback', change: notReached }, HARD),
      { kind: 'time' },
      HARD,
    );
    expect(toReport(read(after, FAILED_READING, HARD))).toMatchObject({ status: 'UNKNOWN', errorCode: 221 });
  });

  it('that agrees changes nothing and worries nobody', () => {
    const again = evolve(
      failedProvisionally(),
      { kind: 'callback', change: { ...notReached, isPrimary: false } },
      HOUR,
    );
    expect(toReport(again)).toMatchObject({ status: 'FAILED', errorCode: 221, conflicts: [] });
    // Its last look showed that the token can pay; the word adds nothing to that.
    expect(toReport(again).attention).toBe(toReport(failedProvisionally()).attention);
  });

  it('asks for no reading when it is unexpected', () => {
    const odd = evolve(
      evolve(sent(), { kind: 'callback', change: success }, SECOND),
      { kind: 'callback', change: aChange({ action: 'RENEW' }) },
      SECOND,
    );
    expect(toReport(odd)).toMatchObject({ status: 'CONFIRMED', attention: 'UNEXPECTED_CALLBACK' });
    expect(odd.readingRequestedAt).toBeUndefined();
  });

  it.each([
    ['a failure where readings had not told a refusal from its echo', 432, { status: 'FAILED', final: true }],
    ['an error that proves nothing where the hub had refused with the same', 911, { final: false }],
  ])('I5: amends, and says so, by %s', (_what, errorCode, expected) => {
    const unanswered = { kind: 'unanswered' } as const;
    const refusal = { kind: 'refused', errorCode, httpStatus: 400 } as const;
    const { operation } = runOperation(anOperation(), {
      answers: [unanswered, refusal],
      readings: () => (errorCode === 911 ? aReading('RESUMED') : FAILED_READING),
    });
    expect(toReport(operation)).toMatchObject({ final: true, errorCode });
    const amended = toReport(evolve(operation, { kind: 'callback', change: aChange({ errorCode }) }, HARD));
    expect(amended).toMatchObject({ ...expected, attention: 'LATE_AMENDMENT' });
  });

  it('I5: reopens a final word that it contradicts until a reading has decided', () => {
    const reopened = evolve(
      evolve(sent(), { kind: 'callback', change: success }, SECOND),
      { kind: 'callback', change: failure },
      SECOND,
    );
    expect(isSettled(reopened)).toBe(false);
    expect(toReport(reopened)).toMatchObject({ final: false, attention: 'CONFLICT' });
    expect(toReport(reopened)).not.toHaveProperty('settledAt');
    expect(toReport(reopened).outcomes[0]).not.toHaveProperty('at');
    expect(toReport(reopened).effectiveStatus).toBe('AWAITING_CALLBACK');
    expect(toReport(read(reopened, aReading('SUSPENDED'), SECOND))).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'CALLBACK',
      effectiveStatus: 'CONFIRMED',
    });
  });
});

describe('a word of the hub on our request', () => {
  it.each([
    ['failure', failure, { status: 'FAILED', errorCode: 231 }],
    ['success', success, { status: 'CONFIRMED' }],
  ])('outweighs its refusal: a %s is no conflict with the code of that', (_what, word, expected) => {
    const refusal = { kind: 'refused', errorCode: 432, httpStatus: 400 } as const;
    const refused = evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
      { kind: 'answer', answer: refusal, chance: 0 },
      10,
    );
    const done = toReport(evolve(refused, { kind: 'callback', change: word }, SECOND));
    expect(done).toMatchObject({ ...expected, evidence: 'CALLBACK', final: true, conflicts: [] });
    expect(done.attention).toBeUndefined();
  });

  it('I4: proves that the hub has it, whatever the attempts came to', () => {
    const limited = evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
      { kind: 'answer', answer: { kind: 'again', effect: 'none' }, chance: 0 },
      10,
    );
    const cancelled = evolve(
      evolve(limited, { kind: 'callback', change: notReached }, SECOND),
      { kind: 'cancel' },
      2 * SECOND,
    );
    expect(toReport(read(cancelled, aReading('RESUMED'), 2 * SECOND))).toMatchObject({
      status: 'UNKNOWN',
      errorCode: 221,
    });
  });
});

describe('a reading that is under way when the operation changes its mind', () => {
  it('I4: can confirm, but cannot deny what it could not see', () => {
    const overdue = evolve(
      evolve(sent(), { kind: 'time' }, 15 * MINUTE),
      { kind: 'begun', effect: 'read' },
      15 * MINUTE,
    );
    const cancelling = evolve(overdue, { kind: 'cancel' }, 15 * MINUTE);
    const denied = evolve(cancelling, { kind: 'reading', reading: aReading('RESUMED') }, 15 * MINUTE + 10);
    expect(toReport(denied)).toMatchObject({ final: false });
    expect(denied.lastReadingAt).toBe(15 * MINUTE);
    const confirmed = evolve(
      cancelling,
      { kind: 'reading', reading: aReading('SUSPENDED') },
      15 * MINUTE + 10,
    );
    expect(toReport(confirmed)).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
  });

  it('closes an open conflict when it shows what the final word says', () => {
    const checking = evolve(
      evolve(sent(), { kind: 'callback', change: success }, SECOND),
      { kind: 'callback', change: failure },
      SECOND,
    );
    const closed = evolve(
      evolve(checking, { kind: 'begun', effect: 'read' }, SECOND),
      { kind: 'cancel' },
      SECOND,
    );
    expect(toReport(closed)).toMatchObject({ status: 'CONFIRMED', effectiveStatus: 'UNKNOWN' });
    expect(
      toReport(evolve(closed, { kind: 'reading', reading: aReading('SUSPENDED') }, SECOND)),
    ).toMatchObject({
      status: 'CONFIRMED',
      effectiveStatus: 'CONFIRMED',
    });
  });

  it('changes nothing once a word has ended the operation', () => {
    const looking = evolve(
      evolve(sent(), { kind: 'time' }, 15 * MINUTE),
      { kind: 'begun', effect: 'read' },
      15 * MINUTE,
    );
    const done = evolve(looking, { kind: 'callback', change: success }, 15 * MINUTE + 5);
    const after = evolve(done, { kind: 'reading', reading: aReading('RESUMED') }, 15 * MINUTE + 10);
    const { lastReading, ...outcome } = toReport(after);
    expect(outcome).toEqual(toReport(done));
    expect(lastReading).toMatchObject({ status: 'RESUMED' });
  });

  it('I5: leaves an open conflict open when it shows the opposite of the final word', () => {
    const checking = evolve(
      evolve(sent(), { kind: 'callback', change: failure }, SECOND),
      { kind: 'callback', change: success },
      SECOND,
    );
    const closed = evolve(
      evolve(checking, { kind: 'begun', effect: 'read' }, SECOND),
      { kind: 'cancel' },
      SECOND,
    );
    expect(toReport(closed)).toMatchObject({ status: 'FAILED', effectiveStatus: 'UNKNOWN' });
    expect(
      toReport(evolve(closed, { kind: 'reading', reading: aReading('SUSPENDED') }, SECOND)),
    ).toMatchObject({
      status: 'FAILED',
      effectiveStatus: 'UNKNOWN',
    });
  });
});

describe('an attempt of which nothing left', () => {
  it('is made again after a pause, so that two clocks that differ cause no storm', () => {
    const back = evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
      { kind: 'answer', answer: { kind: 'not-sent' }, chance: 0 },
      10,
    );
    expect(toReport(back).attempts).toBe(0);
    expect(agendaOf(back, 10)).toMatchObject({ send: false, wake: { at: 10 + 2 * SECOND } });
  });

  it('does not turn into a cancellation what the hub has refused', () => {
    const cancelled = evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, HARD - SECOND),
      { kind: 'cancel' },
      HARD - 1,
    );
    const expired = evolve(cancelled, { kind: 'time' }, HARD);
    const refused = evolve(
      expired,
      { kind: 'answer', answer: { kind: 'refused', errorCode: 111, httpStatus: 400 }, chance: 0 },
      HARD + 10,
    );
    const done = isSettled(refused) ? refused : read(refused, aReading('RESUMED'), HARD + 20);
    expect(toReport(done)).toMatchObject({ status: 'REJECTED', evidence: 'ANSWER', errorCode: 111 });
  });
});

describe('words without end', () => {
  it('I3: leave the state small, and the operation ends all the same', () => {
    const operation = Array.from({ length: 5_000 }, (_, index) => index + 1).reduce(
      (state, index) =>
        evolve(
          state,
          {
            kind: 'callback',
            change: aChange({
              virtualCardId: index % 2 === 0 ? 'token-1' : `${index}`.padEnd(255, 'x'),
              errorCode: 1_000 + index,
              source: 's'.repeat(64),
              walletProviderId: 'w'.repeat(128),
              issuerCardRefId: 'c'.repeat(255),
            }),
          },
          SECOND,
        ),
      sent(),
    );
    expect(JSON.stringify(operation).length).toBeLessThan(500_000);
    expect(JSON.stringify(toReport(operation)).length).toBeLessThan(500_000);
    const { operation: ended } = runOperation(operation, { answers: [] });
    expect(toReport(ended)).toMatchObject({ status: 'FAILED', errorCode: 1_002, attention: 'CONFLICT' });
  });
});
