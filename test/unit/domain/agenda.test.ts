import {
  agendaOf,
  beginReading,
  beginSending,
  passTime,
  recordAnswer,
  recordCancellation,
  recordChange,
  recordReadingRequest,
} from '../../../src/domain/operation/index.js';
import { aChange, anOperation, HOUR, MINUTE, SECOND } from '../../support/builders.js';

const SOFT = 15 * MINUTE;
const HARD = 72 * HOUR;
const due = anOperation();
const inFlight = beginSending(due, 0);
const answered = (answer: Parameters<typeof recordAnswer>[1]) =>
  recordAnswer(inFlight, answer, { now: SECOND, chance: 0 });
const accepted = answered({ kind: 'accepted' });
const unanswered = answered({ kind: 'unanswered' });

describe('the agenda', () => {
  it('sends at once, and waits for nothing longer than the soft deadline', () => {
    expect(agendaOf(due, 0)).toMatchObject({ send: true, read: false, stopSending: false, wake: { at: 0 } });
    expect(agendaOf(inFlight, 0)).toMatchObject({ send: false, wake: { at: MINUTE } });
    expect(agendaOf(accepted, SECOND).wake).toEqual({ at: SOFT, reason: 'soft deadline' });
  });

  it('waits until an instant, not for a while: asked later, it names the same one', () => {
    const overdue = beginReading(passTime(accepted, SOFT), SOFT);
    for (const operation of [inFlight, accepted, unanswered, overdue]) {
      const at = agendaOf(operation, SECOND).wake?.at;
      expect(at).toBeGreaterThan(2 * SECOND);
      expect(agendaOf(operation, 2 * SECOND).wake?.at).toBe(at);
    }
  });

  it('sends again when the delay is over, and not before', () => {
    expect(agendaOf(unanswered, 3 * SECOND - 1)).toMatchObject({
      send: false,
      wake: { at: 3 * SECOND, reason: 'sending again' },
    });
    expect(agendaOf(unanswered, 3 * SECOND).send).toBe(true);
  });

  it.each([HARD, HARD + 1])('I2: never sends at or after the hard deadline, even when asked at %i', (now) => {
    expect(agendaOf(due, now).send).toBe(false);
    expect(agendaOf(unanswered, now).send).toBe(false);
    expect(agendaOf(passTime(unanswered, now), now).send).toBe(false);
  });

  it('I2: does not wait for a sending that would come after the hard deadline', () => {
    const put = recordAnswer(
      beginSending(anOperation({ softDeadlineAt: SECOND, hardDeadlineAt: MINUTE }), 0),
      { kind: 'again', effect: 'possible', retryAfterMs: HOUR },
      { now: SECOND, chance: 0 },
    );
    expect(agendaOf(passTime(put, SECOND), 2 * SECOND)).toMatchObject({ send: false });
    expect(agendaOf(passTime(put, MINUTE), MINUTE)).toMatchObject({ send: false, read: true });
  });

  it('stops an attempt that is under way once a word is there or somebody has cancelled', () => {
    expect(agendaOf(inFlight, 0).stopSending).toBe(false);
    expect(agendaOf(recordChange(inFlight, aChange({ errorCode: 221 }), 5), 5).stopSending).toBe(true);
    expect(agendaOf(recordCancellation(inFlight, 5), 5).stopSending).toBe(true);
    expect(agendaOf(passTime(inFlight, HARD), HARD).stopSending).toBe(true);
  });

  it('does not let the last look overtake an attempt that is under way', () => {
    expect(agendaOf(recordCancellation(inFlight, 5), 5).read).toBe(false);
    expect(agendaOf(passTime(inFlight, HARD), HARD).read).toBe(false);
    expect(agendaOf(recordCancellation(accepted, 5 * SECOND), 5 * SECOND).read).toBe(true);
  });

  it('reads at the soft deadline although an attempt is under way', () => {
    expect(agendaOf(passTime(inFlight, SOFT), SOFT).read).toBe(true);
  });

  it('reads once at a time', () => {
    const overdue = passTime(accepted, SOFT);
    expect(agendaOf(overdue, SOFT).read).toBe(true);
    expect(agendaOf(beginReading(overdue, SOFT), SOFT)).toMatchObject({
      read: false,
      wake: { at: HARD, reason: 'hard deadline' },
    });
  });

  it('reads when a person asks for it', () => {
    expect(agendaOf(recordReadingRequest(accepted, 5 * SECOND), 5 * SECOND)).toMatchObject({ read: true });
  });

  it('wakes a minute after the first attempt to say that the hub cannot be reached, once', () => {
    const trying = beginSending(unanswered, 50 * SECOND);
    expect(agendaOf(trying, 50 * SECOND).wake).toEqual({
      at: MINUTE,
      reason: 'hub counts as unreachable',
    });
    expect(agendaOf(passTime(trying, MINUTE), MINUTE).wake).toEqual({ at: SOFT, reason: 'soft deadline' });
  });

  it('is empty once the operation is settled', () => {
    const settled = recordChange(inFlight, aChange(), 5);
    expect(agendaOf(settled, 5)).toEqual({ send: false, stopSending: false, read: false, wake: undefined });
  });
});
