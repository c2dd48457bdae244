import type { Answer } from '../../../src/domain/answer.js';
import {
  agendaOf,
  beginReading,
  beginSending,
  passTime,
  recordAnswer,
  recordCancellation,
  recordChange,
  recordReading,
  recordReadingRequest,
  toReport,
  type Operation,
} from '../../../src/domain/operation/index.js';
import type { Reading } from '../../../src/domain/reading.js';
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
} from '../../support/builders.js';
import { runOperation } from '../../support/run-operation.js';

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
    const first = recordChange(anOperation(), odd(1), SECOND);
    const read = recordReading(beginReading(first, SECOND), aReading('RESUMED'), SECOND + 10);
    const second = recordChange(read, odd(2), 2 * SECOND);
    const third = recordChange(second, odd(3), 3 * MINUTE);
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
    const doubtful = recordChange(anOperation(), aChange({ errorCode: 221 }), SECOND);
    const once = recordReading(beginReading(doubtful, SECOND), aReading('RESUMED'), SECOND);
    const asked = [2, 3, 4, 5].reduce((operation, at) => {
      const wanted = recordReadingRequest(operation, at * SECOND);
      return recordReading(beginReading(wanted, at * SECOND), aReading('RESUMED'), at * SECOND);
    }, once);
    expect(toReport(asked)).toMatchObject({ final: false });
  });

  it('is not the one that was under way already', () => {
    const looking = beginReading(recordReadingRequest(anOperation(), SECOND), SECOND);
    const asked = recordReadingRequest(looking, 2 * SECOND);
    const read = recordReading(asked, aReading('RESUMED'), 3 * SECOND);
    expect(agendaOf(read, 3 * SECOND).read).toBe(true);
  });

  it('is not asked for once the operation has ended', () => {
    const done = recordChange(anOperation(), aChange(), SECOND);
    expect(recordReadingRequest(done, SECOND)).toBe(done);
  });
});

describe('readings that fail', () => {
  it('are repeated in their series only, unless a person or an unexpected callback asked for them', () => {
    const overdue = beginReading(passTime(anOperation(), SOFT), SOFT);
    expect(recordReading(overdue, FAILED_READING, SOFT).readingRequestedAt).toBeUndefined();
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
    recordCancellation(recordReading(operation, FAILED_READING, HARD - 2 * SECOND), HARD - SECOND);
  const sent = () =>
    recordAnswer(beginSending(anOperation(), 0), { kind: 'unanswered' }, { now: 10, chance: 0 });
  const code = (errorCode: number) => ({ kind: 'refused', errorCode, httpStatus: 400 }) as const;

  it.each([
    ['of silence', passTime(sent(), SOFT), 'UNKNOWN'],
    [
      'after an error that proves nothing',
      recordChange(sent(), aChange({ errorCode: 911 }), SECOND),
      'UNKNOWN',
    ],
    [
      'after a possible echo',
      recordAnswer(beginSending(sent(), SECOND), code(432), { now: SECOND, chance: 0 }),
      'UNKNOWN',
    ],
    [
      'after a refusal',
      recordAnswer(beginSending(anOperation(), 0), code(432), { now: SECOND, chance: 0 }),
      'REJECTED',
    ],
    ['after a cancellation', cancelledLate(sent()), 'UNKNOWN'],
  ])(
    'ends every series of readings (%s): one last, then CONFIRMED or what is known',
    (_series, operation, known) => {
      const expired = passTime(operation, HARD);
      expect(toReport(expired).final).toBe(false);
      expect(agendaOf(expired, HARD)).toMatchObject({ read: true, send: false });
      const looking = beginReading(expired, HARD);
      expect(toReport(recordReading(looking, aReading('SUSPENDED'), HARD + 1))).toMatchObject({
        status: 'CONFIRMED',
        evidence: 'READING',
      });
      const evidence = known === 'REJECTED' ? 'ANSWER' : 'NONE';
      expect(toReport(recordReading(looking, FAILED_READING, HARD + 1))).toMatchObject({
        status: known,
        evidence,
      });
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
    const expired = passTime(beginSending(anOperation(), HARD - SECOND), HARD);
    const refusal = recordAnswer(expired, code(111), { now: HARD + 1, chance: 0 });
    expect(toReport(refusal)).toMatchObject({ final: false });
    const done = recordReading(beginReading(refusal, HARD + 1), reading, HARD + 2);
    expect(toReport(done)).toMatchObject({
      status: 'REJECTED',
      evidence: 'ANSWER',
      errorCode: 111,
      provisional: false,
    });
  });

  it('leaves the word of a callback standing when the hub refuses after it', () => {
    const doubtful = recordChange(
      beginSending(anOperation(), HARD - SECOND),
      aChange({ errorCode: 221 }),
      HARD - 1,
    );
    const refusal = recordAnswer(passTime(doubtful, HARD), code(111), { now: HARD + 1, chance: 0 });
    const done = recordReading(beginReading(refusal, HARD + 1), aReading('RESUMED'), HARD + 2);
    expect(toReport(done)).toMatchObject({ status: 'FAILED', evidence: 'CALLBACK', errorCode: 221 });
  });

  it('passes once, however often it is looked at', () => {
    const expired = passTime(sent(), HARD);
    expect(passTime(beginReading(expired, HARD), HARD + 1).stance).toBe(expired.stance);
    expect(passTime(expired, HARD + 1)).toBe(expired);
  });

  it('takes a success that comes during the last look at its word, also after a RESUME', () => {
    const expired = passTime(anOperation({ action: 'RESUME' }), HARD);
    const done = recordChange(beginReading(expired, HARD), aChange({ action: 'RESUME' }), HARD + 1);
    expect(toReport(done)).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', final: true });
  });

  it('ends the check of a success by its word', () => {
    const checking = recordChange(anOperation({ action: 'RESUME' }), aChange({ action: 'RESUME' }), HARD - 1);
    const ended = toReport(passTime(checking, HARD));
    expect(ended).toMatchObject({ status: 'CONFIRMED', evidence: 'CALLBACK', effectiveStatus: 'CONFIRMED' });
    expect(ended.attention).toBeUndefined();
  });
});

describe('the soft deadline', () => {
  it('does not make a success overdue that is only being checked', () => {
    const checking = recordChange(anOperation({ action: 'RESUME' }), aChange({ action: 'RESUME' }), SOFT - 1);
    const passed = passTime(checking, SOFT);
    expect(toReport(passed).attention).toBeUndefined();
    expect(toReport(passed).status).not.toBe('OVERDUE');
    expect(agendaOf(beginReading(passed, SOFT), SOFT).wake).toEqual({ at: HARD, reason: 'hard deadline' });
  });

  it('makes an operation overdue whose error proves nothing, and the readings go on', () => {
    const doubtful = recordChange(anOperation(), aChange({ errorCode: 221 }), SOFT - 1);
    expect(toReport(passTime(doubtful, SOFT))).toMatchObject({ status: 'OVERDUE', attention: 'OVERDUE' });
    expect(agendaOf(passTime(doubtful, SOFT), SOFT).read).toBe(true);
  });

  it('worries nobody about an operation that has ended', () => {
    const done = recordChange(anOperation(), aChange(), SOFT);
    expect(passTime(done, HARD)).toBe(done);
  });
});
