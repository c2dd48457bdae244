import type { Answer } from '../../../../src/domain/hub/answer.js';
import { purposeOfReading, toDetails, type Operation, evolve } from '../../../../src/domain/token/index.js';
import {
  aChange,
  anOperation,
  aReading,
  FAILED_READING,
  HOUR,
  LIST_WITHOUT_THE_TOKEN,
  MINUTE,
  SECOND,
} from '../../../support/builders.js';
import { runOperation } from '../../../support/virtual/run-operation.js';

const HARD = 72 * HOUR;
const answered = (operation: Operation, answer: Answer) =>
  evolve(
    evolve(operation, { kind: 'begun', effect: 'send' }, 0),
    { kind: 'answer', answer, chance: 0 },
    SECOND,
  );
const refusal = { kind: 'refused', httpStatus: 400 } as const;
const fresh = anOperation();
const inFlight = evolve(fresh, { kind: 'begun', effect: 'send' }, 0);
const accepted = answered(fresh, { kind: 'accepted' });
const unanswered = answered(fresh, { kind: 'unanswered' });
const doubtful = evolve(accepted, { kind: 'callback', change: aChange({ errorCode: 221 }) }, SECOND);
const superseded = answered(unanswered, { kind: 'superseded', by: 'op-2' });

it.each<[string, Operation, string, string]>([
  ['waits', accepted, 'No word from the hub about the result yet.', 'no callback yet'],
  [
    'checks a success',
    evolve(
      anOperation({ action: 'RESUME' }),
      { kind: 'callback', change: aChange({ action: 'RESUME' }) },
      SECOND,
    ),
    'A callback says CONFIRMED; a reading checks it.',
    'does it agree with the callback?',
  ],
  [
    'doubts an error',
    doubtful,
    'A callback failed with 221 (the device was not reached), which proves nothing; readings decide.',
    'error 221 proves nothing',
  ],
  [
    'was refused with a code',
    answered(fresh, { ...refusal, errorCode: 160 }),
    'The hub refused with 160 (the card is deleted); readings decide.',
    'is it so already?',
  ],
  [
    'was refused without one',
    answered(unanswered, refusal),
    'The hub refused; readings decide.',
    'is it so already?',
  ],
  [
    'was cancelled',
    evolve(accepted, { kind: 'cancel' }, SECOND),
    'Cancelled after something may have been sent; the next reading decides.',
    'did it happen before the cancellation?',
  ],
  [
    'was overtaken',
    superseded,
    'The newer op-2 took over after something may have been sent; the next reading decides.',
    'did it happen before op-2 took over?',
  ],
  [
    'has expired',
    evolve(accepted, { kind: 'time' }, HARD),
    'The hard deadline has passed; one last reading decides.',
    'last look at the hard deadline',
  ],
  [
    'is confirmed',
    evolve(accepted, { kind: 'callback', change: aChange() }, SECOND),
    'Evidence CALLBACK.',
    'asked for',
  ],
  [
    'has failed',
    evolve(accepted, { kind: 'callback', change: aChange({ errorCode: 231 }) }, SECOND),
    'Evidence CALLBACK, code 231 (the device reported an error).',
    'asked for',
  ],
  [
    'has failed provisionally',
    [2, 3, 4].reduce(
      (state, look) =>
        evolve(
          evolve(state, { kind: 'begun', effect: 'read' }, look * HOUR),
          { kind: 'reading', reading: aReading('RESUMED') },
          look * HOUR,
        ),
      doubtful,
    ),
    'Evidence CALLBACK, code 221 (the device was not reached); a later success may amend it.',
    'asked for',
  ],
  [
    'was overtaken before it was sent',
    answered(fresh, { kind: 'superseded', by: 'op-2' }),
    'The newer op-2 took over before anything was sent.',
    'asked for',
  ],
])('says of an operation that %s what it is doing, and why it reads', (_what, operation, phase, purpose) => {
  expect(toDetails(operation, SECOND).split('\n\n')[1]).toBe(phase);
  expect(purposeOfReading(operation)).toBe(purpose);
});

it.each<[string, Operation, string]>([
  ['nothing', fresh, 'Nothing has been sent.'],
  ['an attempt that is under way', inFlight, 'Attempt 1 is under way.'],
  ['one that got no answer', unanswered, 'Attempts: 1.'],
  [
    'one that the hub put off',
    answered(fresh, { kind: 'again', effect: 'none' }),
    'Attempts: 1, none with an effect.',
  ],
  ['one that was accepted', accepted, 'Attempts: 1, accepted 1970-01-01T00:00:01.000Z.'],
])('says what has been sent: %s', (_what, operation, sentence) => {
  expect(toDetails(operation, SECOND).split('\n\n')[2]).toBe(sentence);
});

it.each([
  ['a state', aReading('INACTIVE'), 'token INACTIVE'],
  ['nothing', FAILED_READING, 'not answered'],
  ['another token only', LIST_WITHOUT_THE_TOKEN, 'token not listed'],
])('says what the last reading showed: %s', (_what, reading, shown) => {
  expect(toDetails(accepted, SECOND)).toContain('The card has not been read.');
  const read = evolve(
    evolve(accepted, { kind: 'begun', effect: 'read' }, MINUTE),
    { kind: 'reading', reading },
    MINUTE,
  );
  expect(toDetails(read, MINUTE).split('\n\n')[3]).toBe(
    `Readings: 1, last 1970-01-01T00:01:00.000Z: ${shown}.`,
  );
});

it('begins with the status, and with the attention if there is a reason', () => {
  expect(toDetails(accepted, SECOND).split('\n\n')[0]).toBe('**AWAITING_CALLBACK**');
  expect(toDetails(evolve(accepted, { kind: 'time' }, HOUR), HOUR).split('\n\n')[0]).toBe(
    '**OVERDUE** · attention **OVERDUE**',
  );
});

it('says what is known, what comes next, and when', () => {
  const { steps } = runOperation(anOperation(), {
    answers: [{ kind: 'accepted' }],
    readings: () => aReading('RESUMED'),
  });
  const overdue = steps.find((step) => step.overdue && step.readings === 1);
  if (overdue === undefined) throw new Error('it was never overdue');
  const text = toDetails(overdue, 15 * MINUTE + SECOND);
  expect(text).toContain('**OVERDUE** · attention **OVERDUE**');
  expect(text).toContain('Attempts: 1, accepted 1970-01-01T00:00:00.010Z.');
  expect(text).toContain('Readings: 1, last 1970-01-01T00:15:00.000Z: token RESUMED.');
  expect(text).toMatch(/Next: next reading, 1970-01-01T00:30:00/);
});

it('shows what the reading showed that a person asked for', () => {
  const asked = evolve(anOperation(), { kind: 'read' }, SECOND);
  const read = evolve(
    evolve(asked, { kind: 'begun', effect: 'read' }, SECOND),
    { kind: 'reading', reading: aReading('INACTIVE') },
    SECOND,
  );
  expect(toDetails(read, SECOND)).toContain('Readings: 1, last 1970-01-01T00:00:01.000Z: token INACTIVE.');
});

it('says in words what an error code means and that it proves nothing', () => {
  const doubtful = evolve(anOperation(), { kind: 'callback', change: aChange({ errorCode: 221 }) }, SECOND);
  expect(toDetails(doubtful, SECOND)).toContain('221 (the device was not reached), which proves nothing');
});

it('names the evidence of what is settled', () => {
  const settled = evolve(anOperation(), { kind: 'callback', change: aChange() }, SECOND);
  const text = toDetails(evolve(settled, { kind: 'time' }, 2 * SECOND), 2 * SECOND);
  expect(text).toContain('**CONFIRMED**');
  expect(text).toContain('Evidence CALLBACK.');
  expect(text).not.toContain('Next:');
});

it('say that an accepted request was most likely lost, once a look after the soft deadline shows the token as it was', () => {
  const overdue = evolve(answered(fresh, { kind: 'accepted' }), { kind: 'time' }, 15 * MINUTE);
  const look = (status: string): string => {
    const read = evolve(
      evolve(overdue, { kind: 'begun', effect: 'read' }, 15 * MINUTE),
      { kind: 'reading', reading: aReading(status) },
      15 * MINUTE,
    );
    return toDetails(read, 15 * MINUTE);
  };
  expect(look('RESUMED')).toMatch(
    /still lists the token as RESUMED: most likely it was lost. Cancel, then retry/,
  );
  expect(toDetails(overdue, 15 * MINUTE)).not.toMatch(/lost/);
});
