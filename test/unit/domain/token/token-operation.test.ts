import type { VirtualCardChange } from '../../../../src/domain/hub/change.js';
import type { Answer } from '../../../../src/domain/hub/answer.js';
import { agendaOf, toReport, type Operation, evolve } from '../../../../src/domain/token/index.js';
import { HUB_ERROR_CODES } from '../../../../src/domain/hub/hub-errors.js';
import type { Reading } from '../../../../src/domain/hub/reading.js';
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
} from '../../../support/builders.js';
import { runOperation, type Script } from '../../../support/virtual/run-operation.js';

const ACCEPTED: Answer = { kind: 'accepted' };
const UNANSWERED: Answer = { kind: 'unanswered' };
const LIMITED: Answer = { kind: 'again', effect: 'none' };
const refused = (errorCode: number | string): Answer => ({ kind: 'refused', errorCode, httpStatus: 400 });

/** Shows these readings in turn, the last one for ever. */
function inTurn(...readings: Reading[]): () => Reading {
  let made = 0;
  return () => {
    made += 1;
    return readings[Math.min(made, readings.length) - 1] ?? FAILED_READING;
  };
}

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

  it.each([
    ['resume', ['RESUME']],
    ['always', ['SUSPEND', 'RESUME', 'DELETE']],
    ['never', []],
  ] as const)(
    'is read once, with LCM_CONFIRM_BY_READING=%s, after %j and no other, and keeps its evidence CALLBACK',
    (confirmByReading, checked) => {
      const wanted = { SUSPEND: 'SUSPENDED', RESUME: 'RESUMED', DELETE: 'DELETED' } as const;
      for (const action of ['SUSPEND', 'RESUME', 'DELETE'] as const) {
        const run = outcome(
          {
            changes: [{ at: SECOND, change: aChange({ action }) }],
            readings: () => aReading(wanted[action]),
          },
          anOperation({ action }, { confirmByReading }),
        );
        expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', attention: undefined });
        expect(run.readAt).toEqual((checked as readonly string[]).includes(action) ? [SECOND] : []);
      }
    },
  );

  it('worries nobody when only the first of two readings one interval apart contradicts it', () => {
    const run = outcome(
      {
        changes: [{ at: SECOND, change: aChange({ action: 'RESUME' }) }],
        readings: inTurn(aReading('SUSPENDED'), aReading('RESUMED')),
      },
      anOperation({ action: 'RESUME' }),
    );
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', attention: undefined });
    expect(run.readAt).toEqual([SECOND, SECOND + MINUTE + 10]);
  });

  it('shows that somebody else still suspends the token when two readings one interval apart after a RESUME say so', () => {
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

  it('I4: is shown as a conflict when two readings one interval apart contradict it, but after a RESUME', () => {
    const run = outcome(
      { changes: [{ at: SECOND, change: aChange() }], readings: () => aReading('RESUMED') },
      anOperation({}, { confirmByReading: 'always' }),
    );
    expect(run).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'CALLBACK',
      attention: 'CONFLICT',
      effectiveStatus: 'UNKNOWN',
    });
    expect(run.readAt).toEqual([SECOND, SECOND + MINUTE + 10]);
  });

  it.each([
    ['RESUME', 'SUSPENDED', 'OTHER_SUSPENDER', 'CONFIRMED'],
    ['RESUME', 'INACTIVE', 'CONFLICT', 'UNKNOWN'],
    ['RESUME', ' suspended ', 'OTHER_SUSPENDER', 'CONFIRMED'],
    ['SUSPEND', 'RESUMED', 'CONFLICT', 'UNKNOWN'],
    ['DELETE', 'SUSPENDED', 'CONFLICT', 'UNKNOWN'],
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
    expect(run).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'CALLBACK',
      effectiveStatus: 'CONFIRMED',
      attention: undefined,
    });
    expect(run.readAt).toHaveLength(3);
  });
});

describe('an error in a callback', () => {
  it.each(['E-7', 99999, ...HUB_ERROR_CODES.filter((code) => ![221, 322, 323, 911, 921].includes(code))])(
    '%s, like every code but those that prove nothing, fails the operation by its callback',
    (errorCode) => {
      expect(outcome({ changes: [{ at: SECOND, change: aChange({ errorCode }) }] })).toMatchObject({
        status: 'FAILED',
        evidence: 'CALLBACK',
        errorCode,
        provisional: false,
      });
    },
  );

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
    '%i fails it, provisionally, after three answered readings: at once, after one and after two more intervals',
    (errorCode) => {
      const run = outcome({
        changes: [{ at: SECOND, change: aChange({ errorCode }) }],
        readings: () => aReading('RESUMED'),
      });
      expect(run).toMatchObject({ status: 'FAILED', evidence: 'CALLBACK', errorCode, provisional: true });
      expect(run.readAt).toEqual([SECOND, SECOND + MINUTE + 10, SECOND + 3 * MINUTE + 20]);
    },
  );

  it('that proves nothing takes only readings for answered that the hub answered with a list', () => {
    const run = outcome({
      changes: [{ at: SECOND, change: aChange({ errorCode: 322 }) }],
      readings: inTurn(FAILED_READING, aReading('RESUMED'), EMPTY_LIST, aReading('RESUMED'), aReading('X')),
    });
    expect(run).toMatchObject({ status: 'FAILED', errorCode: 322, provisional: true });
    const gaps = run.readAt.slice(1).map((at, index) => at - (run.readAt[index] ?? 0) - 10);
    expect(gaps).toEqual([MINUTE, MINUTE, MINUTE, 2 * MINUTE]);
  });

  it.each([
    ['confirms it', 'SUSPENDED', { status: 'CONFIRMED', evidence: 'READING' }],
    ['fails it, provisionally', 'RESUMED', { status: 'FAILED', evidence: 'CALLBACK', provisional: true }],
  ])(
    'that proves nothing has its readings ended by the hard deadline: one last, which %s when it shows %s',
    (_what, state, expected) => {
      const run = outcome(
        {
          changes: [{ at: SECOND, change: aChange({ errorCode: 911 }) }],
          readings: (now) => (now < 150 * SECOND ? FAILED_READING : aReading(state)),
        },
        anOperation({ softDeadlineAt: MINUTE, hardDeadlineAt: 150 * SECOND }),
      );
      expect(run).toMatchObject(expected);
      expect(run.readAt.slice(-2)).toEqual([SECOND + 2 * MINUTE + 20, 150 * SECOND]);
    },
  );

  it('that proves nothing ends FAILED at the hard deadline when a reading before it was answered', () => {
    const run = outcome(
      {
        changes: [{ at: SECOND, change: aChange({ errorCode: 911 }) }],
        readings: inTurn(aReading('RESUMED'), FAILED_READING),
      },
      anOperation({ hardDeadlineAt: HOUR }),
    );
    expect(run).toMatchObject({ status: 'FAILED', errorCode: 911, provisional: true });
  });

  it('of 221 says that the device was not reached, also after a success: that is no conflict', () => {
    const notReached = evolve(anOperation(), { kind: 'callback', change: aChange({ errorCode: 221 }) }, 1);
    expect(toReport(notReached)).toMatchObject({ device: 'NOT_REACHED', final: false });
    const after = evolve(
      evolve(anOperation(), { kind: 'callback', change: aChange() }, 1),
      { kind: 'callback', change: aChange({ errorCode: 221 }) },
      2,
    );
    expect(toReport(after)).toMatchObject({ status: 'CONFIRMED', device: 'NOT_REACHED', conflicts: [] });
    expect(toReport(after).attention).toBeUndefined();
    const other = evolve(anOperation(), { kind: 'callback', change: aChange({ errorCode: 322 }) }, 1);
    expect(toReport(other).device).toBeUndefined();
  });

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
    const second = evolve(
      evolve(anOperation(), { kind: 'callback', change: aChange() }, 1),
      { kind: 'callback', change: failed },
      2,
    );
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
  it.each([
    'E-17',
    98765,
    ...HUB_ERROR_CODES.filter((code) => ![432, 160, 221, 321, 322, 921].includes(code)),
  ])(
    'with code %s, like every one that neither is about the state nor asks to come again, rejects the operation at once',
    (errorCode) => {
      expect(outcome({ answers: [refused(errorCode)] })).toMatchObject({
        status: 'REJECTED',
        evidence: 'ANSWER',
        errorCode,
        provisional: false,
        readAt: [],
        sentAt: [0],
      });
    },
  );

  it('with a status alone, and no code, rejects it at once', () => {
    const run = outcome({ answers: [{ kind: 'refused', httpStatus: 404 }] });
    expect(run).toMatchObject({ status: 'REJECTED', evidence: 'ANSWER', errorCode: undefined, readAt: [] });
  });

  it.each([432, 160])('for the state (%i) is confirmed by one reading of the wanted state', (errorCode) => {
    const run = outcome({ answers: [refused(errorCode)], readings: () => aReading('SUSPENDED') });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', readAt: [10], sentAt: [0] });
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
    'I4: after a possible first attempt, %i may be our own echo: the first reading of the wanted state confirms',
    (errorCode) => {
      for (const before of [[], [aReading('RESUMED')]]) {
        const run = outcome({
          answers: [UNANSWERED, refused(errorCode)],
          readings: inTurn(...before, aReading('SUSPENDED')),
        });
        expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
        expect(run.readAt).toHaveLength(before.length + 1);
      }
    },
  );

  it.each([432, 160, 119, 111])(
    'I4: after a possible first attempt, %i rejects only after two answered readings one interval apart, and provisionally',
    (errorCode) => {
      const run = outcome({ answers: [UNANSWERED, refused(errorCode)], readings: () => aReading('RESUMED') });
      expect(run).toMatchObject({ status: 'REJECTED', evidence: 'ANSWER', errorCode, provisional: true });
      const refusedAt = 2 * SECOND + 20;
      expect(run.readAt).toEqual([refusedAt, refusedAt + MINUTE + 10]);
    },
  );

  it('after a possible first attempt is none when it only asks to come again (321)', () => {
    const busy: Answer = { kind: 'again', effect: 'possible', errorCode: 321 };
    const run = outcome({
      answers: [UNANSWERED, busy, ACCEPTED],
      changes: [{ at: MINUTE, change: aChange() }],
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', readAt: [] });
    expect(run.sentAt).toHaveLength(3);
  });
});

describe('sending', () => {
  it('I2: is repeated after no answer, 2, 4, 8 s … apart, and never more than 5 minutes', () => {
    const { sentAt } = outcome({ answers: [UNANSWERED] }, anOperation({ hardDeadlineAt: HOUR }));
    const gaps = sentAt.slice(1).map((at, index) => at - (sentAt[index] ?? 0) - 10);
    expect(gaps.slice(0, 4)).toEqual([2 * SECOND, 4 * SECOND, 8 * SECOND, 16 * SECOND]);
    expect(Math.max(...gaps)).toBe(5 * MINUTE);
  });

  it.each<[string, Answer]>([
    ['that got no answer', UNANSWERED],
    ['that was put off for no reason that excludes an effect', { kind: 'again', effect: 'possible' }],
  ])('%s is put off by up to 10 percent more, by chance', (_what, answer) => {
    const first = evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0);
    const wakes = [0, 0.5, 1].map(
      (chance) => agendaOf(evolve(first, { kind: 'answer', answer, chance }, SECOND), SECOND).wake?.at,
    );
    expect(wakes).toEqual([3_000, 3_100, 3_200]);
  });

  it.each<[string, Answer, string]>([
    ['no answer', UNANSWERED, 'UNKNOWN'],
    ['an answer that excludes no effect', { kind: 'again', effect: 'possible' }, 'UNKNOWN'],
    ['429', LIMITED, 'CANCELLED'],
  ])(
    'I4: that got %s was possibly sent unless the answer excludes it: cancelled, it ends so',
    (_what, answer, status) => {
      const sent = evolve(
        evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
        { kind: 'answer', answer, chance: 0 },
        10,
      );
      const run = runOperation(evolve(sent, { kind: 'cancel' }, SECOND), {
        answers: [],
        readings: () => aReading('RESUMED'),
      });
      expect(toReport(run.operation)).toMatchObject({ status, evidence: 'NONE' });
    },
  );

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

  it('worries nobody about a hub that has answered, if only to be left alone for a while', () => {
    const again: Answer = { kind: 'again', effect: 'possible', retryAfterMs: 5 * MINUTE };
    const run = outcome({ answers: [again, ACCEPTED], changes: [{ at: 6 * MINUTE, change: aChange() }] });
    expect(run.sentAt).toHaveLength(2);
    expect(run.steps.map((step) => toReport(step).attention)).not.toContain('HUB_UNREACHABLE');
  });

  it('no longer worries anybody about the hub once a callback has ended it', () => {
    const run = outcome({ answers: [UNANSWERED], changes: [{ at: 2 * MINUTE, change: aChange() }] });
    expect(run.steps.map((step) => toReport(step).attention)).toContain('HUB_UNREACHABLE');
    expect(run.operation.attention).toEqual([]);
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
    const accepted = steps.findIndex((step) => toReport(step).status === 'AWAITING_CALLBACK');
    expect(shown[accepted - 1]).toBe('HUB_UNREACHABLE');
    expect(shown[accepted]).toBeUndefined();
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

  it('becomes OVERDUE also when the hub has not answered the request, and its sending goes on', () => {
    const run = outcome({
      answers: [...Array.from({ length: 10 }, () => UNANSWERED), ACCEPTED],
      changes: [{ at: 30 * MINUTE, change: aChange() }],
    });
    const statuses = run.steps.map((step) => toReport(step).status);
    expect([...new Set(statuses)]).toEqual(['REQUESTED', 'OVERDUE', 'CONFIRMED']);
    expect(run.sentAt.filter((at) => at > 15 * MINUTE)).toHaveLength(1);
    expect(run.readAt[0]).toBe(15 * MINUTE);
  });

  it('is settled by the last look at the hard deadline when that shows the wanted state', () => {
    const run = outcome({ readings: (now) => aReading(now < 72 * HOUR ? 'RESUMED' : 'SUSPENDED') });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', attention: undefined });
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
    expect(run.readAt).toEqual([15 * MINUTE, 30 * MINUTE + 10, 31 * MINUTE + 20]);
    expect(run.operation.lastSeenStatus).toBe('absent');
  });

  it('is not confirmed by the second of two lists that lack it less than an interval apart', () => {
    const seen = evolve(deletion(), { kind: 'sighting', reading: aReading('RESUMED') }, 0);
    const look = (operation: Operation, now: number) =>
      evolve(
        evolve(operation, { kind: 'begun', effect: 'read' }, now),
        { kind: 'reading', reading: LIST_WITHOUT_THE_TOKEN },
        now,
      );
    const once = look(seen, SECOND);
    expect(toReport(look(once, SECOND + MINUTE - 1))).toMatchObject({ final: false });
    expect(toReport(look(once, SECOND + MINUTE))).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
  });

  it('is not confirmed by the absence of a token that was never seen under this reference', () => {
    expect(outcome({ readings: () => LIST_WITHOUT_THE_TOKEN }, deletion())).toMatchObject({
      status: 'UNKNOWN',
    });
  });

  it('is confirmed also when the token was deleted before and then left the list', () => {
    const readings = inTurn(aReading('DELETED'), LIST_WITHOUT_THE_TOKEN);
    expect(outcome({ readings }, deletion())).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
  });

  it('is not confirmed by an empty list', () => {
    expect(outcome({ readings: seenThen(EMPTY_LIST) }, deletion())).toMatchObject({ status: 'UNKNOWN' });
  });

  it('notes the removal from the wallet application, nothing else, and waits for the deletion at the network', () => {
    const removal = aChange({ action: 'DELETE_FROM_APP' });
    const removed = evolve(deletion(), { kind: 'callback', change: removal }, SECOND);
    expect(toReport(removed)).toMatchObject({ final: false, device: 'REMOVED', unexpected: [] });
    expect(toReport(removed).attention).toBeUndefined();
    expect(agendaOf(removed, SECOND).read).toBe(false);
    const done = evolve(removed, { kind: 'callback', change: aChange({ action: 'DELETE' }) }, 2 * SECOND);
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
    expect(toReport(run.operation).settledAt).toBe('1970-01-01T00:00:01.010Z');
  });

  it('stops the sending, and tries a reading again one interval after one that failed', () => {
    const run = outcome({
      answers: [UNANSWERED],
      cancelAt: SECOND,
      readings: inTurn(FAILED_READING, aReading('SUSPENDED')),
    });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', sentAt: [0] });
    expect(run.readAt).toEqual([SECOND, SECOND + MINUTE + 10]);
  });

  it('counts an attempt that is under way as sent', () => {
    const inFlight = evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0);
    expect(toReport(evolve(inFlight, { kind: 'cancel' }, 1))).toMatchObject({
      status: 'REQUESTED',
      final: false,
    });
    const unanswered = evolve(
      evolve(inFlight, { kind: 'cancel' }, 1),
      { kind: 'answer', answer: UNANSWERED, chance: 0 },
      2,
    );
    expect(toReport(unanswered)).toMatchObject({ final: false });
    const proven = evolve(
      evolve(inFlight, { kind: 'cancel' }, 1),
      { kind: 'answer', answer: { kind: 'not-sent' }, chance: 0 },
      2,
    );
    expect(toReport(proven)).toMatchObject({ status: 'CANCELLED', evidence: 'NONE', attempts: 0 });
  });

  it('after sending ends UNKNOWN when three readings, one interval apart, fail', () => {
    const run = outcome({ cancelAt: SECOND });
    expect(run.readAt).toEqual([SECOND, SECOND + MINUTE + 10, SECOND + 2 * MINUTE + 20]);
    expect(run).toMatchObject({ status: 'UNKNOWN', attention: 'UNKNOWN_OUTCOME' });
  });

  it('of an attempt that the hub put off without an effect ends CANCELLED after the look', () => {
    const inFlight = evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
      { kind: 'cancel' },
      1,
    );
    const limited = evolve(inFlight, { kind: 'answer', answer: LIMITED, chance: 0 }, 2);
    const done = evolve(
      evolve(limited, { kind: 'begun', effect: 'read' }, 2),
      { kind: 'reading', reading: aReading('RESUMED') },
      3,
    );
    expect(toReport(done)).toMatchObject({ status: 'CANCELLED', evidence: 'NONE' });
  });

  it('that has stopped the sending no longer waits for the hub to answer it', () => {
    const run = outcome({ answers: [UNANSWERED], latencyMs: [3 * SECOND, 10], cancelAt: SECOND });
    expect(run.readAt).toHaveLength(3);
    expect(run.steps.map((step) => toReport(step).attention)).not.toContain('HUB_UNREACHABLE');
  });

  it('asked for again, at the last look or after the end changes nothing', () => {
    const cancelled = (operation: Operation, now: number): Operation =>
      ({ ...evolve(operation, { kind: 'cancel' }, now), requests: operation.requests }) as Operation;
    const cancelling = evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
      { kind: 'cancel' },
      1,
    );
    expect(cancelled(cancelling, 2)).toEqual(cancelling);
    const expired = evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
      { kind: 'time' },
      72 * HOUR,
    );
    expect(cancelled(expired, 72 * HOUR)).toEqual(expired);
    const done = evolve(anOperation(), { kind: 'callback', change: aChange() }, 1);
    expect(cancelled(done, 2)).toEqual(done);
  });

  it('of an attempt that the hub then refuses ends REJECTED at once', () => {
    const inFlight = evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
      { kind: 'cancel' },
      1,
    );
    expect(toReport(evolve(inFlight, { kind: 'answer', answer: refused(111), chance: 0 }, 2))).toMatchObject({
      status: 'REJECTED',
      evidence: 'ANSWER',
      errorCode: 111,
      final: true,
    });
  });

  it('of what the hub has refused for the state ends REJECTED at once', () => {
    const refusal = evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
      { kind: 'answer', answer: refused(432), chance: 0 },
      1,
    );
    expect(toReport(evolve(refusal, { kind: 'cancel' }, 2))).toMatchObject({
      status: 'REJECTED',
      evidence: 'ANSWER',
      errorCode: 432,
      final: true,
    });
  });

  it('of what the hub has refused, perhaps as our own echo, is decided by the next reading', () => {
    const unanswered = evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
      { kind: 'answer', answer: UNANSWERED, chance: 0 },
      1,
    );
    const echo = evolve(
      evolve(unanswered, { kind: 'begun', effect: 'send' }, 2),
      { kind: 'answer', answer: refused(432), chance: 0 },
      3,
    );
    const cancelling = evolve(echo, { kind: 'cancel' }, 4);
    expect(toReport(cancelling)).toMatchObject({ final: false });
    const look = (status: string) =>
      toReport(
        evolve(
          evolve(cancelling, { kind: 'begun', effect: 'read' }, 4),
          { kind: 'reading', reading: aReading(status) },
          5,
        ),
      );
    expect(look('SUSPENDED')).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    expect(look('RESUMED')).toMatchObject({ status: 'UNKNOWN', errorCode: 432 });
  });

  it('waits for the attempt that is under way before it looks', () => {
    const run = outcome({ latencyMs: 3 * SECOND, cancelAt: SECOND, readings: () => aReading('SUSPENDED') });
    expect(run.readAt).toEqual([3 * SECOND]);
  });
});

describe('callbacks that are not the word waited for', () => {
  it('are counted, and not kept again, when they repeat an earlier one, in every spelling of the same thing', () => {
    const repeated = [aChange({ receivedAt: 'later' }), aChange({ isPrimary: true })].reduce(
      (operation, change) => evolve(operation, { kind: 'callback', change }, 2),
      evolve(anOperation(), { kind: 'callback', change: aChange() }, 1),
    );
    expect(toReport(repeated)).toMatchObject({ duplicates: 2, conflicts: [] });
    expect(toReport(repeated).attention).toBeUndefined();
  });

  it('I1: are kept again, and looked at again, when another word on the token came in between', () => {
    const resume = aChange({ action: 'RESUME' });
    const heard = (...changes: VirtualCardChange[]) =>
      changes.reduce(
        (operation, change) => evolve(operation, { kind: 'callback', change }, 1),
        anOperation(),
      );
    expect(toReport(heard(resume, resume))).toMatchObject({ duplicates: 1, unexpected: { length: 1 } });
    const again = heard(resume, aChange({ action: 'DELETE' }), resume);
    expect(toReport(again).unexpected.map(({ action }) => action)).toEqual(['RESUME', 'DELETE', 'RESUME']);
    const between = heard(aChange({ errorCode: 221 }), resume, aChange({ errorCode: 221 }), resume);
    expect(toReport(between)).toMatchObject({ duplicates: 1, unexpected: { length: 2 } });
  });

  it('are copies on the request’s own action whatever came in between: the first word stands', () => {
    const words = [aChange(), aChange({ errorCode: 231 }), aChange(), aChange({ errorCode: 231 })];
    const heard = words.reduce(
      (operation, change) => evolve(operation, { kind: 'callback', change }, 1),
      anOperation(),
    );
    expect(toReport(heard)).toMatchObject({ duplicates: 2, conflicts: { length: 1 } });
  });

  it.each([
    ['of another action', aChange({ action: 'RESUME' })],
    ['of another token', aChange({ virtualCardId: 'token-2' })],
    ['without an action', (({ action: _action, ...rest }) => rest)(aChange())],
  ])(
    '%s are kept and settle nothing, raise attention and cause one reading, which may settle',
    (_what, change) => {
      const heard = toReport(evolve(anOperation(), { kind: 'callback', change }, SECOND));
      expect(heard).toMatchObject({ final: false, attention: 'UNEXPECTED_CALLBACK', conflicts: [] });
      const shown = (state: string) =>
        outcome({
          changes: [{ at: SECOND, change }],
          readings: (now) => aReading(now < MINUTE ? state : 'RESUMED'),
        });
      expect(shown('SUSPENDED')).toMatchObject({
        status: 'CONFIRMED',
        evidence: 'READING',
        readAt: [SECOND],
      });
      const undecided = shown('RESUMED');
      expect(undecided.readAt.filter((at) => at < MINUTE)).toEqual([SECOND]);
      expect(toReport(undecided.operation).unexpected).toHaveLength(1);
    },
  );

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

  it('I1: are kept, up to 100 of a kind, or counted, every one of 2,000 different ones and of their copies', () => {
    const others = Array.from({ length: 2_000 }, (_, index) => aChange({ virtualCardId: `other-${index}` }));
    const codes = Array.from({ length: 150 }, (_, index) => aChange({ errorCode: 231 + index }));
    const doubt = [aChange({ errorCode: 221 }), aChange({ errorCode: 221 })];
    const all = [...others, ...doubt, ...codes, ...others, ...doubt];
    const operation = all.reduce(
      (sofar, change) => evolve(sofar, { kind: 'callback', change }, SECOND),
      anOperation(),
    );
    const { duplicates, unexpected, conflicts, omitted = 0 } = toReport(operation);
    expect([unexpected.length, conflicts.length]).toEqual([100, 100]);
    expect(duplicates).toBeGreaterThan(100);
    // The doubt itself is what the operation is about, and is shown as its error code.
    expect(1 + duplicates + unexpected.length + conflicts.length + omitted).toBe(all.length);
  });

  it('are known again, 100 of others and 200 with those on the request', () => {
    const other = (index: number) => aChange({ virtualCardId: `other-${index}` });
    const own = (index: number) => aChange({ errorCode: 231 + index });
    const all = [...Array(101).keys()].map(other).concat([...Array(101).keys()].map(own));
    const operation = all.reduce(
      (sofar, change) => evolve(sofar, { kind: 'callback', change }, SECOND),
      anOperation(),
    );
    expect(operation.heard).toHaveLength(200);
    const duplicatesAfter = (change: ReturnType<typeof aChange>) =>
      evolve(operation, { kind: 'callback', change }, SECOND).duplicates;
    expect([other(99), other(100), own(99), own(100)].map(duplicatesAfter)).toEqual([1, 0, 1, 0]);
  });

  it('are known as copies of a word on the request, however many others came before', () => {
    const others = Array.from({ length: 2_000 }, (_, index) => aChange({ virtualCardId: `other-${index}` }));
    const doubt = aChange({ errorCode: 221 });
    const all = [...others, doubt, doubt, doubt];
    const operation = all.reduce(
      (sofar, change) => evolve(sofar, { kind: 'callback', change }, SECOND),
      anOperation(),
    );
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
