import { readFileSync } from 'node:fs';
import { answerOddities, callbackOddities, readingOddities } from '../../../src/simulator/plan/oddities.js';
import { type UpdateAction, updateActions } from '../../../src/simulator/plan/plan.js';
import { planRequest } from '../../../src/simulator/plan/planner.js';
import { drawPlan, planBySeed, planReading } from '../../../src/simulator/plan/seeded-planner.js';
import { defaultNastyShare } from '../../../src/simulator/plan/seeding.js';

const provesNothing = [221, 322, 323, 911, 921];

describe('the plan of an operation', () => {
  test('follows from the seed, the correlation id, the token and the action, whatever else was asked', () => {
    const operations = someOperations(200);
    const inOrder = operations.map((operation) => drawPlan(seeding(7), operation));
    const backwards = operations.toReversed().map((operation) => drawPlan(seeding(7), operation));
    expect(backwards.toReversed()).toEqual(inOrder);
  });

  test('is this one for seed 7: a change of it is a change of every seed that anybody has noted', () => {
    const request = {
      correlationId: 'op-2',
      virtualCardId: 'token-2',
      action: 'DELETE',
      attempt: 1,
    } as const;
    expect(planBySeed(seeding(7), request)).toEqual({
      kind: 'accept',
      answer: { kind: 'answer', status: 200 },
      effect: 'applied',
      effectAfterMs: 75,
      callbacks: [{ action: 'DELETE_FROM_APP', afterMs: 55 }, { afterMs: 320 }],
      again: {
        kind: 'answer',
        status: 400,
        body: { responseCode: 119, errorMessage: 'Virtual card unknown' },
      },
    });
  });

  test.each([
    { differing: 'seed', seed: 8 },
    { differing: 'correlation id', correlationId: 'op-other' },
    { differing: 'token', virtualCardId: 'token-other' },
    { differing: 'action', action: 'RESUME' as const },
  ])('is another one for another $differing', ({ seed = 7, differing: _differing, ...difference }) => {
    const operations = someOperations(50).map((operation) => ({ ...operation, action: 'SUSPEND' as const }));
    const plans = operations.map((operation) => drawPlan(seeding(7), operation));
    const others = operations.map((operation) => drawPlan(seeding(seed), { ...operation, ...difference }));
    expect(others.filter((other, index) => isSame(other, plans[index])).length).toBeLessThan(20);
  });

  test.each([1, 2, 3, 7, 42])('of one in 200 is odd in each of the ways, with seed %i', (seed) => {
    const drawn = new Set(
      someOperations(200).flatMap((operation) => drawPlan(seeding(seed), operation).oddities),
    );
    expect([...drawn].toSorted()).toEqual(Object.keys({ ...answerOddities, ...callbackOddities }).toSorted());
  });

  test('is never nasty where the nasty share is 0, and always odd where it is 1', () => {
    const none = someOperations(300).flatMap((it) => drawPlan({ seed: 7, nastyShare: 0 }, it).oddities);
    for (const nasty of [
      'refused',
      'never-accepted',
      'answer-lost-hang',
      'callback-lost',
      'fails',
      'silent',
    ]) {
      expect(none).not.toContain(nasty);
    }
    const all = someOperations(300).map((it) => drawPlan({ seed: 7, nastyShare: 1 }, it).oddities.length);
    expect(Math.min(...all)).toBeGreaterThan(0);
  });

  test('turns at most three requests away before the answer that stands', () => {
    for (const operation of someOperations(2_000)) {
      const { turnedAway } = drawPlan(seeding(7), operation);
      expect(turnedAway.length).toBeLessThanOrEqual(3);
      const later = [4, 5, Infinity].map((attempt) => planBySeed(seeding(7), { ...operation, attempt }));
      expect(new Set(later.map((plan) => JSON.stringify(plan))).size).toBe(1);
    }
  });

  test('takes no request on for good in a few operations only', () => {
    const plans = someOperations(2_000).map((operation) => drawPlan(seeding(7), operation));
    const never = plans.filter(({ oddities }) => oddities.includes('never-accepted'));
    expect(never.length).toBeLessThan(100);
  });

  test('sends a final error code for what is done only where it contradicts itself', () => {
    const contradictions = ['success-then-failure', 'failure-then-success', 'pair-disagrees'];
    for (const operation of someOperations(2_000)) {
      const { oddities, standing } = drawPlan(seeding(7), operation);
      if (standing.kind === 'refuse' || oddities.some((oddity) => contradictions.includes(oddity))) continue;
      if (standing.effect === 'none') continue;
      const codes = standing.callbacks.map(({ errorCode }) => Number(errorCode ?? 0));
      expect(codes.filter((code) => code !== 0 && !provesNothing.includes(code))).toEqual([]);
    }
  });

  test('keeps every callback within two seconds of the effect, in the order in which they go out', () => {
    for (const operation of someOperations(2_000)) {
      const { standing } = drawPlan(seeding(7), operation);
      if (standing.kind === 'refuse') continue;
      const [timed, queued] = [true, false].map((isTimed) =>
        standing.callbacks.filter(({ afterMs }) => (afterMs !== undefined) === isTimed),
      );
      const times = (timed ?? []).map(({ afterMs }) => afterMs ?? NaN);
      expect(times).toEqual(times.toSorted((one, other) => one - other));
      expect(Math.max(0, ...times)).toBeLessThanOrEqual(2_000);
      expect(times.length).toBeLessThanOrEqual(8);
      // What others do to the token goes out one after the other.
      const turns = (queued ?? []).map(({ action }) => action);
      expect([[], ['SUSPEND', 'RESUME', 'SUSPEND']]).toContainEqual(turns);
    }
  });

  test('is that of its suffix for a token that has one, with a seed too', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const request = {
        correlationId: 'op-1',
        virtualCardId: 'token-lost',
        action: 'SUSPEND',
        attempt: 1,
      } as const;
      expect(planRequest({ ...request, seeding: seeding(seed) })).toEqual(planRequest(request));
    }
  });
});

describe('the plan of a reading', () => {
  const reading = { correlationId: 'op-1', issuerCardRefId: 'card-1' };

  test('follows from the seed, the correlation id, the card and how often it was read', () => {
    const numbers = Array.from({ length: 100 }, (_, index) => index + 1);
    const inOrder = numbers.map((number) => planReading(seeding(7), { ...reading, reading: number }));
    const backwards = numbers
      .toReversed()
      .map((number) => planReading(seeding(7), { ...reading, reading: number }));
    expect(backwards.toReversed()).toEqual(inOrder);
  });

  test('is odd in each of the ways, and mostly it is not', () => {
    const plans = Array.from({ length: 100 }, (_, index) =>
      planReading(seeding(7), { ...reading, reading: index }),
    );
    const odd = plans.flatMap(({ oddity }) => oddity ?? []);
    expect([...new Set(odd)].toSorted()).toEqual(Object.keys(readingOddities).toSorted());
    expect(odd.length).toBeLessThan(60);
  });
});

test('the oddities are those of the tables in docs/simulator.md', () => {
  const text = readFileSync('docs/simulator.md', 'utf8');
  const [, section = ''] = /^## Misbehaviour by seed\n([^]*?)^## /m.exec(text) ?? [];
  const documented = [...section.matchAll(/^\| `([a-z0-9-]+)` +\| (.*?) +\|$/gm)].map(([, name, does]) => [
    name,
    does,
  ]);
  expect(documented).toEqual(Object.entries({ ...answerOddities, ...callbackOddities, ...readingOddities }));
});

function seeding(seed: number): { seed: number; nastyShare: number } {
  return { seed, nastyShare: defaultNastyShare };
}

function someOperations(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    correlationId: `op-${index}`,
    virtualCardId: `token-${index}`,
    action: updateActions[index % updateActions.length] as UpdateAction,
  }));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
