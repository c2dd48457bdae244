/** An instant that something waits for; milliseconds since 1970. */
export interface Wake {
  readonly at: number;
  /** What the wait ends with, for people who look at the timer. */
  readonly reason: string;
}

/** What a workflow has to do next: which of its effects are due, and until when it waits otherwise. */
export type Agenda<Effect extends string> = Readonly<Record<Effect, boolean>> & {
  /** Work is under way that nobody wants any more. */
  readonly stop: boolean;
  /** Nothing to do before this instant unless something arrives. */
  readonly wake: Wake | undefined;
  /** Nothing is left to do: the workflow may close. */
  readonly isOver: boolean;
};

/** What the driver of a workflow tells its machine. */
export type DriverEvent<Effect extends string> =
  /** It is later than it was. Safe to tell at any time. */
  | { readonly kind: 'time' }
  /** An effect that was due is under way. */
  | { readonly kind: 'begun'; readonly effect: Effect }
  /** This run is about to continue as new: what is under way ends first, and nothing new begins. */
  | { readonly kind: 'handing-over' };

/** What is known of one run of a workflow only. It does not cross continue-as-new. */
export interface ThisRun {
  readonly isHandingOver?: true;
  /**
   * Whether this run was reset by hand, so that more may have been sent than it knows (design 5.1). Absent: nobody has had to
   * know yet.
   */
  readonly reset?: 'asked' | 'known';
}

/** A run has learned whether it was reset. */
export interface ResetKnown {
  readonly kind: 'reset-known';
  readonly wasReset: boolean;
}

interface OfThisRun {
  readonly thisRun?: ThisRun | undefined;
}

export function handingOver<T extends OfThisRun>(state: T): T {
  return { ...state, thisRun: { ...state.thisRun, isHandingOver: true } };
}

export function withReset<T extends OfThisRun>(state: T, reset: 'asked' | 'known'): T {
  return { ...state, thisRun: { ...state.thisRun, reset } };
}

export function isHandingOver({ thisRun }: OfThisRun): boolean {
  return thisRun?.isHandingOver === true;
}

export function isResetKnown({ thisRun }: OfThisRun): boolean {
  return thisRun?.reset === 'known';
}

export function isResetUnasked({ thisRun }: OfThisRun): boolean {
  return thisRun?.reset === undefined;
}

/** The state as the next run gets it. */
export function forNextRun<T extends OfThisRun>({ thisRun: _thisRun, ...state }: T): Omit<T, 'thisRun'> {
  return state;
}

/** The first of several instants; of equal ones the one that is named first. */
export function firstOf(
  ...candidates: { readonly at: number | undefined; readonly reason: string }[]
): Wake | undefined {
  const first = earliest(...candidates.map(({ at }) => at));
  return candidates.find(
    (candidate): candidate is Wake => candidate.at !== undefined && candidate.at === first,
  );
}

export function earliest(...instants: (number | undefined)[]): number | undefined {
  const known = instants.filter((instant) => instant !== undefined);
  // Not spread into Math.min: a card may have thousands of tokens.
  return known.length === 0 ? undefined : known.reduce((least, instant) => Math.min(least, instant));
}
