import fc from 'fast-check';
import {
  beginNewestSearch,
  recordSpanPage,
  type NewestSearch,
  type Span,
} from '../../../src/temporal/visibility/newest-first.js';

interface Row {
  readonly at: number;
  /** Undefined: it runs. */
  readonly closedAt?: number;
}

const NOW = 1_800_000_000_000;
const DAY = 24 * 3600 * 1000;

/** A store that answers as the server does: running ones first, newest first, then by when they closed. */
function aStore(rows: readonly Row[], perCall: number, isWanted: (row: Row) => boolean = () => true) {
  const inOrder = rows.toSorted(
    (left, right) => (right.closedAt ?? Infinity) - (left.closedAt ?? Infinity) || right.at - left.at || 0,
  );
  let calls = 0;
  return {
    calls: () => calls,
    ask({ from, to }: Span) {
      calls += 1;
      const told =
        rows.length === 0 ? [] : inOrder.filter(({ at }) => at >= from && at <= to).slice(0, perCall);
      return {
        rows: told.filter(isWanted),
        instants: told.map(({ at }) => at),
        isWhole: told.length < perCall,
      };
    },
  };
}

function search(
  store: ReturnType<typeof aStore>,
  { need, span = { from: 0, to: Infinity }, most = 8 }: { need: number; span?: Span; most?: number },
): NewestSearch<Row> {
  let state = beginNewestSearch<Row>(span, need);
  while (state.span !== undefined && store.calls() < most) {
    state = recordSpanPage(state, store.ask(state.span), NOW);
  }
  return state;
}

const newest = (rows: readonly Row[], count: number): number[] =>
  rows
    .map(({ at }) => at)
    .toSorted((left, right) => right - left)
    .slice(0, count);

/** Operations of 90 days: most close soon, some take days, some still run. */
function aTypicalStore(count: number): Row[] {
  return Array.from({ length: count }, (_, index) => {
    const at = NOW - Math.floor((index * 90 * DAY) / count) - (index % 7);
    if (index % 500 === 3 && NOW - at < 3 * DAY) return { at };
    const tookMs = index % 100 === 0 ? 3 * DAY : 5_000 + (index % 60) * 1000;
    return at + tookMs > NOW ? { at } : { at, closedAt: at + tookMs };
  });
}

describe('the search for the newest', () => {
  it('takes one call when the store tells everything at once', () => {
    const rows = aTypicalStore(30);
    const store = aStore(rows, 400);
    const state = search(store, { need: 101 });
    expect(store.calls()).toBe(1);
    expect(state).toMatchObject({ span: undefined, restTo: undefined });
    expect(state.found).toHaveLength(30);
  });

  it('takes a few calls of 400 rows each among 100,000, and reads no more', () => {
    const rows = aTypicalStore(100_000);
    const store = aStore(rows, 400);
    const state = search(store, { need: 101 });
    expect(newest(state.found, 101)).toEqual(newest(rows, 101));
    expect(store.calls()).toBeLessThanOrEqual(3);
  });

  it('finds them also when those that closed last were requested first', () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => ({
      at: NOW - index * 60_000,
      closedAt: NOW + index,
    }));
    const store = aStore(rows, 400);
    const state = search(store, { need: 101 });
    expect(state.found.length).toBeGreaterThan(0);
    const told = newest(state.found, state.found.length);
    expect(told).toEqual(newest(rows, told.length));
    expect(store.calls()).toBeLessThanOrEqual(8);
  });

  it('tells what is certain, and from where on it is not, when it is cut short', () => {
    const rows = aTypicalStore(5_000);
    // Almost nothing is wanted, so that most of the store has to be looked at.
    const store = aStore(rows, 100, ({ at }) => at % 1_000 === 0);
    const state = search(store, { need: 50, most: 8 });
    const { restTo } = state;
    if (restTo === undefined) throw new Error('it was to be cut short');
    expect(restTo).toBeLessThan(NOW);
    const certain = rows.filter(({ at }) => at % 1_000 === 0 && at > restTo);
    expect(newest(state.found, 5_000)).toEqual(newest(certain, 5_000));
  });

  it('gives up, and says so, when one millisecond holds more than can be told', () => {
    const rows = Array.from({ length: 50 }, () => ({ at: NOW }));
    const store = aStore(rows, 10);
    const state = search(store, { need: 5, span: { from: 0, to: NOW } });
    expect(state).toMatchObject({ span: undefined, restTo: NOW, found: [] });
  });

  it('asks nothing about a span that is empty', () => {
    expect(beginNewestSearch({ from: 2, to: 1 }, 5)).toMatchObject({ span: undefined, restTo: undefined });
  });

  it('is right about any rows in any order: what it tells are all there are after the place up to which it knows', () => {
    const row = fc.record({
      at: fc.integer({ min: 0, max: 200 }),
      closedAt: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 120 }),
        fc.integer({ min: 2, max: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 2, max: 5 }),
        (rows, perCall, need, modulus) => {
          const isWanted = ({ at }: Row): boolean => at % modulus !== 0;
          const store = aStore(rows as readonly Row[], perCall, isWanted);
          const span = { from: 10, to: 180 };
          const state = search(store, { need, span, most: 200 });
          const rest = state.restTo ?? span.from - 1;
          const all = rows.filter(({ at }) => at >= 10 && at <= 180 && at > rest);
          expect(newest(state.found, 200)).toEqual(newest((all as Row[]).filter(isWanted), 200));
          // It ends early only in a millisecond that is too full.
          const isStuck = rows.filter(({ at }) => at === rest).length >= perCall;
          expect(state.restTo === undefined || state.found.length >= need || isStuck).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
