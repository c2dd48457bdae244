import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../../../src/contract/search-attributes.js';
import { prepareNamespace } from '../../../src/temporal/connection/namespace.js';

export const BUNDLE_PATH = resolve('dist/workflow-bundle.js');

/** The server's binary: `npm test` finds or makes it once and hands its path on. */
export function temporalBinary(): string {
  const path = process.env['LCM_TEST_TEMPORAL_BINARY'];
  if (path === undefined)
    throw new Error('LCM_TEST_TEMPORAL_BINARY is not set: run the tests with "npm test"');
  return path;
}

/** A real Temporal server, in memory, with our search attributes: a namespace of this test file's own on the tier's. */
export async function startTemporal(): Promise<TestWorkflowEnvironment> {
  const address = process.env['LCM_TEST_TEMPORAL_ADDRESS'];
  if (address === undefined) return startOwnTemporal();
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const namespace = `test-${randomUUID()}`;
  const connection = await Connection.connect({ address });
  try {
    await prepareNamespace(connection, namespace);
    return await TestWorkflowEnvironment.createFromExistingServer({ address, namespace });
  } finally {
    await connection.close();
  }
}

/** A server of this test file's own, for what only its arguments can decide. */
export async function startOwnTemporal(extraArgs: string[] = []): Promise<TestWorkflowEnvironment> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: temporalBinary() },
      searchAttributes: Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) =>
        defineSearchAttributeKey(name, type),
      ),
      extraArgs,
      log: { level: 'error', format: 'pretty' },
    },
  });
}

/** Runs a worker with the built bundle and these activities for as long as `use` takes. */
export async function withWorker<T>(
  env: TestWorkflowEnvironment,
  { taskQueue, activities }: { taskQueue: string; activities: object },
  use: () => Promise<T>,
): Promise<T> {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    namespace: env.client.options.namespace,
    taskQueue,
    workflowBundle: { codePath: BUNDLE_PATH },
    activities,
    // What a test that has failed holds back would be waited for for ever.
    shutdownForceTime: '20 seconds',
  });
  return worker.runUntil(use);
}

/** Polls until the probe is satisfied; fails with what it saw last. */
export async function eventually<T>(
  probe: () => Promise<T>,
  isRight: (seen: T) => boolean,
  withinMs = 60_000,
): Promise<T> {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    const seen = await probe();
    if (isRight(seen)) return seen;
    if (Date.now() > giveUpAt)
      throw new Error(`not so within ${withinMs} ms; last seen: ${JSON.stringify(seen)}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}
