import { setTimeout as sleep } from 'node:timers/promises';
import { TransportError, type NativeConnection, type Worker } from '@temporalio/worker';
import type { Activities } from '../../../activities/index.js';
import { connectWorker, type TemporalAddress } from '../connection/connect.js';
import { passReplayGate } from './replay-gate.js';
import { createLcmWorker } from './worker.js';

export interface WorkerRole {
  isPolling(): boolean;
  /** What keeps it from polling, while Temporal does. */
  fault(): string | undefined;
  /** Resolves when the worker has stopped; rejects when it broke, or may not start at all. */
  readonly stopped: Promise<void>;
  stop(): Promise<void>;
}

export interface WorkerRoleOptions {
  readonly address: TemporalAddress;
  readonly taskQueue: string;
  readonly bundlePath: string;
  readonly historiesPath: string;
  readonly activities: Activities;
  readonly shutdownGraceMs: number;
  readonly onPolling: () => void;
  /** Temporal cannot be reached as a worker has to; it is tried again after `pauseMs`. */
  readonly onFault: (error: unknown, pauseMs: number) => void;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const QUESTION_DEADLINE_MS = 5_000;
const MOST_SHOWN = 300;

/**
 * Keeps a worker at work, once this release has replayed every recorded history (I8). A Temporal that is away, or that
 * refuses the worker, is tried again for as long as it takes: HTTP and callbacks are served by the same process. Only a
 * fault of our own ends it, or a history that does not replay.
 */
export function startWorker(options: WorkerRoleOptions): WorkerRole {
  const { bundlePath, historiesPath, onFault } = options;
  const stopping = new AbortController();
  let worker: Worker | undefined;
  let connection: NativeConnection | undefined;
  let fault: string | undefined;

  /** One worker's life; returns when it was stopped. */
  async function poll(): Promise<void> {
    // One connection for all workers of this process: the SDK's runtime ends with its last one.
    connection ??= await passing(connectWorker(options.address));
    // A worker that cannot be created leaves its threads behind: first see that Temporal lets it.
    await passing(askForNamespace(connection, options.address.namespace));
    if (stopping.signal.aborted) return;
    worker = await createLcmWorker({ ...options, connection, namespace: options.address.namespace });
    const running = worker.run();
    // A stop that came meanwhile found no worker to stop.
    if (stopping.signal.aborted) worker.shutdown();
    else options.onPolling();
    fault = undefined;
    await running;
  }

  async function work(): Promise<void> {
    await passReplayGate({ bundlePath, historiesPath });
    let pauseMs = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      const begunAt = performance.now();
      try {
        await poll();
      } catch (error) {
        if (stopping.signal.aborted || !isPassing(error)) throw error;
        // One that has worked for a while starts over with the shortest pause.
        if (performance.now() - begunAt > LONGEST_PAUSE_MS) pauseMs = FIRST_PAUSE_MS;
        fault = toFault(error);
        onFault(error, pauseMs);
        await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      }
    }
  }

  /** Who is asked to stop before there is a worker waits neither for the replay nor for Temporal: nothing is under way. */
  const stoppedEarly = new Promise<void>((resolve) => {
    const end = (): void => {
      if (worker === undefined) resolve();
    };
    stopping.signal.addEventListener('abort', end, { once: true });
  });

  async function workToTheEnd(): Promise<void> {
    try {
      await Promise.race([work(), stoppedEarly]);
    } finally {
      // It refuses while a worker that broke holds on to it; what broke the worker is what has to be told.
      await connection?.close().catch(() => undefined);
    }
  }

  const stopped = workToTheEnd();
  return {
    isPolling: () => worker?.getState() === 'RUNNING',
    fault: () => fault,
    stopped,
    async stop() {
      stopping.abort();
      if (worker?.getState() === 'RUNNING') worker.shutdown();
      await stopped;
    },
  };
}

/** Temporal's doing, or the network's: it may be otherwise the next time. */
class PassingFaultError extends Error {
  override readonly name = 'PassingFaultError';
}

async function passing<T>(step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    const message = error instanceof Error ? error.message : 'unknown';
    throw new PassingFaultError(message, { cause: error });
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof PassingFaultError || error instanceof TransportError;
}

/** The same question that the SDK asks before a worker may poll. */
async function askForNamespace(connection: NativeConnection, namespace: string): Promise<void> {
  await connection.withDeadline(Date.now() + QUESTION_DEADLINE_MS, async () =>
    connection.workflowService.describeNamespace({ namespace }),
  );
}

function toFault(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, MOST_SHOWN) : 'unknown';
}
