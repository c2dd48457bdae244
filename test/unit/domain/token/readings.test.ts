import type { Answer } from '../../../../src/domain/hub/answer.js';
import { agendaOf, toReport, type Operation, evolve } from '../../../../src/domain/token/index.js';
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
import { runOperation } from '../../../support/virtual/run-operation.js';

const SOFT = 15 * MINUTE;
const HARD = 72 * HOUR;
const ACCEPTED: Answer = { kind: 'accepted' };
const odd = (errorCode: number) => aChange({ action: 'RENEW', errorCode });

/** Shows these readings in turn, the last one for ever. */
function inTurn(...readings: Reading[]): () => Reading {
  let made = 0;
  return () => {
    made += 1;
    return readings[Math.min(made, readings.length) - 1] ?? FAILED_READING;
  };
}

describe('the reading that an unexpected callback causes', () => {
  it('is repeated after an interval when it failed, until the hub answers it', () => {
    const { readAt } = runOperation(anOperation(), {
      answers: [ACCEPTED],
      changes: [{ at: SECOND, change: odd(1) }],
      readings: inTurn(FAILED_READING, EMPTY_LIST, aReading('RESUMED')),
    });
    const untilSoft = readAt.filter((at) => at < SOFT);
    expect(untilSoft).toEqual([SECOND, SECOND + MINUTE + 10, SECOND + 2 * MINUTE + 20]);
  });

  it('is one for all that arrive while it waits, and a further one comes an interval after the last', () => {
    const { readAt } = runOperation(anOperation(), {
      answers: [ACCEPTED],
      changes: [1, 2, 3, 4].map((code) => ({ at: code * SECOND, change: odd(code) })),
      readings: () => aReading('RESUMED'),
    });
    expect(readAt.filter((at) => at < SOFT)).toEqual([SECOND, SECOND + MINUTE]);
  });

  it('is not put off by further ones', () => {
    const first = evolve(anOperation(), { kind: 'callback', change: odd(1) }, SECOND);
    const read = evolve(
      evolve(first, { kind: 'begun', effect: 'read' }, SECOND),
      { kind: 'reading', reading: aReading('RESUMED') },
      SECOND + 10,
    );
    const second = evolve(read, { kind: 'callback', change: odd(2) }, 2 * SECOND);
    const third = evolve(second, { kind: 'callback', change: odd(3) }, 3 * MINUTE);
    expect(agendaOf(third, SECOND + MINUTE)).toMatchObject({ read: true });
  });
});

describe('a reading that a person asks for', () => {
  it('changes nothing unless it shows the wanted state', () => {
    const run = (status: string) =>
      runOperation(anOperation(), {
        answers: [ACCEPTED],
        readAt: MINUTE,
        readings: (now) => aReading(now < SOFT ? status : 'RESUMED'),
      });
    expect(run('RESUMED').readAt.slice(0, 2)).toEqual([MINUTE, SOFT]);
    expect(toReport(run('SUSPENDED').operation)).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
  });

  it('counts for nothing in a series that is under way', () => {
    const doubtful = evolve(anOperation(), { kind: 'callback', change: aChange({ errorCode: 221 }) }, SECOND);
    const once = evolve(
      evolve(doubtful, { kind: 'begun', effect: 'read' }, SECOND),
      { kind: 'reading', reading: aReading('RESUMED') },
      SECOND,
    );
    const asked = [2, 3, 4, 5].reduce((operation, at) => {
      const wanted = evolve(operation, { kind: 'read' }, at * SECOND);
      return evolve(
        evolve(wanted, { kind: 'begun', effect: 'read' }, at * SECOND),
        { kind: 'reading', reading: aReading('RESUMED') },
        at * SECOND,
      );
    }, once);
    expect(toReport(asked)).toMatchObject({ final: false });
  });

  it('is not the one that was under way already', () => {
    const looking = evolve(
      evolve(anOperation(), { kind: 'read' }, SECOND),
      { kind: 'begun', effect: 'read' },
      SECOND,
    );
    const asked = evolve(looking, { kind: 'read' }, 2 * SECOND);
    const read = evolve(asked, { kind: 'reading', reading: aReading('RESUMED') }, 3 * SECOND);
    expect(agendaOf(read, 3 * SECOND).read).toBe(true);
  });

  it('is not asked for once the operation has ended', () => {
    const done = evolve(anOperation(), { kind: 'callback', change: aChange() }, SECOND);
    const { requests: _requests, ...asked } = evolve(done, { kind: 'read' }, SECOND);
    expect(asked).toEqual(done);
  });
});

describe('readings that fail', () => {
  it('are repeated in their series only, unless a person or an unexpected callback asked for them', () => {
    const overdue = evolve(
      evolve(anOperation(), { kind: 'time' }, SOFT),
      { kind: 'begun', effect: 'read' },
      SOFT,
    );
    expect(
      evolve(overdue, { kind: 'reading', reading: FAILED_READING }, SOFT).readingRequestedAt,
    ).toBeUndefined();
  });

  it('are repeated every interval, and after many in a row only every reading interval', () => {
    const { readAt } = runOperation(anOperation(), { answers: [ACCEPTED] });
    const gaps = readAt.slice(1, -1).map((at, index) => at - (readAt[index] ?? 0) - 10);
    expect(gaps.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => MINUTE));
    expect(new Set(gaps.slice(10))).toEqual(new Set([15 * MINUTE]));
  });
});

describe('the absence of a token that a DELETE is to remove', () => {
  it('has to last: a list that shows it again begins the count anew', () => {
    const { operation, readAt } = runOperation(anOperation({ action: 'DELETE', hardDeadlineAt: HOUR }), {
      answers: [ACCEPTED],
      changes: [{ at: SECOND, change: aChange({ action: 'DELETE', errorCode: 221 }) }],
      // The first look of all is the one beside the sending.
      readings: inTurn(
        aReading('RESUMED'),
        LIST_WITHOUT_THE_TOKEN,
        aReading('RESUMED'),
        LIST_WITHOUT_THE_TOKEN,
        LIST_WITHOUT_THE_TOKEN,
      ),
    });
    expect(toReport(operation)).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    expect(readAt).toHaveLength(4);
  });

  it('is remembered from the look beside the first sending', () => {
    const gone = (now: number) => (now === 0 ? aReading('RESUMED') : LIST_WITHOUT_THE_TOKEN);
    const { operation } = runOperation(anOperation({ action: 'DELETE' }), {
      answers: [ACCEPTED],
      readings: gone,
    });
    expect(toReport(operation)).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
  });

  it.each(['SUSPEND', 'RESUME'] as const)('proves nothing for a %s', (action) => {
    const { operation } = runOperation(anOperation({ action }), {
      answers: [ACCEPTED],
      readings: inTurn(aReading('INACTIVE'), LIST_WITHOUT_THE_TOKEN),
    });
    expect(toReport(operation)).toMatchObject({ status: 'UNKNOWN', evidence: 'NONE' });
  });
});

describe('the hard deadline', () => {
  const echo = (readings: () => Reading) =>
    toReport(
      runOperation(anOperation({ softDeadlineAt: 30 * SECOND, hardDeadlineAt: 30 * SECOND }), {
        answers: [{ kind: 'unanswered' }, { kind: 'refused', errorCode: 432, httpStatus: 400 }],
        readings,
      }).operation,
    );

  it('leaves a refusal that may be our own echo UNKNOWN when fewer than two readings were answered', () => {
    const expected = { status: 'UNKNOWN', evidence: 'NONE', errorCode: 432 };
    expect(echo(inTurn(aReading('RESUMED'), FAILED_READING))).toMatchObject(expected);
    expect(echo(inTurn(FAILED_READING, aReading('RESUMED')))).toMatchObject(expected);
  });

  const cancelledLate = (operation: Operation) =>
    evolve(
      evolve(operation, { kind: 'reading', reading: FAILED_READING }, HARD - 2 * SECOND),
      { kind: 'cancel' },
      HARD - SECOND,
    );
  const sent = () =>
    evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
      { kind: 'answer', answer: { kind: 'unanswered' }, chance: 0 },
      10,
    );
  const code = (errorCode: number) => ({ kind: 'refused', errorCode, httpStatus: 400 }) as const;

  it.each([
    ['of silence', evolve(sent(), { kind: 'time' }, SOFT), 'UNKNOWN'],
    [
      'after an error that proves nothing',
      evolve(sent(), { kind: 'callback', change: aChange({ errorCode: 911 }) }, SECOND),
      'UNKNOWN',
    ],
    [
      'after a possible echo',
      evolve(
        evolve(sent(), { kind: 'begun', effect: 'send' }, SECOND),
        { kind: 'answer', answer: code(432), chance: 0 },
        SECOND,
      ),
      'UNKNOWN',
    ],
    [
      'after a refusal',
      evolve(
        evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
        { kind: 'answer', answer: code(432), chance: 0 },
        SECOND,
      ),
      'REJECTED',
    ],
    ['after a cancellation', cancelledLate(sent()), 'UNKNOWN'],
  ])(
    'ends every series of readings (%s): one last, then CONFIRMED or what is known',
    (_series, operation, known) => {
      const expired = evolve(operation, { kind: 'time' }, HARD);
      expect(toReport(expired).final).toBe(false);
      expect(agendaOf(expired, HARD)).toMatchObject({ read: true, send: false });
      const looking = evolve(expired, { kind: 'begun', effect: 'read' }, HARD);
      expect(
        toReport(evolve(looking, { kind: 'reading', reading: aReading('SUSPENDED') }, HARD + 1)),
      ).toMatchObject({
        status: 'CONFIRMED',
        evidence: 'READING',
      });
      const evidence = known === 'REJECTED' ? 'ANSWER' : 'NONE';
      expect(toReport(evolve(looking, { kind: 'reading', reading: FAILED_READING }, HARD + 1))).toMatchObject(
        {
          status: known,
          evidence,
        },
      );
    },
  );

  it('rejects what may be our own echo when the last look is the second that was answered', () => {
    expect(echo(inTurn(aReading('RESUMED')))).toMatchObject({
      status: 'REJECTED',
      evidence: 'ANSWER',
      errorCode: 432,
      provisional: true,
    });
  });

  it.each([
    ['answered', aReading('RESUMED')],
    ['not answered', FAILED_READING],
  ])('leaves REJECTED what the hub refuses after it, when the last look is %s', (_how, reading) => {
    const expired = evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, HARD - SECOND),
      { kind: 'time' },
      HARD,
    );
    const refusal = evolve(expired, { kind: 'answer', answer: code(111), chance: 0 }, HARD + 1);
    expect(toReport(refusal)).toMatchObject({ final: false });
    const done = evolve(
      evolve(refusal, { kind: 'begun', effect: 'read' }, HARD + 1),
      { kind: 'reading', reading },
      HARD + 2,
    );
    expect(toReport(done)).toMatchObject({
      status: 'REJECTED',
      evidence: 'ANSWER',
      errorCode: 111,
      provisional: false,
    });
  });

  it('leaves the word of a callback standing when the hub refuses after it', () => {
    const doubtful = evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, HARD - SECOND),
      { kind: 'callback', change: aChange({ errorCode: 221 }) },
      HARD - 1,
    );
    const refusal = evolve(
      evolve(doubtful, { kind: 'time' }, HARD),
      { kind: 'answer', answer: code(111), chance: 0 },
      HARD + 1,
    );
    const done = evolve(
      evolve(refusal, { kind: 'begun', effect: 'read' }, HARD + 1),
      { kind: 'reading', reading: aReading('RESUMED') },
      HARD + 2,
    );
    expect(toReport(done)).toMatchObject({ status: 'FAILED', evidence: 'CALLBACK', errorCode: 221 });
  });

  it('passes once, however often it is looked at', () => {
    const expired = evolve(sent(), { kind: 'time' }, HARD);
    expect(
      evolve(evolve(expired, { kind: 'begun', effect: 'read' }, HARD), { kind: 'time' }, HARD + 1).phase,
    ).toBe(expired.phase);
    expect(evolve(expired, { kind: 'time' }, HARD + 1)).toBe(expired);
  });

  it('takes a success that comes during the last look at its word, also after a RESUME', () => {
    const expired = evolve(anOperation({ action: 'RESUME' }), { kind: 'time' }, HARD);
    const done = evolve(
      evolve(expired, { kind: 'begun', effect: 'read' }, HARD),
      { kind: 'callback', change: aChange({ action: 'RESUME' }) },
      HARD + 1,
    );
    expect(toReport(done)).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', final: true });
  });

  it('ends the check of a success by its word', () => {
    const checking = evolve(
      anOperation({ action: 'RESUME' }),
      { kind: 'callback', change: aChange({ action: 'RESUME' }) },
      HARD - 1,
    );
    const ended = toReport(evolve(checking, { kind: 'time' }, HARD));
    expect(ended).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', effectiveStatus: 'CONFIRMED' });
    expect(ended.attention).toBeUndefined();
  });
});

describe('the soft deadline', () => {
  it('does not make a success overdue that is only being checked', () => {
    const checking = evolve(
      anOperation({ action: 'RESUME' }),
      { kind: 'callback', change: aChange({ action: 'RESUME' }) },
      SOFT - 1,
    );
    const passed = evolve(checking, { kind: 'time' }, SOFT);
    expect(toReport(passed).attention).toBeUndefined();
    expect(toReport(passed).status).not.toBe('OVERDUE');
    expect(agendaOf(evolve(passed, { kind: 'begun', effect: 'read' }, SOFT), SOFT).wake).toEqual({
      at: HARD,
      reason: 'hard deadline',
    });
  });

  it('makes an operation overdue whose error proves nothing, and the readings go on', () => {
    const doubtful = evolve(
      anOperation(),
      { kind: 'callback', change: aChange({ errorCode: 221 }) },
      SOFT - 1,
    );
    expect(toReport(evolve(doubtful, { kind: 'time' }, SOFT))).toMatchObject({
      status: 'OVERDUE',
      attention: 'OVERDUE',
    });
    expect(agendaOf(evolve(doubtful, { kind: 'time' }, SOFT), SOFT).read).toBe(true);
  });

  it('worries nobody about an operation that has ended', () => {
    const done = evolve(anOperation(), { kind: 'callback', change: aChange() }, SOFT);
    expect(evolve(done, { kind: 'time' }, HARD)).toBe(done);
  });
});
