import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';

export interface ReplayFailure {
  readonly history: string;
  readonly reason: string;
}

/**
 * Replays every recorded history with the workflows of this release (I8): what is running now must be able to go on.
 * @throws when there is nothing to replay: a gate that checked nothing must not let anything pass
 */
export async function replayRecordedHistories({
  bundlePath,
  historiesPath,
}: {
  bundlePath: string;
  historiesPath: string;
}): Promise<{ replayed: number; failures: readonly ReplayFailure[] }> {
  const files = (await readdir(historiesPath)).filter((file) => file.endsWith('.json')).sort();
  if (files.length === 0) throw new Error('there are no recorded histories to replay');
  const histories = files.map(async (file) => ({
    workflowId: basename(file, '.json'),
    history: historyFromJSON(JSON.parse(await readFile(join(historiesPath, file), 'utf8'))),
  }));
  const failures: ReplayFailure[] = [];
  const replays = Worker.runReplayHistories(
    { workflowBundle: { codePath: bundlePath } },
    await Promise.all(histories),
  );
  for await (const { workflowId, error } of replays) {
    if (error !== undefined) failures.push({ history: workflowId, reason: error.message });
  }
  return { replayed: files.length, failures };
}
