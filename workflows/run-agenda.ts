import type { Agenda, DriverEvent, Wake } from '../src/domain/operation/agenda.js';
import type { Arrival, VirtualCardChange } from '../src/domain/hub/change.js';

/** The rules by which a workflow goes on: pure functions, with the time as an argument. */
export interface Machine<State, Event, Effect extends string> {
  readonly evolve: (state: State, event: Event | DriverEvent<Effect>, now: number) => State;
  /** Records callbacks in the order in which they came: thousands of them may come in one task, which has five seconds. */
  readonly receive: (state: State, arrivals: readonly Arrival[]) => State;
  readonly agendaOf: (state: State, now: number) => Agenda<Effect>;
  /** Nothing is shown as the end of a workflow that is not yet stored. */
  readonly isSettled: (state: State) => boolean;
}

/** An effect that has begun. */
export interface UnderWay<Event> {
  /** What it came to. It never fails. */
  readonly ended: Promise<Event>;
  /** Asks it to end, once. */
  readonly stop?: () => void;
}

export type Effects<State, Event, Effect extends string> = {
  readonly [Name in Effect]: (state: State) => UnderWay<Event>;
};

/** What people see of a workflow without asking it. */
export interface Display<State> {
  /** Whether something has changed that is to be shown now. */
  readonly isOutdated: (state: State, now: number) => boolean;
  /** Until when to wait, where the display has something to show later. */
  readonly wakeOf?: (state: State, wake: Wake | undefined) => Wake | undefined;
  readonly show: (state: State, now: number, isEnd: boolean) => void;
}

/** What the driver needs of Temporal: a test plays it in virtual time. */
export interface Runtime<State> {
  readonly now: () => number;
  /** Waits until the predicate holds. It is asked after every signal, so it has to be cheap. */
  readonly until: (predicate: () => boolean) => Promise<void>;
  readonly startTimer: (
    ms: number,
    summary: string,
  ) => {
    readonly hasFired: () => boolean;
    readonly cancel: () => void;
  };
  /** Whether Temporal wants the run to be replaced. */
  readonly isHistoryLong: () => boolean;
  readonly areHandlersFinished: () => boolean;
  /** Never returns. */
  readonly continueAsNew: (state: State) => Promise<never>;
}

export interface Driver<State, Event> {
  /** All that is known, to the last callback. */
  readonly present: () => State;
  /** What had been recorded when somebody looked last: asking costs nothing. */
  readonly known: () => State;
  /** All that is known, for a query, which must leave no trace: it is not there when the history is replayed. */
  readonly peek: () => State;
  /** Records what has happened, after all callbacks that came before. */
  readonly tell: (event: Event) => State;
  /** Takes callbacks in at once; they are recorded when somebody looks. `signals`: how many brought them. */
  readonly take: (changes: readonly VirtualCardChange[], signals: number) => void;
  /** Drives the workflow to its end. */
  readonly run: () => Promise<State>;
}

/** The server allows 10,000 signals in a run; long before that a run is replaced by a new one. */
const SIGNALS_PER_RUN = 1_000;

/**
 * Drives one workflow: begins what is due, waits, hands over to the next run, and ends. It is the only place that waits, so
 * nothing that arrives while it does is lost: whatever has come, the loop begins again with what is known then.
 * @param prepare what is learned before anything else; it counts as known before the callbacks that came meanwhile
 */
export function createDriver<State, Event, Effect extends string>(
  begun: State,
  {
    machine,
    effects,
    display,
    runtime,
    prepare,
  }: {
    readonly machine: Machine<State, Event, Effect>;
    readonly effects: Effects<State, Event, Effect>;
    readonly display: Display<State>;
    readonly runtime: Runtime<State>;
    readonly prepare?: (() => Promise<Event>) | undefined;
  },
): Driver<State, Event> {
  let state = begun;
  let arrived: Arrival[] = [];
  let version = 0;
  let signals = 0;
  let isHandingOver = false;
  let hasWorkEnded = false;
  const underWay = new Map<Effect, { readonly stop?: (() => void) | undefined; isStopped: boolean }>();
  const names = Object.keys(effects) as Effect[];

  const present = (): State => {
    if (arrived.length > 0) {
      const arrivals = arrived;
      arrived = [];
      state = machine.receive(state, arrivals);
    }
    return state;
  };
  const tell = (event: Event | DriverEvent<Effect>): State => {
    version += 1;
    state = machine.evolve(present(), event, runtime.now());
    return state;
  };
  const agenda = (): Agenda<Effect> => machine.agendaOf(present(), runtime.now());
  const dueOf = (now: Agenda<Effect>): Effect[] => names.filter((name) => now[name] && !underWay.has(name));
  const isTooLong = (): boolean => signals >= SIGNALS_PER_RUN || runtime.isHistoryLong();
  const isStopDue = ({ stop }: Agenda<Effect>): boolean =>
    stop && [...underWay.values()].some((work) => work.stop !== undefined && !work.isStopped);

  const begin = (name: Effect): void => {
    const { ended, stop } = effects[name](tell({ kind: 'begun', effect: name }));
    underWay.set(name, { stop, isStopped: false });
    void ended.then((event) => {
      underWay.delete(name);
      hasWorkEnded = true;
      tell(event);
    });
  };
  const stopAll = (): void => {
    for (const work of underWay.values()) {
      if (!work.isStopped) work.stop?.();
      work.isStopped = true;
    }
  };
  const show = (isEnd: boolean): void => {
    if (isEnd || !machine.isSettled(present())) display.show(present(), runtime.now(), isEnd);
  };
  const untilNews = async (orElse: () => boolean): Promise<void> => {
    const seen = version;
    await runtime.until(() => version !== seen || orElse());
  };

  const wakeOf = ({ wake }: Agenda<Effect>): Wake | undefined =>
    machine.isSettled(present()) ? wake : (display.wakeOf?.(present(), wake) ?? wake);
  let timer: (Wake & ReturnType<Runtime<State>['startTimer']>) | undefined;
  /** A timer that fires too early costs one look; a new one for each arrival would cost two events. */
  const setTimer = (wake: Wake | undefined): void => {
    const isKept =
      wake !== undefined && timer?.reason === wake.reason && timer.at <= wake.at && !timer.hasFired();
    if (isKept) return;
    timer?.cancel();
    timer = undefined;
    if (wake === undefined) return;
    const started = runtime.startTimer(Math.max(wake.at - runtime.now(), 1), wake.reason);
    timer = { ...wake, ...started };
  };
  const hasTimerFired = (): boolean => timer?.hasFired() === true;
  const isSomethingDue = (waitsFor: Wake | undefined): boolean => {
    const now = agenda();
    return (
      hasWorkEnded ||
      now.isOver ||
      dueOf(now).length > 0 ||
      isStopDue(now) ||
      (!machine.isSettled(present()) && display.isOutdated(present(), runtime.now())) ||
      wakeOf(now)?.at !== waitsFor?.at ||
      (!isHandingOver && isTooLong()) ||
      isReadyToHandOver()
    );
  };
  const isReadyToHandOver = (): boolean =>
    isHandingOver && underWay.size === 0 && runtime.areHandlersFinished();
  const untilSomethingIsDue = async (wake: Wake | undefined): Promise<void> => {
    setTimer(wake);
    while (!hasTimerFired() && !isSomethingDue(wake)) {
      await untilNews(() => hasTimerFired() || (isHandingOver ? isReadyToHandOver() : isTooLong()));
    }
  };

  return {
    present,
    known: () => state,
    peek: () => (arrived.length === 0 ? state : machine.receive(state, arrived)),
    tell,
    take: (changes, count) => {
      version += 1;
      signals += Math.max(count, 1);
      for (const change of changes) arrived.push({ change, at: runtime.now() });
    },
    run: async () => {
      if (prepare !== undefined) {
        const event = await prepare();
        version += 1;
        state = machine.evolve(state, event, runtime.now());
      }
      for (;;) {
        hasWorkEnded = false;
        tell({ kind: 'time' });
        const now = agenda();
        if (now.isOver) {
          // What comes while somebody is still being answered may open it again.
          if (!runtime.areHandlersFinished()) await untilNews(runtime.areHandlersFinished);
          else {
            show(true);
            return present();
          }
          continue;
        }
        if (isTooLong() && !isHandingOver) {
          isHandingOver = true;
          tell({ kind: 'handing-over' });
          continue;
        }
        if (now.stop) stopAll();
        const due = dueOf(now);
        for (const name of due) begin(name);
        show(false);
        if (due.length === 0 && isReadyToHandOver()) await runtime.continueAsNew(present());
        await untilSomethingIsDue(wakeOf(agenda()));
      }
    },
  };
}
