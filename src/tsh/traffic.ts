import {
  circuitWaitMs,
  CLOSED_CIRCUIT,
  enterCircuit,
  recordAttempt,
  type AttemptResult,
  type Circuit,
} from './circuit.js';
import { beginRateLimit, enterRateLimit, promiseTurn, rateWaitMs } from './rate-limit.js';

export type { AttemptResult } from './circuit.js';

export type Entry =
  /** Go ahead, and tell how it ended; only the first word counts. */
  | { readonly ok: true; readonly done: (result: AttemptResult) => void }
  /** Not now. Nothing is queued: come back, durably, after `retryInMs`. */
  | { readonly ok: false; readonly retryInMs: number; readonly reason: 'rate' | 'circuit' };

/** The way to the hub, of this process: how many requests go out, and whether any do (design 5.1). */
export interface Traffic {
  tryEnter(): Entry;
}

export interface TrafficOptions {
  /** Off when absent. */
  readonly maxRequestsPerSecond?: number | undefined;
  /** Milliseconds that never run backwards. */
  readonly clock?: () => number;
  /** For a log line: the first thing to know when nothing goes out. */
  readonly onCircuitChange?: (state: Circuit['kind']) => void;
}

/**
 * Whom an open circuit has sent away comes back one after the other, so many in a second: neither all at the instant of the
 * next trial, nor all at once to a hub that has just come up, nor every few seconds to a Temporal that has to carry thousands.
 */
const RETURNS_PER_SECOND = 20;

export function createTraffic({
  maxRequestsPerSecond,
  clock = () => performance.now(),
  onCircuitChange,
}: TrafficOptions = {}): Traffic {
  let circuit = CLOSED_CIRCUIT;
  let returns = beginRateLimit(RETURNS_PER_SECOND);
  let rate = maxRequestsPerSecond === undefined ? undefined : beginRateLimit(maxRequestsPerSecond);

  function record(result: AttemptResult): void {
    const before = circuit.kind;
    circuit = recordAttempt(circuit, result, clock());
    if (circuit.kind !== before) onCircuitChange?.(circuit.kind);
  }

  return {
    tryEnter() {
      const now = clock();
      const waitMs = circuitWaitMs(circuit, now);
      if (waitMs > 0) {
        const turn = promiseTurn(returns, now + waitMs);
        returns = turn.rate;
        return { ok: false, retryInMs: Math.ceil(waitMs + turn.waitMs), reason: 'circuit' };
      }
      // The rate comes second, so that a refusal by it does not use up a trial.
      if (rate !== undefined && rateWaitMs(rate, now) > 0) {
        const turn = promiseTurn(rate, now);
        rate = turn.rate;
        return { ok: false, retryInMs: Math.ceil(turn.waitMs), reason: 'rate' };
      }
      circuit = enterCircuit(circuit, now);
      if (rate !== undefined) rate = enterRateLimit(rate, now);
      let isDone = false;
      return {
        ok: true,
        done(result) {
          if (isDone) return;
          isDone = true;
          record(result);
        },
      };
    },
  };
}
