// The driver by itself, with a machine that does what a test says: how it waits, and what a wait costs.
import type { Agenda, DriverEvent, Wake } from '../../../src/domain/operation/agenda.js';
import { aChange } from '../../support/builders.js';
import { VirtualRun, type Played } from '../../support/virtual/virtual-time.js';

interface Known {
  readonly heard: readonly string[];
  readonly batches: number;
  readonly worked: number;
}
type Event = { readonly kind: 'worked' } | { readonly kind: 'told'; readonly what: string };
type Effect = 'work';

const NOTHING: Known = { heard: [], batches: 0, worked: 0 };
const DEADLINE: Wake = { at: 60_000, reason: 'soft deadline' };

let clock: { now: number };
let isHandingOver: boolean;
beforeEach(() => {
  clock = { now: 1_000 };
  isHandingOver = false;
});

function played(
  agendaOf: (known: Known) => Partial<Agenda<Effect>>,
  overrides: Partial<Played<Known, Event, Effect>> = {},
): Played<Known, Event, Effect> {
  return {
    machine: {
      evolve: (known: Known, event: Event | DriverEvent<Effect>): Known => {
        if (event.kind === 'told') return { ...known, heard: [...known.heard, event.what] };
        if (event.kind === 'worked') return { ...known, worked: known.worked + 1 };
        if (event.kind === 'handing-over') isHandingOver = true;
        return known;
      },
      receive: (known, arrivals) => ({
        ...known,
        batches: known.batches + 1,
        heard: [...known.heard, ...arrivals.map(({ change, at }) => `${change.virtualCardId} at ${at}`)],
      }),
      agendaOf: (known) => ({ work: false, stop: false, wake: DEADLINE, isOver: false, ...agendaOf(known) }),
      isSettled: () => false,
    },
    effects: ['work'],
    ...overrides,
  };
}

async function begin(...args: Parameters<typeof played>): Promise<VirtualRun<Known, Event, Effect>> {
  const run = new VirtualRun(NOTHING, played(...args), clock);
  await run.settle();
  return run;
}

const hear = (run: VirtualRun<Known, Event, Effect>, virtualCardId: string): void =>
  run.hear(aChange({ virtualCardId }));

describe('callbacks that come', () => {
  it('are recorded all together when somebody looks, in their order and each with its own instant', async () => {
    const run = await begin(() => ({}));
    hear(run, 'a');
    clock.now = 2_000;
    hear(run, 'b');
    expect(run.driver.known()).toEqual(NOTHING);
    clock.now = 3_000;
    expect(run.driver.present()).toEqual({ heard: ['a at 1000', 'b at 2000'], batches: 1, worked: 0 });
    expect(run.driver.present().batches).toBe(1);
  });

  it('are recorded before whatever happens after them', async () => {
    const run = await begin(() => ({}));
    hear(run, 'a');
    run.driver.tell({ kind: 'told', what: 'a cancellation' });
    hear(run, 'b');
    expect(run.driver.present().heard).toEqual(['a at 1000', 'a cancellation', 'b at 1000']);
  });

  it('are recorded after what was so before them, although a query has asked: it leaves no trace', async () => {
    let prepared: (event: Event) => void = () => undefined;
    const prepare = async (): Promise<Event> =>
      new Promise((done) => {
        prepared = done;
      });
    const run = await begin(() => ({}), { prepare });
    hear(run, 'a');
    expect(run.driver.peek().heard).toEqual(['a at 1000']);
    expect(run.driver.known().heard).toEqual([]);
    prepared({ kind: 'told', what: 'the snapshot' });
    await run.settle();
    expect(run.driver.present().heard).toEqual(['the snapshot', 'a at 1000']);
  });
});

describe('a workflow that waits for what is due', () => {
  it('looks once at nine hundred callbacks of one task, and goes on waiting with the same timer', async () => {
    const run = await begin(({ heard }) => ({ isOver: heard.length > 900 }));
    const before = run.awakenings;
    for (let count = 0; count < 900; count += 1) {
      hear(run, 'a');
      run.askConditions();
    }
    await run.settle();
    expect(run.driver.known()).toMatchObject({ batches: 1 });
    expect({ awakenings: run.awakenings - before, ended: run.ended }).toEqual({
      awakenings: 1,
      ended: undefined,
    });
    hear(run, 'a');
    await run.settle();
    expect(run.ended?.heard).toHaveLength(901);
    expect(run.timers).toMatchObject([{ summary: 'soft deadline' }]);
  });

  it('does not wait for what is due already', async () => {
    expect((await begin(() => ({ isOver: true }))).ended).toEqual(NOTHING);
  });

  it('I3: goes on at the instant that it waits for', async () => {
    const run = await begin(() => ({ isOver: clock.now >= DEADLINE.at }));
    expect(run.ended).toBeUndefined();
    run.fire();
    await run.settle();
    expect(run.ended).toEqual(NOTHING);
  });

  it('keeps a timer that comes too early: each arrival moves the end of the quiet, and none costs a timer', async () => {
    const run = await begin(({ heard }) => ({
      wake: { at: 60_000 + heard.length, reason: 'until it is quiet' },
    }));
    for (let count = 0; count < 50; count += 1) {
      hear(run, 'a');
      await run.settle();
    }
    expect(run.timers).toHaveLength(1);
    run.fire();
    await run.settle();
    expect(run.running()).toMatchObject([{ at: 60_050 }]);
  });

  it('takes another timer for something sooner, and for something else', async () => {
    const run = await begin(({ heard }) => ({
      wake: [DEADLINE, { at: 30_000, reason: 'soft deadline' }, { at: 60_000, reason: 'next reading' }][
        heard.length
      ],
    }));
    hear(run, 'a');
    await run.settle();
    expect(run.running()).toMatchObject([{ at: 30_000, summary: 'soft deadline' }]);
    hear(run, 'a');
    await run.settle();
    expect(run.running()).toMatchObject([{ at: 60_000, summary: 'next reading' }]);
    expect(run.running()).toHaveLength(1);
  });

  it('begins an effect once, and again only when it has ended and is due again', async () => {
    const run = await begin(({ worked }) => ({ work: worked < 2 }));
    hear(run, 'a');
    await run.settle();
    expect(run.begun).toHaveLength(1);
    run.end(run.theEffect(), { kind: 'worked' });
    await run.settle();
    expect(run.begun).toHaveLength(2);
    run.end(run.theEffect(), { kind: 'worked' });
    await run.settle();
    expect({ begun: run.begun.length, underWay: run.underWay }).toEqual({ begun: 2, underWay: [] });
  });

  it('stops an effect once that nobody wants any more', async () => {
    const run = await begin(({ worked, heard }) => ({ work: worked === 0, stop: heard.length > 0 }));
    expect(run.underWay).toMatchObject([{ stoppedAt: undefined }]);
    hear(run, 'a');
    await run.settle();
    hear(run, 'b');
    await run.settle();
    expect(run.underWay).toMatchObject([{ stoppedAt: 1_000 }]);
  });
});

describe('a run that has grown long', () => {
  it('is one of 1,000 signals, and not before', async () => {
    const run = await begin(() => ({}));
    for (let signal = 1; signal < 1_000; signal += 1) hear(run, 'a');
    await run.settle();
    expect(run.handedOver).toBeUndefined();
    // Typed by hand, and without a value.
    run.driver.take([], 0);
    await run.settle();
    expect(run.handedOver?.heard).toHaveLength(999);
  });

  it.each([DEADLINE, undefined])(
    'I3: continues as new when Temporal suggests it, whatever it waits for: %j',
    async (wake) => {
      const run = await begin(() => ({ wake }));
      run.isHistoryLong = true;
      await run.settle();
      expect(run.handedOver).toEqual(NOTHING);
    },
  );

  it('I5: ends first what is under way, answers who asks, and takes along what comes meanwhile', async () => {
    const run = await begin(({ worked }) => ({ work: worked === 0 && !isHandingOver }));
    let isAnswered = false;
    run.answerOnce(() => isAnswered);
    run.isHistoryLong = true;
    await run.settle();
    expect({ isHandingOver, handedOver: run.handedOver }).toEqual({
      isHandingOver: true,
      handedOver: undefined,
    });
    run.end(run.theEffect(), { kind: 'worked' });
    hear(run, 'a');
    await run.settle();
    expect(run.handedOver).toBeUndefined();
    isAnswered = true;
    await run.settle();
    expect(run.handedOver).toMatchObject({ worked: 1, heard: ['a at 1000'] });
  });

  it('I3: ends instead, when it is over meanwhile', async () => {
    const run = await begin(({ worked }) => ({ work: worked === 0 && !isHandingOver, isOver: worked > 0 }));
    run.isHistoryLong = true;
    await run.settle();
    run.end(run.theEffect(), { kind: 'worked' });
    await run.settle();
    expect(run).toMatchObject({ ended: { worked: 1 }, handedOver: undefined });
  });
});

describe('a workflow that is over', () => {
  it('I5: is so no more when something comes while somebody is still being answered', async () => {
    const run = await begin(({ heard }) => ({ isOver: [1, 3].includes(heard.length) }));
    let isAnswered = false;
    run.answerOnce(() => isAnswered);
    hear(run, 'a');
    await run.settle();
    expect(run.ended).toBeUndefined();
    hear(run, 'b');
    isAnswered = true;
    await run.settle();
    expect(run.ended).toBeUndefined();
    hear(run, 'c');
    await run.settle();
    expect(run.ended?.heard).toHaveLength(3);
  });

  it('does not wait for an effect whose end changes nothing any more', async () => {
    const run = await begin(({ heard }) => ({ work: true, isOver: heard.length > 0 }));
    hear(run, 'a');
    await run.settle();
    expect(run).toMatchObject({ ended: { heard: ['a at 1000'] }, underWay: [{ effect: 'work' }] });
  });
});

describe('what people see', () => {
  it('is what an effect has brought, although nothing else is due', async () => {
    const shown: number[] = [];
    const display = { isOutdated: () => false, show: ({ worked }: Known) => void shown.push(worked) };
    const run = await begin(({ worked }) => ({ work: worked === 0 }), { display });
    run.end(run.theEffect(), { kind: 'worked' });
    await run.settle();
    expect(shown.at(-1)).toBe(1);
  });

  it('is shown when it has changed, and as the end only at the end', async () => {
    const shown: string[] = [];
    let isOutdated = false;
    const display = {
      isOutdated: () => isOutdated,
      show: ({ heard }: Known, _now: number, isEnd: boolean) => {
        isOutdated = false;
        shown.push(`${heard.length}${isEnd ? ' at the end' : ''}`);
      },
    };
    const settled = played(({ heard }) => ({ isOver: heard.length > 1 }), { display });
    const machine = { ...settled.machine, isSettled: ({ heard }: Known) => heard.length > 0 };
    const run = new VirtualRun(NOTHING, { ...settled, machine }, clock);
    await run.settle();
    expect(shown).toEqual(['0']);
    isOutdated = true;
    hear(run, 'a');
    await run.settle();
    expect(shown).toEqual(['0']);
    hear(run, 'b');
    await run.settle();
    expect(shown).toEqual(['0', '2 at the end']);
  });
});
