import type { Answer } from '../../../../src/domain/hub/answer.js';
import { toReport, type Operation, type TokenEvent, evolve } from '../../../../src/domain/token/index.js';
import type { Reading } from '../../../../src/domain/hub/reading.js';
import type { Action } from '../../../../src/domain/hub/token-state.js';
import {
  aCardList,
  aChange,
  aCardOperation,
  anOperation,
  aReading,
  HOUR,
  MINUTE,
  SECOND,
} from '../../../support/builders.js';
import {
  accepted,
  cardOutcome,
  sendingEnds,
  TWO_SUSPENDED,
  word,
} from '../../../support/virtual/card-outcome.js';
import type { CardScript } from '../../../support/virtual/run-card.js';
import { runOperation, type Script } from '../../../support/virtual/run-operation.js';

const SOFT = 15 * MINUTE;
const HARD = 72 * HOUR;

/** A hub that nobody reaches: the one attempt goes on trying to connect, until it is stopped and proves that nothing left. */
const NEVER_CONNECTED = {
  answers: [{ kind: 'not-sent' }],
  latencyMs: [HARD + HOUR, 10],
  stopsUnsent: true,
} as const;

/** What is known of an operation on a token that is read in this state, whenever somebody looks. */
const readAs = (status: string, action: Action = 'SUSPEND', rest: Partial<Script> = NEVER_CONNECTED) =>
  runOperation(anOperation({ action }), {
    answers: [{ kind: 'accepted' }],
    readings: () => aReading(status),
    ...rest,
  });

const answered = (answer: Answer): TokenEvent => ({ kind: 'answer', answer, chance: 0 });
const look = (operation: Operation, reading: Reading, now: number): Operation =>
  evolve(evolve(operation, { kind: 'begun', effect: 'read' }, now), { kind: 'reading', reading }, now + 10);

describe('a SUSPENDED that is read while nothing of a SUSPEND was possibly sent', () => {
  it('I4: is somebody else’s: sending goes on, and what was never sent ends FAILED and NEVER_SENT', () => {
    const { operation, readAt, steps } = readAs('SUSPENDED');
    expect(readAt.filter((at) => at < HARD)[0]).toBe(SOFT);
    expect(steps.filter(({ sending }) => sending.kind === 'in-flight').length).toBeGreaterThan(5);
    expect(toReport(operation)).toMatchObject({ status: 'FAILED', evidence: 'NONE', attempts: 0 });
    expect(operation.attention).toContain('NEVER_SENT');
  });

  it('I4: and the last look at the hard deadline does not make it ours', () => {
    const run = readAs('RESUMED', 'SUSPEND', {
      ...NEVER_CONNECTED,
      readings: (now) => aReading(now < HARD ? 'RESUMED' : 'SUSPENDED'),
    });
    expect(toReport(run.operation)).toMatchObject({ status: 'FAILED', evidence: 'NONE' });
  });

  it('is no success either when the hub put off every attempt without an effect', () => {
    const busy: Answer = { kind: 'again', effect: 'none', errorCode: 321 };
    expect(toReport(readAs('SUSPENDED', 'SUSPEND', { answers: [busy] }).operation)).toMatchObject({
      status: 'FAILED',
      evidence: 'NONE',
    });
  });

  it('is shown, and settles nothing, whoever wanted the look: a person, or an unexpected callback', () => {
    const asked = look(evolve(anOperation(), { kind: 'read' }, SECOND), aReading('SUSPENDED'), SECOND);
    expect(toReport(asked)).toMatchObject({ final: false, lastReading: { status: 'SUSPENDED' } });
    const odd = readAs('SUSPENDED', 'SUSPEND', {
      ...NEVER_CONNECTED,
      changes: [{ at: SECOND, change: aChange({ action: 'ACTIVATE' }) }],
    });
    expect(odd.readAt[0]).toBe(SECOND);
    expect(toReport(odd.operation)).toMatchObject({ status: 'FAILED', evidence: 'NONE' });
  });

  it('lets the request be sent as soon as the hub can be reached, and then proves it', () => {
    const run = readAs('SUSPENDED', 'SUSPEND', { latencyMs: [20 * MINUTE, 10] });
    expect(toReport(run.operation)).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', attempts: 1 });
    expect(run.readAt.slice(0, 1)).toEqual([SOFT]);
    expect(run.endedAt).toBeGreaterThan(20 * MINUTE);
  });

  it('proves nothing when the look began before anything was possibly sent', () => {
    const looking = evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
      { kind: 'begun', effect: 'read' },
      SECOND,
    );
    const sent = evolve(looking, answered({ kind: 'unanswered' }), 2 * SECOND);
    expect(
      toReport(evolve(sent, { kind: 'reading', reading: aReading('SUSPENDED') }, 3 * SECOND)),
    ).toMatchObject({ final: false });
    expect(toReport(look(sent, aReading('SUSPENDED'), 4 * SECOND))).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'READING',
    });
  });

  it('I4: leaves CANCELLED what is cancelled while an attempt is given up', () => {
    const looking = evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
      { kind: 'begun', effect: 'read' },
      SECOND,
    );
    const cancelled = evolve(looking, { kind: 'cancel' }, 2 * SECOND);
    const seen = evolve(cancelled, { kind: 'reading', reading: aReading('SUSPENDED') }, 3 * SECOND);
    expect(toReport(seen).final).toBe(false);
    expect(toReport(evolve(seen, answered({ kind: 'not-sent' }), 4 * SECOND))).toMatchObject({
      status: 'CANCELLED',
      evidence: 'NONE',
    });
  });

  it('confirms what the hub refuses for the state: it is so, by the hub’s own word', () => {
    const refused: Answer = { kind: 'refused', errorCode: 432, httpStatus: 400 };
    const run = readAs('SUSPENDED', 'SUSPEND', { answers: [refused] });
    expect(toReport(run.operation)).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    const late = evolve(
      evolve(evolve(anOperation(), { kind: 'begun', effect: 'send' }, HARD - SECOND), { kind: 'time' }, HARD),
      answered(refused),
      HARD + SECOND,
    );
    expect(toReport(look(late, aReading('SUSPENDED'), HARD + SECOND))).toMatchObject({ status: 'CONFIRMED' });
  });
});

it.each([
  ['RESUME', 'RESUMED'],
  ['DELETE', 'DELETED'],
  ['DELETE', 'ERASED'],
] as const)(
  'a %s is CONFIRMED by a look that shows %s, whoever has done it: nothing remains that could be taken back',
  (action, status) => {
    expect(toReport(readAs(status, action).operation)).toMatchObject({
      status: 'CONFIRMED',
      evidence: 'READING',
    });
  },
);

describe('an attempt of a run that was reset', () => {
  const sentAgain = (answer: Answer): Operation =>
    evolve(
      evolve(anOperation(), { kind: 'begun', effect: 'send' }, 0),
      answered({ ...answer, afterReset: true }),
      SECOND,
    );

  it.each([432, 160, 119, 111])(
    'I2: that is refused with %i may be the echo of its hidden first',
    (errorCode) => {
      const refused = sentAgain({ kind: 'refused', errorCode, httpStatus: 400 });
      expect(toReport(refused).final).toBe(false);
      expect(toReport(look(refused, aReading('SUSPENDED'), 2 * SECOND))).toMatchObject({
        status: 'CONFIRMED',
        evidence: 'READING',
      });
      const once = look(refused, aReading('RESUMED'), 2 * SECOND);
      expect(toReport(once).final).toBe(false);
      expect(toReport(look(once, aReading('RESUMED'), 2 * MINUTE))).toMatchObject({
        status: 'REJECTED',
        provisional: true,
      });
    },
  );

  it('I4: that was not sent leaves it possibly sent: neither CANCELLED nor NEVER_SENT', () => {
    const cancelled = evolve(sentAgain({ kind: 'not-sent' }), { kind: 'cancel' }, 2 * SECOND);
    expect(toReport(cancelled).final).toBe(false);
    expect(toReport(look(cancelled, aReading('RESUMED'), 2 * SECOND))).toMatchObject({ status: 'UNKNOWN' });
    const expired = evolve(sentAgain({ kind: 'not-sent' }), { kind: 'time' }, HARD);
    expect(toReport(look(expired, aReading('RESUMED'), HARD))).toMatchObject({ status: 'UNKNOWN' });
  });

  it('I4: that a newer operation stopped is looked at as after a cancellation', () => {
    const superseded = sentAgain({ kind: 'superseded', by: 'op-2' });
    expect(toReport(superseded)).toMatchObject({ final: false, supersededBy: 'op-2' });
    expect(toReport(look(superseded, aReading('SUSPENDED'), 2 * SECOND))).toMatchObject({
      status: 'CONFIRMED',
    });
  });
});

describe('the tokens of a card', () => {
  const HARD_OF_CARD = HOUR;
  const ended = (script: Partial<CardScript>, action: Action = 'SUSPEND') =>
    cardOutcome(script, aCardOperation({ action, hardDeadlineAt: HARD_OF_CARD }));
  const SUSPENDED_BY_WALLETS = { snapshot: TWO_SUSPENDED, card: () => TWO_SUSPENDED };

  it('I4: that their wallets have suspended are not confirmed by looks while the request is still being sent', () => {
    const run = ended({
      ...SUSPENDED_BY_WALLETS,
      sendingEnded: sendingEnds(HARD_OF_CARD, { kind: 'stopped', possiblySent: false }) ?? [],
    });
    expect(run.readAt.filter((at) => at < 40 * MINUTE)).not.toEqual([]);
    expect(run).toMatchObject({ status: 'FAILED', evidence: 'NONE', attention: 'NEVER_SENT' });
    expect(run.results).toEqual({ 'token-1': 'FAILED NONE', 'token-2': 'FAILED NONE' });
  });

  it('I4: nor by one that was never sent, although nothing else was expected of the card', () => {
    const run = ended({
      snapshot: aCardList({ 'token-1': 'DELETED' }),
      card: () => aCardList({ 'token-1': 'DELETED', 'token-2': 'SUSPENDED' }),
      sendingEnded: sendingEnds(HARD_OF_CARD, { kind: 'stopped', possiblySent: false }) ?? [],
    });
    expect(run).toMatchObject({ status: 'FAILED', evidence: 'NONE' });
  });

  it('are confirmed by looks that begin once the hub has accepted, or once one of them has reported', () => {
    const told = ended({ ...SUSPENDED_BY_WALLETS, sendingEnded: accepted(20 * MINUTE) ?? [] });
    expect(told).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
    expect(told.endedAt).toBeGreaterThan(20 * MINUTE);
    const heard = ended({
      ...SUSPENDED_BY_WALLETS,
      sendingEnded: [],
      changes: [word('token-1', 20 * MINUTE)],
    });
    expect(heard.results).toEqual({ 'token-1': 'CONFIRMED CALLBACK', 'token-2': 'CONFIRMED READING' });
    expect(heard.endedAt).toBeGreaterThan(20 * MINUTE);
  });

  it('are looked at all the same when their sender was ended by hand: then it may have been sent', () => {
    const lost = sendingEnds(MINUTE, { kind: 'lost' }) ?? [];
    const run = ended({ ...SUSPENDED_BY_WALLETS, sendingEnded: lost });
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING', attention: 'TERMINATED' });
    expect(run.readAt[0]).toBe(MINUTE);
  });

  it.each([
    ['RESUME', 'SUSPENDED', 'RESUMED'],
    ['DELETE', 'RESUMED', 'DELETED'],
  ] as const)('of a %s that was never sent may have been taken there by anybody', (action, before, after) => {
    const run = ended(
      {
        snapshot: aCardList({ 'token-1': before }),
        card: () => aCardList({ 'token-1': after }),
        sendingEnded: sendingEnds(HARD_OF_CARD, { kind: 'stopped', possiblySent: false }) ?? [],
      },
      action,
    );
    expect(run).toMatchObject({ status: 'CONFIRMED', evidence: 'READING' });
  });
});
