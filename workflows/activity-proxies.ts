import { ActivityCancellationType, proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';

/** Longer than the hub's time-out by this much, so that an attempt ends by itself unless its worker is lost. */
const MARGIN_MS = 5_000;

/**
 * One attempt at the hub. It is tried again by Temporal only when the activity can prove that nothing left its
 * machine; a lost worker (StartToClose) proves nothing, so it comes back to the workflow (design 5.1).
 */
const updateCardStateOptions = {
  // The attempt that is under way has its own end; cancelling waits for it instead of losing its answer.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: {
    initialInterval: '2 seconds',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
    nonRetryableErrorTypes: ['TemporalTimeout:StartToClose', 'TemporalTimeout:Heartbeat'],
  },
} satisfies ActivityOptions;

/** One look at the card. A look that fails is repeated by the workflow, which knows how urgent it is. */
const getCardInfoOptions = {
  retry: {
    initialInterval: '1 second',
    maximumInterval: '5 seconds',
    nonRetryableErrorTypes: ['TemporalTimeout:StartToClose'],
  },
} satisfies ActivityOptions;

/** A question to our own server, repeated until it is answered: what it is for can wait, and must not be given up. */
const findLateBasisOptions = {
  startToCloseTimeout: '20 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
} satisfies ActivityOptions;

/** Answered by whichever worker is there; an operation waits with its end for it. */
const wasResetOptions = {
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '10 seconds' },
} satisfies ActivityOptions;

/** How long one attempt at the hub may take, by all means. */
export function attemptTimeoutMs(hubTimeoutMs: number): number {
  return hubTimeoutMs + MARGIN_MS;
}

const activities = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });

/** Sends the request once. `hubTimeoutMs` bounds the exchange, `untilMs` (from now) the start of the last try. */
export function updateCardState(
  request: Parameters<Activities['updateCardState']>[0],
  { hubTimeoutMs, untilMs, summary }: { hubTimeoutMs: number; untilMs: number; summary: string },
): ReturnType<Activities['updateCardState']> {
  const startToCloseTimeout = attemptTimeoutMs(hubTimeoutMs);
  return activities.updateCardState.executeWithOptions(
    {
      ...updateCardStateOptions,
      startToCloseTimeout,
      // A backstop: the activity refuses to send after the hard deadline, and the workflow cancels it there.
      scheduleToCloseTimeout: Math.max(untilMs, 0) + 2 * startToCloseTimeout,
      summary,
    },
    [request],
  );
}

/** Asks whether this run was reset by hand, which a workflow must not find out by itself. */
export function wasReset(request: Parameters<Activities['wasReset']>[0]): ReturnType<Activities['wasReset']> {
  return activities.wasReset.executeWithOptions(
    { ...wasResetOptions, summary: 'was nothing sent before a reset?' },
    [request],
  );
}

/** Reads the card. Ends within `withinMs` whatever happens, queueing included. */
export function getCardInfo(
  request: Parameters<Activities['getCardInfo']>[0],
  { withinMs, summary }: { withinMs: number; summary: string },
): ReturnType<Activities['getCardInfo']> {
  return activities.getCardInfo.executeWithOptions(
    { ...getCardInfoOptions, startToCloseTimeout: withinMs, scheduleToCloseTimeout: withinMs, summary },
    [request],
  );
}

/** Asks what late arrivals are judged by. */
export function findLateBasis(
  request: Parameters<Activities['findLateBasis']>[0],
): ReturnType<Activities['findLateBasis']> {
  return activities.findLateBasis.executeWithOptions(
    { ...findLateBasisOptions, summary: 'how did the operation end?' },
    [request],
  );
}
