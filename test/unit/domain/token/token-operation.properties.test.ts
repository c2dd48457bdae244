import fc from 'fast-check';
import type { VirtualCardChange } from '../../../../src/domain/hub/change.js';
import { recordLateChange } from '../../../../src/domain/late/arrivals.js';
import { beginLateArrivals, toView } from '../../../../src/domain/late/index.js';
import { agendaOf, isSettled, toReport, type Operation, evolve } from '../../../../src/domain/token/index.js';
import { sightingOf } from '../../../../src/domain/hub/reading.js';
import { checkingIntervalMs } from '../../../../src/domain/operation/deadlines.js';
import { MINUTE } from '../../../support/builders.js';
import { runOperation, type Run, type TimedChange } from '../../../support/virtual/run-operation.js';
import { afterthoughts, story, storyOfOwnWords, type Afterthought, type Story } from './arbitraries.js';

const RUNS = { numRuns: 2_000 };

const run = ({ begun, script }: Story): Run => runOperation(begun, script);
const changesOf = ({ script }: Story): readonly TimedChange[] => script.changes ?? [];
const isOwn = ({ begun }: Story, { virtualCardId, action }: VirtualCardChange): boolean =>
  virtualCardId === begun.request.virtualCardId && action === begun.request.action;
const longestLatencyMs = ({ script }: Story): number => {
  const { latencyMs = 10 } = script;
  return typeof latencyMs === 'number' ? latencyMs : Math.max(...latencyMs);
};

/** What of an outcome may not change in silence. */
function outcomeOf(operation: Operation) {
  const { status, evidence, errorCode } = toReport(operation);
  return { status, evidence, errorCode };
}

describe('whatever happens, in any order and any number of times', () => {
  it('I3: every operation ends, at the latest shortly after its hard deadline', () => {
    fc.assert(
      fc.property(story(), (told) => {
        const { operation, endedAt } = run(told);
        expect(isSettled(operation)).toBe(true);
        // An attempt or a look that is under way, and the last look; a word that comes at its end asks for one more.
        const exchanges = 3 + changesOf(told).length;
        expect(endedAt).toBeLessThanOrEqual(
          told.begun.request.hardDeadlineAt + exchanges * longestLatencyMs(told),
        );
      }),
      RUNS,
    );
  });

  it('I3: it never waits for nothing, and never for an instant that has passed', () => {
    fc.assert(
      fc.property(story(), (told) => {
        const stalled = run(told).steps.filter((operation) => {
          const { sending, readingInFlight } = operation;
          const isUnderWay = sending.kind === 'in-flight' || readingInFlight !== undefined;
          return !isSettled(operation) && !isUnderWay && agendaOf(operation, 0).wake === undefined;
        });
        expect(stalled).toEqual([]);
      }),
      RUNS,
    );
  });

  it('I3: it does no more than time and words account for', () => {
    fc.assert(
      fc.property(story(), (told) => {
        const { sentAt, readAt, steps, answered } = run(told);
        const { hardDeadlineAt } = told.begun.request;
        const words = changesOf(told).length;
        const notSent = answered.filter(({ kind }) => kind === 'not-sent').length;
        const intervalMs = checkingIntervalMs(told.begun.policy.readIntervalMs);
        // Delays of 2, 4, 8 s … reach 5 minutes after nine attempts.
        expect(sentAt.length).toBeLessThanOrEqual(10 + notSent + hardDeadlineAt / (5 * MINUTE));
        // Two series side by side at the most, and each word and each change of mind may begin one anew.
        expect(readAt.length).toBeLessThanOrEqual(10 + 2 * words + (2 * hardDeadlineAt) / intervalMs);
        expect(steps.length).toBeLessThanOrEqual(20 + 2 * words + 4 * (sentAt.length + readAt.length));
      }),
      RUNS,
    );
  });

  it('I2: nothing is sent after the word that ended the sending, nor at or after the hard deadline', () => {
    fc.assert(
      fc.property(story(), (told) => {
        const { sentAt, answered } = run(told);
        const { request } = told.begun;
        const ends = [
          request.hardDeadlineAt,
          told.script.cancelAt ?? Number.POSITIVE_INFINITY,
          ...changesOf(told)
            .filter(({ change }) => isOwn(told, change))
            .map(({ at }) => at),
        ];
        for (const at of sentAt) expect(at).toBeLessThan(Math.min(...ends));
        const last = answered.findIndex(({ kind }) => ['accepted', 'refused', 'superseded'].includes(kind));
        if (last >= 0) expect(sentAt).toHaveLength(last + 1);
      }),
      RUNS,
    );
  });

  it('I4: the outcome rests on what it says it rests on', () => {
    fc.assert(
      fc.property(story(), (told) => {
        const done = run(told);
        const { status, evidence, errorCode, effectiveStatus, attention } = toReport(done.operation);
        const { request } = told.begun;
        const heard = changesOf(told).filter(({ at, change }) => at <= done.endedAt && isOwn(told, change));
        const successes = heard.filter(({ change }) => change.errorCode === undefined);
        const isSeen = done.shown.some((reading) => sightingOf(reading, request).kind === 'wanted');
        const absences = done.shown.filter((reading) => sightingOf(reading, request).kind === 'absent');
        const isGone = request.action === 'DELETE' && done.operation.tokenSeen && absences.length >= 2;
        const refusals = done.answered.filter((answer) => answer.kind === 'refused');
        const wasPossiblySent =
          heard.length > 0 ||
          done.answered.some(
            (answer) =>
              answer.kind === 'accepted' ||
              answer.kind === 'unanswered' ||
              (answer.kind === 'again' && answer.effect === 'possible'),
          );
        const mayHaveLeft = wasPossiblySent || done.operation.sending.kind === 'in-flight';
        switch (`${status} ${evidence}`) {
          case 'CONFIRMED CALLBACK':
            expect(successes).not.toEqual([]);
            break;
          case 'CONFIRMED READING':
            expect(isSeen || isGone).toBe(true);
            // Suspensions have owners: what nobody here may have sent, and the hub has not refused either, is another's.
            if (request.action === 'SUSPEND') expect(wasPossiblySent || refusals.length > 0).toBe(true);
            break;
          case 'FAILED CALLBACK':
            expect(heard.map(({ change }) => change.errorCode)).toContain(errorCode);
            break;
          case 'FAILED NONE':
            expect(attention === 'CONFLICT' ? false : mayHaveLeft || refusals.length > 0).toBe(false);
            break;
          case 'CANCELLED NONE':
            expect(told.script.cancelAt).toBeDefined();
            expect(mayHaveLeft || refusals.length > 0).toBe(false);
            break;
          case 'SUPERSEDED NONE':
            expect(done.answered.map(({ kind }) => kind)).toContain('superseded');
            expect(mayHaveLeft || refusals.length > 0).toBe(false);
            break;
          case 'REJECTED ANSWER':
            expect(refusals.map((answer) => 'errorCode' in answer && answer.errorCode)).toContain(
              errorCode ?? false,
            );
            break;
          case 'UNKNOWN NONE':
            expect(mayHaveLeft).toBe(true);
            break;
          default:
            throw new Error(`${status} ${evidence} is no outcome of a token operation`);
        }
        if (effectiveStatus !== status) expect([effectiveStatus, attention]).toEqual(['UNKNOWN', 'CONFLICT']);
      }),
      RUNS,
    );
  });

  it('I5: nothing final changes in silence, neither on the way nor afterwards', () => {
    fc.assert(
      fc.property(story(), afterthoughts, (told, after) => {
        const done = run(told);
        const later = after.reduce<Operation[]>(
          (states, thought) => [...states, rethink(states.at(-1) ?? done.operation, thought, done.endedAt)],
          [done.operation],
        );
        const states = [...done.steps, ...later];
        states.forEach((state, index) => {
          const before = states[index - 1];
          if (before === undefined || !isSettled(before)) return;
          if (JSON.stringify(outcomeOf(state)) === JSON.stringify(outcomeOf(before))) {
            const isSame = toReport(state).effectiveStatus === toReport(before).effectiveStatus;
            expect(isSame || state.attention.includes('CONFLICT')).toBe(true);
            return;
          }
          const isShown = state.conflicts.length > before.conflicts.length;
          expect(isShown ? 'CONFLICT' : 'LATE_AMENDMENT').toBe(
            state.attention.find((reason) => reason === (isShown ? 'CONFLICT' : 'LATE_AMENDMENT')),
          );
        });
      }),
      RUNS,
    );
  });

  it('what is settled is neither overdue nor waiting for the hub, and waits for nothing', () => {
    fc.assert(
      fc.property(story(), (told) => {
        const { operation } = run(told);
        const far = evolve(operation, { kind: 'time' }, 2 * operation.request.hardDeadlineAt);
        expect(far).toBe(operation);
        expect(far.attention.filter((reason) => /OVERDUE|HUB_UNREACHABLE/.test(reason))).toEqual([]);
        expect(agendaOf(far, 0)).toMatchObject({ send: false, stop: false, read: false, isOver: true });
        expect(agendaOf(far, 0).wake).toBeUndefined();
      }),
      RUNS,
    );
  });

  it('I5: an operation that was reopened ends again, by what stood unless a reading decides', () => {
    fc.assert(
      fc.property(story(), afterthoughts, (told, after) => {
        const done = run(told);
        const reopened = after.reduce<Operation>(
          (state, thought) => rethink(state, thought, done.endedAt),
          done.operation,
        );
        const { operation } = runOperation(
          { ...reopened, request: { ...reopened.request, requestedAt: done.endedAt } },
          { ...told.script, changes: [] },
        );
        expect(isSettled(operation)).toBe(true);
        if (outcomeOf(operation).status !== outcomeOf(done.operation).status) {
          expect(operation.attention.some((reason) => /CONFLICT|LATE_AMENDMENT/.test(reason))).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('continue-as-new makes no difference: the state is plain JSON', () => {
    fc.assert(
      fc.property(story(), (told) => {
        const straight = run(told);
        const crossing = runOperation(told.begun, { ...told.script, crossesTheWire: true });
        expect(crossing.operation).toEqual(JSON.parse(JSON.stringify(straight.operation)));
        expect([crossing.endedAt, crossing.sentAt, crossing.readAt]).toEqual([
          straight.endedAt,
          straight.sentAt,
          straight.readAt,
        ]);
        expect(toReport(crossing.operation)).toEqual(toReport(straight.operation));
      }),
      RUNS,
    );
  });
});

describe('the same words in another order', () => {
  const permuted = storyOfOwnWords().chain((told) => {
    const words = changesOf(told);
    return fc
      .shuffledSubarray([...words], { minLength: words.length, maxLength: words.length })
      .map((shuffled) => ({
        told,
        other: {
          ...told,
          script: {
            ...told.script,
            changes: words.map(({ at, change }, index) => ({
              at,
              change: shuffled[index]?.change ?? change,
            })),
          },
        },
      }));
  });

  it('I5: lead to the same outcome, or to a conflict that is shown', () => {
    fc.assert(
      fc.property(permuted, ({ told, other }) => {
        const [one, two] = [viewOf(told), viewOf(other)];
        if (one.attention === 'CONFLICT' || two.attention === 'CONFLICT') return;
        expect(two.effectiveStatus).toBe(one.effectiveStatus);
        const isAmended = [...one.late, ...two.late].some(({ kind }) => kind === 'amendment');
        if (!isAmended) expect(two.errorCode).toBe(one.errorCode);
      }),
      { numRuns: 6_000 },
    );
  });
});

/** The operation as it is shown in the end, with the words that came after it had closed. */
function viewOf(told: Story) {
  const { operation, endedAt } = run(told);
  const late = changesOf(told)
    .filter(({ at }) => at > endedAt)
    .sort((left, right) => left.at - right.at)
    .reduce(
      (arrivals, { at, change }) => recordLateChange(arrivals, change, at),
      beginLateArrivals('ISSUER1234', 'op-1', endedAt),
    );
  return toView(toReport(operation), late.arrivals);
}

/** Something happens to an operation that has ended, in the instant in which it has. */
function rethink(operation: Operation, thought: Afterthought, now: number): Operation {
  if (thought === 'cancel') return evolve(operation, { kind: 'cancel' }, now);
  if (thought === 'read') return evolve(operation, { kind: 'read' }, now);
  if (thought === 'time') return evolve(operation, { kind: 'time' }, now);
  if (thought === 'answer') {
    return operation.sending.kind === 'in-flight'
      ? evolve(
          operation,
          { kind: 'answer', answer: { kind: 'refused', errorCode: 111, httpStatus: 400 }, chance: 0 },
          now,
        )
      : operation;
  }
  if ('change' in thought) return evolve(operation, { kind: 'callback', change: thought.change }, now);
  return operation.readingInFlight === undefined
    ? operation
    : evolve(operation, { kind: 'reading', reading: thought }, now);
}
