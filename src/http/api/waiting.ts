import type { Response } from 'express';

import type { OperationView } from '../../domain/report/report.js';
import type { Gateway, OperationRef } from '../../application/gateway.js';

export interface WaitingDependencies {
  readonly gateway: Pick<Gateway, 'waitForOperation'>;
  /** How many requests may wait at the same time in this process. */
  readonly maxConcurrentWaits: number;
  /** Aborted when the service is about to stop: whoever waits is answered at once. */
  readonly closing: AbortSignal | undefined;
}

/** `refused`: too many are waiting already, or we are about to stop; answer with what is known now. */
export type WaitResult =
  { readonly kind: 'waited'; readonly operation: OperationView | undefined } | { readonly kind: 'refused' };

export type WaitUntilFinal = (
  ref: OperationRef,
  waitSeconds: number,
  response: Response,
) => Promise<WaitResult>;

/**
 * Waiting for an operation on behalf of a client. The wait ends with the operation, the time, the client or this
 * service, whichever is first.
 */
export function createWaiting({ gateway, maxConcurrentWaits, closing }: WaitingDependencies): WaitUntilFinal {
  let waiting = 0;
  return async (ref, waitSeconds, response) => {
    if (waiting >= maxConcurrentWaits || closing?.aborted === true) return { kind: 'refused' };
    const ending = new AbortController();
    const end = () => ending.abort();
    waiting += 1;
    response.once('close', end);
    // Not AbortSignal.any: on Node 20 it keeps every signal for as long as `closing` lives.
    closing?.addEventListener('abort', end, { once: true });
    if (response.closed) end(); // The client may have gone before this line.
    try {
      const wait = { waitMs: waitSeconds * 1000, signal: ending.signal };
      return { kind: 'waited', operation: await gateway.waitForOperation(ref, wait) };
    } finally {
      waiting -= 1;
      response.off('close', end);
      closing?.removeEventListener('abort', end);
    }
  };
}
