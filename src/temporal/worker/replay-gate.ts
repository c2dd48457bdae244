import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { fingerprintOf, isReplayed, noteReplayed, type Release } from './replay-stamp.js';

export interface ReplayFailure {
  readonly history: string;
  readonly reason: string;
}

/**
 * Lets a release through that can go on with what is running (I8). What has been replayed here once, to the byte, is not
 * replayed again at every start: that takes many seconds.
 * @throws when a history does not replay, or when there is none
 */
export async function passReplayGate(release: Release): Promise<'replayed' | 'known'> {
  const fingerprint = await fingerprintOf(release);
  if (await isReplayed(release, fingerprint)) return 'known';
  const { failures } = await replayRecordedHistories(release);
  if (failures.length > 0) {
    const names = failures.map(({ history }) => history).join(', ');
    throw new Error(`this release cannot continue what is running; these histories do not replay: ${names}`);
  }
  await noteReplayed(release, fingerprint);
  return 'replayed';
}

/**
 * Replays every recorded history with the workflows of this release (I8): what is running now must be able to go on.
 * @throws when there is nothing to replay: a gate that checked nothing must not let anything pass
 */
export async function replayRecordedHistories({
  bundlePath,
  historiesPath,
}: Release): Promise<{ replayed: number; failures: readonly ReplayFailure[] }> {
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
