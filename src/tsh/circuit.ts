/** What an attempt said about the hub. */
export type AttemptResult =
  /** An answer below 500 came, whatever it said: the hub is there. */
  | 'answered'
  /** No answer, or one of 500 and above. That nothing left counts too: the hub could not be reached. */
  | 'failed'
  /** It was not made, or we ended it ourselves: it says nothing. */
  | 'abandoned';

/** Whether requests go out, judged by how the last ones ended (design 5.1). Instants are those of the caller's clock. */
export type Circuit =
  /** Ten failures in a row → open. */
  | { readonly kind: 'closed'; readonly failures: number }
  /** Any answer below 500, of a trial or of an older request → closed. */
  | { readonly kind: 'open'; readonly nextTrialAt: number };

const FAILURES_TO_OPEN = 10;
const TRIAL_INTERVAL_MS = 5_000;

export const CLOSED_CIRCUIT: Circuit = { kind: 'closed', failures: 0 };

/** How long until the next request may go out; 0 for now. */
export function circuitWaitMs(circuit: Circuit, now: number): number {
  return circuit.kind === 'closed' ? 0 : Math.max(0, circuit.nextTrialAt - now);
}

/**
 * The circuit after it has let a request through. A trial is one because of the time, not because another has ended:
 * so a trial that is never heard of again keeps nobody waiting longer than the interval.
 */
export function enterCircuit(circuit: Circuit, now: number): Circuit {
  return circuit.kind === 'closed' ? circuit : { kind: 'open', nextTrialAt: now + TRIAL_INTERVAL_MS };
}

export function recordAttempt(circuit: Circuit, result: AttemptResult, now: number): Circuit {
  switch (result) {
    case 'answered':
      return CLOSED_CIRCUIT;
    case 'abandoned':
      return circuit;
    case 'failed':
      if (circuit.kind === 'open') return circuit;
      return circuit.failures + 1 < FAILURES_TO_OPEN
        ? { kind: 'closed', failures: circuit.failures + 1 }
        : { kind: 'open', nextTrialAt: now + TRIAL_INTERVAL_MS };
  }
}
