import type { NativeConnection, Worker } from '@temporalio/worker';
import type { Activities } from '../../activities/index.js';
import { connectWorker, type TemporalAddress } from './connect.js';
import { passReplayGate } from './replay-gate.js';
import { createLcmWorker } from './worker.js';

export interface WorkerRole {
  isPolling(): boolean;
  /** Resolves when the worker has stopped; rejects when it broke. */
  readonly stopped: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the worker, once this release has replayed every recorded history (I8).
 * @throws when a history does not replay, or when there is none
 */
export async function startWorker(options: {
  readonly address: TemporalAddress;
  readonly taskQueue: string;
  readonly bundlePath: string;
  readonly historiesPath: string;
  readonly activities: Activities;
  readonly shutdownGraceMs: number;
}): Promise<WorkerRole> {
  const { address, historiesPath, bundlePath, ...settings } = options;
  await passReplayGate({ bundlePath, historiesPath });
  const connection = await connectWorker(address);
  const worker: Worker = await createLcmWorker({
    ...settings,
    bundlePath,
    connection,
    namespace: address.namespace,
  });
  const stopped = runUntilStopped(worker, connection);
  return {
    isPolling: () => worker.getState() === 'RUNNING',
    stopped,
    async stop() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await stopped;
    },
  };
}

async function runUntilStopped(worker: Worker, connection: NativeConnection): Promise<void> {
  try {
    await worker.run();
  } finally {
    await connection.close();
  }
}
