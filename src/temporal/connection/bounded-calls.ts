import type { Connection } from '@temporalio/client';

/** Calls to Temporal over one connection, each with an end. */
export interface BoundedCalls {
  /** Runs a call, all of whose RPCs have to end by the deadline; rejects when its time is up. */
  within<T>(deadlineMs: number, call: () => Promise<T>): Promise<T>;
  /**
   * Resolves when no call is under way any more, abandoned ones included: a connection that is closed under a call that is
   * about to be tried again ends the process. Bounded by the deadlines of the calls.
   */
  drained(): Promise<void>;
}

const TIMER_MARGIN_MS = 100;

export function createBoundedCalls(connection: Pick<Connection, 'withDeadline'>): BoundedCalls {
  const underWay = new Set<Promise<unknown>>();

  function track<T>(call: Promise<T>): Promise<T> {
    underWay.add(call);
    const forget = (): boolean => underWay.delete(call);
    call.then(forget, forget);
    return call;
  }

  return {
    within: async (deadlineMs, call) =>
      withTimer(deadlineMs, track(connection.withDeadline(Date.now() + deadlineMs, call))),
    drained: async () => void (await Promise.allSettled(underWay)),
  };
}

/** Ends the wait for a call when its time is up: the SDK notices a deadline only when it tries again. */
async function withTimer<T>(deadlineMs: number, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the deadline has passed')), deadlineMs + TIMER_MARGIN_MS);
  });
  try {
    return await Promise.race([call, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
