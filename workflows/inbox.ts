import type { Arrival, VirtualCardChange } from '../src/domain/change.js';
import { now } from './clock.js';

/**
 * What a workflow knows, with the callbacks that came since anybody looked at it. Temporal hands over thousands in one task,
 * which has five seconds: to take one in costs the same whatever is known already, and whoever looks has all of them
 * recorded at once, before anything else that happens.
 */
export interface Inbox<State> {
  /** All that is known, to the last callback. To write it is to say what happened since. */
  state: State;
  /** The same for a query, which must leave no trace: it is not there when the history is replayed. */
  peek(): State;
  put(change: VirtualCardChange): void;
  /** Says what was so before all that has come and was not looked at yet. */
  precede(what: (state: State) => State): void;
  /** Another value whenever there is something new. To ask costs nothing, for the SDK asks after every single signal. */
  version(): number;
}

export function createInbox<State>(
  begun: State,
  record: (state: State, arrivals: readonly Arrival[]) => State,
): Inbox<State> {
  let state = begun;
  let arrived: Arrival[] = [];
  let version = 0;
  return {
    get state() {
      if (arrived.length > 0) {
        const arrivals = arrived;
        arrived = [];
        state = record(state, arrivals);
      }
      return state;
    },
    set state(next) {
      version += 1;
      state = next;
    },
    peek: () => (arrived.length === 0 ? state : record(state, arrived)),
    precede: (what) => {
      version += 1;
      state = what(state);
    },
    put: (change) => {
      version += 1;
      arrived.push({ change, at: now() });
    },
    version: () => version,
  };
}
