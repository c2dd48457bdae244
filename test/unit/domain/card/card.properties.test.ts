import fc from 'fast-check';
import { checkingIntervalMs } from '../../../../src/domain/operation/deadlines.js';
import {
  beginCardOperation,
  isFinal,
  recordCardChanges,
  statusOfCard,
  toCardReport,
  evolveCard,
  cardAgendaOf,
} from '../../../../src/domain/card/index.js';
import { SENDER_PATIENCE_MS } from '../../../support/builders.js';
import { acrossTheWire, runCardOperation, type CardRun } from '../../../support/virtual/run-card.js';
import { cardStory, type CardStory } from './card.arbitraries.js';
import { objectionsTo } from './card.model.js';

const RUNS = { numRuns: 800 };
/** For what looks at every step of an operation. */
const FEWER_RUNS = { numRuns: 200 };
const GRACE_MS = SENDER_PATIENCE_MS;

const run = ({ request, policy, script }: CardStory): CardRun =>
  runCardOperation(beginCardOperation(request, policy, SENDER_PATIENCE_MS), script);
const longestLatencyMs = ({ script }: CardStory): number => {
  const { latencyMs = 10 } = script;
  return typeof latencyMs === 'number' ? latencyMs : Math.max(...latencyMs);
};
const canPay = (status: string): boolean =>
  !['SUSPENDED', 'DELETED', 'ERASED'].includes(status.trim().toUpperCase());

describe('an operation on all tokens of a card, whatever happens, in any order and any number of times', () => {
  it('I4, I5: comes out as a second opinion says that is written from the design alone', () => {
    fc.assert(
      fc.property(cardStory(), (story) => {
        const { operation, told, endedAt } = run(story);
        const { request, policy } = story;
        const facts = { request, policy, snapshot: story.script.snapshot, told, endedAt };
        expect(objectionsTo(toCardReport(operation), facts)).toEqual([]);
      }),
      { numRuns: 10_000 },
    );
  });

  it('I3: ends once its sender was waited for after the hard deadline, but for the looks under way', () => {
    fc.assert(
      fc.property(cardStory(), (story) => {
        const { operation, endedAt } = run(story);
        expect(isFinal(operation)).toBe(true);
        // A look that is under way, and the last one.
        const latest = story.request.hardDeadlineAt + GRACE_MS + 2 * longestLatencyMs(story);
        expect(endedAt).toBeLessThanOrEqual(latest);
      }),
      RUNS,
    );
  });

  it('I3: looks no more often than time, words and wishes account for', () => {
    fc.assert(
      fc.property(cardStory(), (story) => {
        const { readAt, endedAt, told } = run(story);
        const others = told.filter(({ kind }) => !kind.startsWith('look')).length;
        const intervalMs = checkingIntervalMs(story.policy.readIntervalMs);
        expect(readAt.length).toBeLessThanOrEqual(8 + 3 * others + (2 * endedAt) / intervalMs);
      }),
      RUNS,
    );
  });

  it('I4: is CONFIRMED only with a word or a look for each expected token, and with none left that can pay', () => {
    fc.assert(
      fc.property(cardStory(), (story) => {
        const { operation, looks, told } = run(story);
        const { status, evidence, outcomes, exposed } = toCardReport(operation);
        if (status !== 'CONFIRMED') return;
        const { action } = story.request;
        const words = told.flatMap((each) => (each.kind === 'change' ? [each.change] : []));
        for (const { virtualCardId, result, evidence: rests, expected } of outcomes) {
          if (expected) expect(result).toBe('CONFIRMED');
          if (rests === 'CALLBACK' && result === 'CONFIRMED') {
            expect(
              words.some(
                (change) =>
                  change.virtualCardId === virtualCardId &&
                  change.action === action &&
                  change.errorCode === undefined,
              ),
            ).toBe(true);
          }
        }
        if (evidence === 'READING') expect(looks).not.toEqual([]);
        if (action === 'RESUME') return;
        const last = looks.at(-1)?.reading;
        expect(last?.kind === 'listed' && last.tokens.length > 0).toBe(true);
        const left = last?.kind === 'listed' ? last.tokens.filter((token) => canPay(token.status)) : [];
        expect([left, exposed]).toEqual([[], []]);
      }),
      RUNS,
    );
  });

  it('I5: loses no token of the snapshot, and knows in the end all that it knew before', () => {
    fc.assert(
      fc.property(cardStory(), (story) => {
        const { steps } = run(story);
        const idsOf = (index: number): readonly string[] =>
          steps[index]?.operation.members.map(({ token }) => token.request.virtualCardId) ?? [];
        const last = new Set(idsOf(steps.length - 1));
        const { snapshot } = story.script;
        const listed = snapshot?.kind === 'listed' ? snapshot.tokens : [];
        for (const { virtualCardId } of listed) expect(last).toContain(virtualCardId);
        steps.forEach((_, index) => {
          for (const id of idsOf(index)) expect(last).toContain(id);
        });
        expect(last.size).toBe(idsOf(steps.length - 1).length);
      }),
      FEWER_RUNS,
    );
  });

  it('I5: is final once and for all, as far as time, looks, cancellations and wishes go', () => {
    fc.assert(
      fc.property(cardStory(), (story) => {
        const { operation, endedAt, steps } = run(story);
        const report = toCardReport(operation);
        for (const after of [
          evolveCard(operation, { kind: 'time' }, 2 * story.request.hardDeadlineAt + GRACE_MS),
          evolveCard(operation, { kind: 'cancel' }, endedAt),
          evolveCard(operation, { kind: 'read' }, endedAt),
        ]) {
          expect({ ...toCardReport(after), requests: report.requests }).toEqual(report);
        }
        expect(cardAgendaOf(operation, endedAt)).toMatchObject({ read: false, send: false, wake: undefined });
        expect(operation.attention).not.toContain('OVERDUE');
        expect(
          steps.filter((step) => cardAgendaOf(step.operation, step.at).isOver && step.at < endedAt),
        ).toEqual([]);
      }),
      RUNS,
    );
  });

  it('is OVERDUE from the soft deadline on, until it is final', () => {
    fc.assert(
      fc.property(cardStory(), (story) => {
        const { softDeadlineAt } = story.request;
        const { steps } = run(story);
        // Time passes in the last step of an instant, after what is told in it.
        const late = steps.filter(({ at }, index) => at >= softDeadlineAt && steps[index + 1]?.at !== at);
        const early = steps.filter(({ at }) => at < softDeadlineAt);
        const statusesOf = (of: typeof steps) => of.map((step) => statusOfCard(step.operation));
        for (const status of statusesOf(late))
          expect(['REQUESTED', 'AWAITING_CALLBACK']).not.toContain(status);
        expect(statusesOf(early)).not.toContain('OVERDUE');
      }),
      RUNS,
    );
  });

  it('continue-as-new makes no difference: the state crosses it small, as plain JSON', () => {
    fc.assert(
      fc.property(cardStory(), (story) => {
        const straight = run(story);
        const crossing = run({ ...story, script: { ...story.script, crossesTheWire: true } });
        expect(toCardReport(crossing.operation)).toEqual(toCardReport(straight.operation));
        expect([crossing.endedAt, crossing.readAt]).toEqual([straight.endedAt, straight.readAt]);
        expect(acrossTheWire(straight.operation)).toEqual(JSON.parse(JSON.stringify(straight.operation)));
      }),
      FEWER_RUNS,
    );
  });

  it('I5: callbacks that are recorded together make what they make one by one, whatever has happened before', () => {
    fc.assert(
      fc.property(cardStory(), fc.nat(), (story, chosen) => {
        const { steps } = run(story);
        const before =
          steps[chosen % steps.length]?.operation ??
          beginCardOperation(story.request, story.policy, SENDER_PATIENCE_MS);
        const arrivals = (story.script.changes ?? []).map(({ at, change }) => ({ at, change }));
        const oneByOne = arrivals.reduce(
          (known, { change, at }) => evolveCard(known, { kind: 'callback', change }, at),
          before,
        );
        expect(recordCardChanges(before, arrivals)).toEqual(oneByOne);
      }),
      RUNS,
    );
  });

  it('the order of what is said of different tokens in one instant makes no difference to any of them', () => {
    fc.assert(
      fc.property(cardStory(), (story) => {
        const { changes = [] } = story.script;
        // Backwards, but for each token in the order in which it was said.
        const ids = [...new Set(changes.map(({ change }) => change.virtualCardId))].toReversed();
        const other = ids.flatMap((id) => changes.filter(({ change }) => change.virtualCardId === id));
        const [one, two] = [run(story), run({ ...story, script: { ...story.script, changes: other } })].map(
          ({ operation, endedAt }) => ({ report: toCardReport(operation), endedAt }),
        );
        const resultsOf = (report = one?.report) =>
          report?.outcomes
            .map(({ virtualCardId, result, evidence, errorCode }) => [
              virtualCardId,
              result,
              evidence,
              errorCode,
            ])
            .toSorted();
        expect(resultsOf(two?.report)).toEqual(resultsOf());
        expect([two?.report.status, two?.endedAt]).toEqual([one?.report.status, one?.endedAt]);
      }),
      RUNS,
    );
  });
});
