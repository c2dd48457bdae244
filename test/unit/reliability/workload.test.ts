import { planKills, VICTIMS } from '../../reliability/kills.js';
import { operationsOf, planWorkload } from '../../reliability/workload.js';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const plan = (seed: number) => planWorkload(seed, { operations: 250, named: 0.2 });
const operations = SEEDS.flatMap((seed) => plan(seed).lanes.flatMap(operationsOf));

it('plans the same for the same seed, and something else for another', () => {
  expect(plan(1)).toEqual(plan(1));
  expect(plan(1).lanes.map(({ steps }) => steps)).not.toEqual(plan(2).lanes.map(({ steps }) => steps));
  expect(planKills(1, { overMs: 40_000 })).toEqual(planKills(1, { overMs: 40_000 }));
});

it('plans as many operations as it was asked for, each with a key of its own', () => {
  expect(operations).toHaveLength(SEEDS.length * 250);
  expect(new Set(operations.map(({ key }) => key)).size).toBe(operations.length);
});

it('plans every action, every kind of client, and every gap between two intents', () => {
  const seen = (isSo: (operation: (typeof operations)[number]) => boolean) =>
    expect(operations.filter(isSo).length).toBeGreaterThan(20);
  for (const action of ['SUSPEND', 'RESUME', 'DELETE']) seen(({ body }) => body.action === action);
  for (const kind of ['get', 'post again', 'post another body', 'cancel', 'read']) {
    seen(({ acts }) => acts.some((act) => act.kind === kind));
  }
  seen(({ posts }) => posts.length > 1 && new Set(posts.map(({ api }) => api)).size === 2);
  seen(({ posts }) => posts.some(({ hangsUpAfterMs }) => hangsUpAfterMs !== undefined));
  seen(({ next }) => next === 'when final');
  seen(({ next }) => next !== 'when final' && next.afterMs < 2_000);
  seen(({ next }) => next !== 'when final' && next.afterMs > 2_000);
});

it('plans operations on whole cards, overlapped by others, while tokens come, go, and are renewed', () => {
  const lanes = SEEDS.flatMap((seed) => plan(seed).lanes);
  const ofCards = lanes.filter((lane) =>
    operationsOf(lane).some(({ body }) => body.virtualCardId === undefined),
  );
  const tokens = ofCards.flatMap(({ card }) => card.tokens);
  expect(new Set(ofCards.map(({ card }) => card.tokens.length))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
  expect(new Set(tokens.map(({ status }) => status)).size).toBe(6);
  for (const kind of ['renew', 'outside', 'add', 'remove']) {
    expect(ofCards.filter(({ steps }) => steps.some((step) => step.kind === kind)).length).toBeGreaterThan(
      20,
    );
  }
  const isMixed = (lane: (typeof lanes)[number]): boolean =>
    operationsOf(lane).some(({ body }) => body.virtualCardId !== undefined);
  expect(ofCards.filter(isMixed).length).toBeGreaterThan(20);
  expect(ofCards.filter(({ card }) => !/-\d+$/.test(card.issuerCardRefId)).length).toBeGreaterThan(20);
  expect(operations.filter(({ acts }) => acts.some(({ kind }) => kind === 'post another scope'))).not.toEqual(
    [],
  );
});

it('gives every operation a client that does not hang up', () => {
  const patient = operations.filter(({ posts }) => posts.some((post) => post.hangsUpAfterMs === undefined));
  expect(patient).toHaveLength(operations.length);
});

it('takes a worker, a process at the front, Temporal and the hub away at least once', () => {
  for (const seed of SEEDS) {
    const killed = planKills(seed, { overMs: 40_000 }).map(({ victim }) => victim.replace(/ \d$/, ''));
    expect(new Set(killed)).toEqual(new Set(VICTIMS.map((victim) => victim.replace(/ \d$/, ''))));
  }
});
