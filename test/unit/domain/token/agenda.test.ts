import type { Answer } from '../../../../src/domain/hub/answer.js';
import { agendaOf, evolve } from '../../../../src/domain/token/index.js';
import { aChange, anOperation, HOUR, MINUTE, SECOND } from '../../../support/builders.js';

const SOFT = 15 * MINUTE;
const HARD = 72 * HOUR;
const due = anOperation();
const inFlight = evolve(due, { kind: 'begun', effect: 'send' }, 0);
const answered = (answer: Answer) => evolve(inFlight, { kind: 'answer', answer, chance: 0 }, SECOND);
const accepted = answered({ kind: 'accepted' });
const unanswered = answered({ kind: 'unanswered' });

describe('the agenda', () => {
  it('sends at once, and waits for nothing longer than the soft deadline', () => {
    expect(agendaOf(due, 0)).toMatchObject({ send: true, read: false, stop: false, wake: { at: 0 } });
    expect(agendaOf(inFlight, 0)).toMatchObject({ send: false, wake: { at: MINUTE } });
    expect(agendaOf(accepted, SECOND).wake).toEqual({ at: SOFT, reason: 'soft deadline' });
  });

  it('waits until an instant, not for a while: asked later, it names the same one', () => {
    const overdue = evolve(evolve(accepted, { kind: 'time' }, SOFT), { kind: 'begun', effect: 'read' }, SOFT);
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
    expect(agendaOf(evolve(unanswered, { kind: 'time' }, now), now).send).toBe(false);
  });

  it('I2: does not wait for a sending that would come after the hard deadline', () => {
    const put = evolve(
      evolve(
        anOperation({ softDeadlineAt: SECOND, hardDeadlineAt: MINUTE }),
        { kind: 'begun', effect: 'send' },
        0,
      ),
      { kind: 'answer', answer: { kind: 'again', effect: 'possible', retryAfterMs: HOUR }, chance: 0 },
      SECOND,
    );
    expect(agendaOf(evolve(put, { kind: 'time' }, SECOND), 2 * SECOND)).toMatchObject({ send: false });
    expect(agendaOf(evolve(put, { kind: 'time' }, MINUTE), MINUTE)).toMatchObject({
      send: false,
      read: true,
    });
  });

  it('stops an attempt that is under way once a word is there or somebody has cancelled', () => {
    expect(agendaOf(inFlight, 0).stop).toBe(false);
    expect(
      agendaOf(evolve(inFlight, { kind: 'callback', change: aChange({ errorCode: 221 }) }, 5), 5).stop,
    ).toBe(true);
    expect(agendaOf(evolve(inFlight, { kind: 'cancel' }, 5), 5).stop).toBe(true);
    expect(agendaOf(evolve(inFlight, { kind: 'time' }, HARD), HARD).stop).toBe(true);
  });

  it('does not let the last look overtake an attempt that is under way', () => {
    expect(agendaOf(evolve(inFlight, { kind: 'cancel' }, 5), 5).read).toBe(false);
    expect(agendaOf(evolve(inFlight, { kind: 'time' }, HARD), HARD).read).toBe(false);
    expect(agendaOf(evolve(accepted, { kind: 'cancel' }, 5 * SECOND), 5 * SECOND).read).toBe(true);
  });

  it('reads at the soft deadline although an attempt is under way', () => {
    expect(agendaOf(evolve(inFlight, { kind: 'time' }, SOFT), SOFT).read).toBe(true);
  });

  it('reads once at a time', () => {
    const overdue = evolve(accepted, { kind: 'time' }, SOFT);
    expect(agendaOf(overdue, SOFT).read).toBe(true);
    expect(agendaOf(evolve(overdue, { kind: 'begun', effect: 'read' }, SOFT), SOFT)).toMatchObject({
      read: false,
      wake: { at: HARD, reason: 'hard deadline' },
    });
  });

  it('reads when a person asks for it', () => {
    expect(agendaOf(evolve(accepted, { kind: 'read' }, 5 * SECOND), 5 * SECOND)).toMatchObject({
      read: true,
    });
  });

  it('wakes a minute after the first attempt to say that the hub cannot be reached, once', () => {
    const trying = evolve(unanswered, { kind: 'begun', effect: 'send' }, 50 * SECOND);
    expect(agendaOf(trying, 50 * SECOND).wake).toEqual({
      at: MINUTE,
      reason: 'hub counts as unreachable',
    });
    expect(agendaOf(evolve(trying, { kind: 'time' }, MINUTE), MINUTE).wake).toEqual({
      at: SOFT,
      reason: 'soft deadline',
    });
  });

  it('is empty once the operation is settled', () => {
    const settled = evolve(inFlight, { kind: 'callback', change: aChange() }, 5);
    expect(agendaOf(settled, 5)).toEqual({
      send: false,
      sight: false,
      read: false,
      askWhetherReset: false,
      stop: false,
      wake: undefined,
      isOver: true,
    });
  });
});
