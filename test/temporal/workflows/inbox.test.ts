// Thousands of signals may come in one task of five seconds: taking one in costs nothing, and what is due is looked at once.
import type { Arrival } from '../../../src/domain/change.js';
import { untilDue } from '../../../workflows/condition-until.js';
import { createInbox, type Inbox } from '../../../workflows/inbox.js';
import { createRunLength, type RunLength } from '../../../workflows/run-length.js';
import { aChange } from '../../support/builders.js';

/** The conditions that the workflow waits for; Temporal tests them after every job of a task. */
const blocked: { isTrue: () => boolean; go: () => void }[] = [];
/** The timers that run, by their ends. */
const timers: { passes: () => void; isCancelled: boolean; summary: string }[] = [];
jest.mock('@temporalio/workflow', () => ({
  workflowInfo: () => ({ continueAsNewSuggested: false }),
  condition: async (isTrue: () => boolean) =>
    new Promise<void>((go) => {
      if (isTrue()) go();
      else blocked.push({ isTrue, go });
    }),
  sleep: async (_ms: number, { summary }: { summary: string }) =>
    new Promise<void>((passes) => timers.push({ passes, isCancelled: false, summary })),
  CancellationScope: class {
    run = async (work: () => Promise<void>): Promise<void> => work();
    cancel = (): void => {
      for (const timer of timers) timer.isCancelled = true;
    };
  },
}));

function testConditions(): void {
  for (const one of blocked.filter(({ isTrue }) => isTrue())) {
    blocked.splice(blocked.indexOf(one), 1);
    one.go();
  }
}
/** Everything that has become possible happens, as at the end of a task. */
async function settle(): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    await new Promise((wake) => setImmediate(wake));
    testConditions();
  }
}

let now = 1_000;
let batches: (readonly Arrival[])[];
let inbox: Inbox<readonly string[]>;
let run: RunLength;
beforeEach(() => {
  blocked.length = 0;
  timers.length = 0;
  batches = [];
  now = 1_000;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  run = createRunLength();
  inbox = createInbox<readonly string[]>([], (known, arrivals) => {
    batches.push(arrivals);
    return [...known, ...arrivals.map(({ change }) => change.virtualCardId)];
  });
});
afterEach(() => jest.restoreAllMocks());

const ids = (): (string | number)[][] =>
  batches.map((batch) => batch.map(({ change: { virtualCardId }, at }) => `${virtualCardId} at ${at}`));

describe('callbacks that come', () => {
  it('are recorded all together when somebody looks, in their order and each with its own instant', () => {
    inbox.put(aChange({ virtualCardId: 'a' }));
    now = 2_000;
    inbox.put(aChange({ virtualCardId: 'b' }));
    expect(batches).toEqual([]);
    now = 3_000;
    expect(inbox.state).toEqual(['a', 'b']);
    expect(inbox.state).toEqual(['a', 'b']);
    expect(ids()).toEqual([['a at 1000', 'b at 2000']]);
  });

  it('are recorded before whatever happens after them', () => {
    inbox.put(aChange({ virtualCardId: 'a' }));
    inbox.state = [...inbox.state, 'a cancellation'];
    inbox.put(aChange({ virtualCardId: 'b' }));
    expect(inbox.state).toEqual(['a', 'a cancellation', 'b']);
  });

  it('are recorded after what was so before them, although a query has asked: it leaves no trace', () => {
    inbox.put(aChange({ virtualCardId: 'a' }));
    expect(inbox.peek()).toEqual(['a']);
    inbox.precede((begun) => [...begun, 'the snapshot']);
    expect(inbox.peek()).toEqual(['the snapshot', 'a']);
    expect(inbox.state).toEqual(['the snapshot', 'a']);
  });
});

describe('a workflow that waits for what is due', () => {
  const WAKE = { at: 60_000, reason: 'soft deadline' };
  let looks: number;
  let isOver: boolean;
  const wait = (wake: typeof WAKE | undefined, isEnough: (known: readonly string[]) => boolean): void => {
    looks = 0;
    isOver = false;
    const isDue = (): boolean => {
      looks += 1;
      return isEnough(inbox.state);
    };
    void untilDue(wake, { version: () => inbox.version(), isDue, run }).then(() => {
      isOver = true;
    });
  };
  const hear = (count: number): void => {
    for (let heard = 0; heard < count; heard += 1) {
      inbox.put(aChange());
      testConditions();
    }
  };

  it('looks once for nine hundred callbacks of one task, and goes on waiting with the same timer', async () => {
    wait(WAKE, (known) => known.length > 900);
    hear(900);
    await settle();
    expect({ looks, batches: batches.length, isOver }).toEqual({ looks: 2, batches: 1, isOver: false });
    hear(1);
    await settle();
    expect({ looks, isOver }).toEqual({ looks: 3, isOver: true });
    expect(timers).toMatchObject([{ isCancelled: true, summary: 'soft deadline' }]);
  });

  it('does not wait for what is due already', async () => {
    wait(WAKE, () => true);
    await settle();
    expect(isOver).toBe(true);
  });

  it.each([WAKE, undefined])('I3: goes on when the run is too long, until %j', async (wake) => {
    wait(wake, () => false);
    for (let signal = 0; signal < 1_000; signal += 1) run.noteSignal();
    await settle();
    expect(isOver).toBe(true);
  });

  it('I3: goes on at the instant that it waits for', async () => {
    wait(WAKE, () => false);
    await settle();
    expect(isOver).toBe(false);
    timers[0]?.passes();
    await settle();
    expect(isOver).toBe(true);
  });
});
