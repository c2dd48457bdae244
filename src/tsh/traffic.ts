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
  /** A number from 0 to below 1. */
  readonly chance?: () => number;
  /** For a log line: the first thing to know when nothing goes out. */
  readonly onCircuitChange?: (state: Circuit['kind']) => void;
}

/**
 * Over this span those come back whom an open circuit has sent away: not all at the instant of the next trial, and not all
 * at once to a hub that has just come up.
 */
const CIRCUIT_SPREAD_MS = 10_000;

export function createTraffic({
  maxRequestsPerSecond,
  clock = () => performance.now(),
  chance = Math.random,
  onCircuitChange,
}: TrafficOptions = {}): Traffic {
  let circuit = CLOSED_CIRCUIT;
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
        const retryInMs = Math.ceil(waitMs + chance() * CIRCUIT_SPREAD_MS);
        return { ok: false, retryInMs, reason: 'circuit' };
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
