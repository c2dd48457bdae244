import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import type { BoundedCalls } from './bounded-calls.js';

/** An instant of Temporal's clock, and the two of ours between which it lay. Milliseconds since 1970. */
export interface ClockSample {
  readonly sentAt: number;
  readonly theirs: number;
  readonly receivedAt: number;
}

/**
 * Our clock minus theirs, as far as it is certain: 0 when their instant can lie between ours, however long the answer took.
 * Negative: ours is behind.
 */
export function clockOffset({ sentAt, theirs, receivedAt }: ClockSample): number {
  if (sentAt > theirs) return Math.round(sentAt - theirs);
  return receivedAt < theirs ? Math.round(receivedAt - theirs) : 0;
}

/** From here on the difference is said aloud: what two machines order by their clocks is wrong by as much. */
export const TOLERATED_OFFSET_MS = 1_000;

export interface ClockCheck {
  /** As it was last measured; undefined while it could not be. */
  offsetMs(): number | undefined;
  stop(): void;
}

export interface ClockCheckOptions {
  /** One comparison; rejects when Temporal does not answer, or does not let us ask. */
  readonly sample: () => Promise<ClockSample>;
  /** Ends a comparison that is under way. */
  readonly close?: () => void;
  /** Called when the difference becomes greater than a second, and when it no longer is. */
  readonly onChange: (offsetMs: number) => void;
  /** Called once, when it cannot be known. */
  readonly onUnknown: (error: unknown) => void;
  readonly everyMs?: number;
}

const EVERY_MS = 60_000;

/** Compares our clock with Temporal's, now and every minute. */
export function checkClock(options: ClockCheckOptions): ClockCheck {
  const { sample, close, onChange, onUnknown, everyMs = EVERY_MS } = options;
  const stopping = new AbortController();
  let offsetMs: number | undefined;
  let isOff = false;
  let isUnknown = false;

  async function compare(): Promise<void> {
    try {
      offsetMs = clockOffset(await sample());
      isUnknown = false;
    } catch (error) {
      // A difference of an hour ago is none that could be shown now.
      offsetMs = undefined;
      if (!isUnknown && !stopping.signal.aborted) onUnknown(error);
      isUnknown = true;
      return;
    }
    const wasOff = isOff;
    isOff = Math.abs(offsetMs) > TOLERATED_OFFSET_MS;
    if (isOff !== wasOff && !stopping.signal.aborted) onChange(offsetMs);
  }

  async function check(): Promise<void> {
    while (!stopping.signal.aborted) {
      await compare();
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  void check();
  return {
    offsetMs: () => offsetMs,
    stop() {
      stopping.abort();
      close?.();
    },
  };
}

/** temporal.api.enums.v1.TaskQueueKind: like the queue that each worker has of its own, without partitions. */
const STICKY = 2;
/** temporal.api.enums.v1.TaskQueueType */
const WORKFLOW_QUEUE = 1;
const QUESTION_DEADLINE_MS = 2_000;
/** The server answers a poll in vain before this; below 20 s it would write a warning into its log. */
const POLL_DEADLINE_MS = 22_000;
const LOOKS = 20;
const BETWEEN_LOOKS_MS = 50;

export interface ClockSampleParts {
  readonly calls: BoundedCalls;
  readonly connection: Connection;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Milliseconds since 1970; the machine's by default. */
  readonly clock?: () => number;
}

/**
 * Asks for Temporal's time. No call answers with it, but a task queue remembers when each of its pollers came: so we come
 * to a queue on which there is never anything, and ask when that was. Nothing of it is left in any list.
 */
export function createClockSample({
  calls,
  connection,
  namespace,
  taskQueue,
  clock = Date.now,
}: ClockSampleParts): { sample(): Promise<ClockSample>; close(): void } {
  const queue = { name: `${taskQueue}-clock-${randomUUID()}`, kind: STICKY, normalName: taskQueue };
  const stopping = new AbortController();

  async function poll(identity: string): Promise<void> {
    await calls.within(POLL_DEADLINE_MS, async () =>
      connection.withAbortSignal(stopping.signal, async () =>
        connection.workflowService.pollWorkflowTaskQueue({ namespace, taskQueue: queue, identity }),
      ),
    );
  }

  async function cameAt(identity: string): Promise<number | undefined> {
    const { pollers } = await calls.within(QUESTION_DEADLINE_MS, async () =>
      connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: queue,
        taskQueueType: WORKFLOW_QUEUE,
      }),
    );
    const at = pollers?.find((poller) => poller.identity === identity)?.lastAccessTime;
    if (at === undefined || at === null) return undefined;
    return Number(at.seconds ?? 0) * 1000 + (at.nanos ?? 0) / 1e6;
  }

  return {
    async sample() {
      const identity = `${process.pid}@clock-${randomUUID()}`;
      const sentAt = clock();
      let refusal: { readonly error: unknown } | undefined;
      poll(identity).catch((error: unknown) => (refusal = { error }));
      for (let look = 0; look < LOOKS; look += 1) {
        const theirs = await cameAt(identity);
        if (theirs !== undefined) return { sentAt, theirs, receivedAt: clock() };
        if (refusal !== undefined) throw refusal.error;
        await sleep(BETWEEN_LOOKS_MS, undefined, { signal: stopping.signal });
      }
      throw new Error('Temporal does not tell when a poller came');
    },
    close: () => stopping.abort(),
  };
}
