// The driver of a workflow, played in virtual time: a test says what happens next, and nothing happens by itself.
import type { VirtualCardChange } from '../../../src/domain/hub/change.js';
import {
  createDriver,
  type Display,
  type Driver,
  type Effects,
  type Machine,
  type Runtime,
} from '../../../workflows/run-agenda.js';

/** An effect that has begun and not ended. */
export interface Begun<State, Event, Effect extends string> {
  readonly effect: Effect;
  /** The state that it began with. */
  readonly state: State;
  stoppedAt: number | undefined;
  readonly end: (event: Event) => void;
}

export interface Timer {
  readonly at: number;
  readonly summary: string;
  hasFired: boolean;
  isCancelled: boolean;
}

interface Blocked {
  readonly isTrue: () => boolean;
  readonly go: () => void;
}

/** What a machine is played with. */
export interface Played<State, Event, Effect extends string> {
  readonly machine: Machine<State, Event, Effect>;
  readonly effects: readonly Effect[];
  readonly display?: Display<State>;
  readonly prepare?: () => Promise<Event>;
}

/** One run of a workflow, until it ends or continues as new. */
export class VirtualRun<State, Event, Effect extends string> {
  readonly driver: Driver<State, Event>;
  readonly timers: Timer[] = [];
  readonly underWay: Begun<State, Event, Effect>[] = [];
  /** Every effect that has begun, in order. */
  readonly begun: { readonly effect: Effect; readonly at: number }[] = [];
  /** How often the loop was woken: each costs the workflow a look at everything. */
  awakenings = 0;
  isHistoryLong = false;
  openHandlers = 0;
  ended: State | undefined;
  /** What the next run begins with. */
  handedOver: State | undefined;
  private blocked: Blocked[] = [];

  constructor(
    begun: State,
    { machine, effects, display, prepare }: Played<State, Event, Effect>,
    readonly clock: { now: number },
  ) {
    const runtime: Runtime<State> = {
      now: () => clock.now,
      until: async (isTrue) => this.until(isTrue),
      startTimer: (ms, summary) => this.startTimer(ms, summary),
      isHistoryLong: () => this.isHistoryLong,
      areHandlersFinished: () => this.openHandlers === 0,
      continueAsNew: async (state) => {
        this.handedOver = state;
        return new Promise<never>(() => undefined);
      },
    };
    const begin = Object.fromEntries(
      effects.map((effect) => [effect, (state: State) => this.begin(effect, state)]),
    ) as unknown as Effects<State, Event, Effect>;
    const nothing: Display<State> = { isOutdated: () => false, show: () => undefined };
    this.driver = createDriver(begun, {
      machine,
      effects: begin,
      display: display ?? nothing,
      runtime,
      prepare,
    });
    void this.driver.run().then((state) => {
      this.ended = state;
    });
  }

  get isClosed(): boolean {
    return this.ended !== undefined || this.handedOver !== undefined;
  }

  /** Everything that has become possible happens, as in one workflow task. */
  async settle(): Promise<void> {
    for (;;) {
      await new Promise((wake) => setImmediate(wake));
      const free = this.blocked.filter(({ isTrue }) => isTrue());
      if (free.length === 0) return;
      this.blocked = this.blocked.filter((one) => !free.includes(one));
      this.awakenings += free.length;
      for (const { go } of free) go();
    }
  }

  /** What the SDK does after every single job of a task. */
  askConditions(): void {
    for (const { isTrue } of this.blocked) isTrue();
  }

  hear(change: VirtualCardChange): void {
    this.driver.take([change], 1);
  }

  /** Somebody asks, and is answered once that holds. */
  answerOnce(isAnswered: () => boolean): void {
    this.openHandlers += 1;
    void this.until(isAnswered).then(() => {
      this.openHandlers -= 1;
    });
  }

  /** The one effect that is under way. */
  theEffect(): Begun<State, Event, Effect> {
    const [only] = this.underWay;
    if (only === undefined) throw new Error('nothing is under way');
    return only;
  }

  end(effect: Begun<State, Event, Effect>, event: Event): void {
    this.underWay.splice(this.underWay.indexOf(effect), 1);
    effect.end(event);
  }

  /** The timers that run, the next one first. */
  running(): readonly Timer[] {
    return this.timers
      .filter(({ hasFired, isCancelled }) => !hasFired && !isCancelled)
      .sort((left, right) => left.at - right.at);
  }

  /** The next timer passes. */
  fire(timer = this.running()[0]): void {
    if (timer === undefined) throw new Error('no timer runs');
    this.clock.now = Math.max(this.clock.now, timer.at);
    timer.hasFired = true;
  }

  private async until(isTrue: () => boolean): Promise<void> {
    return new Promise<void>((go) => {
      if (isTrue()) go();
      else this.blocked.push({ isTrue, go });
    });
  }

  private startTimer(ms: number, summary: string): ReturnType<Runtime<State>['startTimer']> {
    const timer: Timer = { at: this.clock.now + ms, summary, hasFired: false, isCancelled: false };
    this.timers.push(timer);
    return {
      hasFired: () => timer.hasFired,
      cancel: () => {
        timer.isCancelled = true;
      },
    };
  }

  private begin(effect: Effect, state: State): { ended: Promise<Event>; stop: () => void } {
    if (this.underWay.some((other) => other.effect === effect)) throw new Error(`${effect} twice at a time`);
    this.begun.push({ effect, at: this.clock.now });
    let begun: Begun<State, Event, Effect> | undefined;
    const ended = new Promise<Event>((end) => {
      begun = { effect, state, stoppedAt: undefined, end };
      this.underWay.push(begun);
    });
    return {
      ended,
      stop: () => {
        if (begun === undefined || begun.stoppedAt !== undefined)
          throw new Error(`${effect} is stopped twice`);
        begun.stoppedAt = this.clock.now;
      },
    };
  }
}
