import type { NamespaceLook } from '../../../src/temporal/connection/namespace.js';
import { watchNamespace, type NamespaceWatch } from '../../../src/temporal/connection/namespace-watch.js';
import { eventually } from '../../support/temporal/temporal.js';

const FIT: NamespaceLook = { problems: [], warnings: [] };
const UNFIT: NamespaceLook = { problems: ['it lacks LcmIssuer'], warnings: [] };
const AWAY: NamespaceLook = { unanswered: 'no connection' };

let watch: NamespaceWatch | undefined;
afterEach(() => watch?.stop());

/** A watch that sees these one after another, and the last of them from then on. */
function watching(seen: readonly NamespaceLook[], { everyMs = 1 } = {}) {
  const told: (readonly string[])[] = [];
  let looks = 0;
  watch = watchNamespace({
    look: async () => seen[Math.min(looks++, seen.length - 1)] ?? AWAY,
    onChange: (problems) => told.push(problems),
    everyMs,
    soonMs: 1,
  });
  return { watch, told, looks: () => looks };
}

it('says once what a namespace that was fit lacks now, and once that it is mended', async () => {
  const { watch: watched, told, looks } = watching([FIT, UNFIT, UNFIT, FIT, FIT]);
  expect(watched.problems()).toEqual([]);
  await eventually(
    async () => looks(),
    (count) => count > 5,
  );
  expect(told).toEqual([['it lacks LcmIssuer'], []]);
  expect(watched.problems()).toEqual([]);
});

it('keeps what it has found while Temporal does not answer', async () => {
  const { watch: watched, told, looks } = watching([UNFIT, AWAY]);
  await eventually(
    async () => looks(),
    (count) => count > 3,
  );
  expect(watched.problems()).toEqual(['it lacks LcmIssuer']);
  expect(told).toHaveLength(1);
});

it('looks soon after a refused call, and goes on looking until it is mended', async () => {
  const { watch: watched, told, looks } = watching([UNFIT, UNFIT, FIT], { everyMs: 3_600_000 });
  await new Promise((wake) => setTimeout(wake, 50));
  expect(looks()).toBe(0);
  watched.lookSoon();
  await eventually(
    async () => told.length,
    (count) => count === 2,
  );
  expect(looks()).toBe(3);
});

it('looks no more once it is stopped', async () => {
  const { watch: watched, looks } = watching([UNFIT]);
  watched.stop();
  const before = looks();
  await new Promise((wake) => setTimeout(wake, 50));
  expect(looks()).toBe(before);
});
