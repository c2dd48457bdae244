import {
  beginReading,
  passTime,
  recordChange,
  recordReading,
  recordReadingRequest,
  toDetails,
} from '../../src/domain/operation/index.js';
import { aChange, anOperation, aReading, MINUTE, SECOND } from '../support/builders.js';
import { runOperation } from '../support/run-operation.js';

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
  const asked = recordReadingRequest(anOperation(), SECOND);
  const read = recordReading(beginReading(asked, SECOND), aReading('INACTIVE'), SECOND);
  expect(toDetails(read, SECOND)).toContain('Readings: 1, last 1970-01-01T00:00:01.000Z: token INACTIVE.');
});

it('says in words what an error code means and that it proves nothing', () => {
  const doubtful = recordChange(anOperation(), aChange({ errorCode: 221 }), SECOND);
  expect(toDetails(doubtful, SECOND)).toContain('221 (the device was not reached), which proves nothing');
});

it('names the evidence of what is settled', () => {
  const settled = recordChange(anOperation(), aChange(), SECOND);
  const text = toDetails(passTime(settled, 2 * SECOND), 2 * SECOND);
  expect(text).toContain('**CONFIRMED**');
  expect(text).toContain('Evidence CALLBACK.');
  expect(text).not.toContain('Next:');
});
