import { Worker, type NativeConnection } from '@temporalio/worker';
import type { Activities } from '../../../activities/index.js';

/** The same bundle runs in production, in the tests and before the replay gate. */
export interface WorkerSettings {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly bundlePath: string;
  readonly activities: Activities;
  /** How long activities that are under way may take to end when the process stops. */
  readonly shutdownGraceMs: number;
}

/** Waiting is the normal state here; a waiting workflow that was dropped from memory costs a replay of a dozen events. */
const MOST_CACHED_WORKFLOWS = 1_000;

export async function createLcmWorker(settings: WorkerSettings): Promise<Worker> {
  const { connection, namespace, taskQueue, bundlePath, activities, shutdownGraceMs } = settings;
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowBundle: { codePath: bundlePath },
    activities,
    maxCachedWorkflows: MOST_CACHED_WORKFLOWS,
    workflowTaskPollerBehavior: { type: 'autoscaling', minimum: 2, initial: 5, maximum: 20 },
    activityTaskPollerBehavior: { type: 'autoscaling', minimum: 2, initial: 5, maximum: 20 },
    shutdownGraceTime: shutdownGraceMs,
    shutdownForceTime: shutdownGraceMs + 5_000,
  });
}
