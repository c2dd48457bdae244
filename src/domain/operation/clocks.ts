import type { OperationRequest } from '../report/report.js';

/** Two clocks that differ by no more than this count as one. */
const AGREEMENT_MS = 1_000;

/** The time while an attempt is made. Instants are milliseconds since 1970. */
export interface AttemptTime {
  /** By the clock of the machine that makes it. */
  readonly own: number;
  /** By Temporal's clock it is this late, and later by what the attempt had to wait for a worker. */
  readonly atLeast: number;
}

/** An attempt of an activity that is under way. */
export interface AttemptRef {
  readonly workflowId: string;
  readonly runId: string;
  readonly activityId: string;
}

/** The machine's clock is behind Temporal's, so it does not tell how long something has waited. */
export function isBehind({ own, atLeast }: AttemptTime): boolean {
  return own < atLeast - AGREEMENT_MS;
}

/**
 * The request by Temporal's clock. Whoever started the operation wrote its instants down by a clock of its own: what that
 * says of the time of the request is kept while it agrees, and else the deadlines are counted from the start.
 * @param startedAt when Temporal started the first run
 */
export function byServerClock<Request extends OperationRequest>(
  request: Request,
  startedAt: number,
): Request {
  const differenceMs = startedAt - request.requestedAt;
  if (Math.abs(differenceMs) <= AGREEMENT_MS) return request;
  return {
    ...request,
    requestedAt: startedAt,
    softDeadlineAt: request.softDeadlineAt + differenceMs,
    hardDeadlineAt: request.hardDeadlineAt + differenceMs,
  };
}
