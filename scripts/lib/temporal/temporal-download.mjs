// Way 4: the Temporal SDK downloads the official binary. In a process of its own, because only a process can be ended when
// a firewall swallows the packets and nothing ever comes.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from '../project.mjs';
import { run } from '../processes/run.mjs';
import { intoCache } from './temporal-cache.mjs';
import { wantedVersion } from './temporal-versions.mjs';

const sdkDownloader = inProject('scripts', 'lib', 'temporal', 'temporal-download-sdk.mjs');
const firstByteLimitMs = 15_000;
const wholeLimitMs = 10 * 60_000;

/** A downloader is called as `node <downloader> <folder> <version>` and leaves one file in the folder: the binary. */
export async function downloadTemporal({ settings, step }) {
  if (settings.temporalDownload === 'off') return { problem: 'switched off by LCM_TEMPORAL_DOWNLOAD' };
  const downloader = settings.temporalDownload === 'on' ? sdkDownloader : settings.temporalDownload;

  step.note(`downloading ${wantedVersion()}`);
  return intoCache(settings, async (folder) => {
    const problem = await download(downloader, folder, step);
    if (problem) return { problem };
    const [file, ...others] = filesIn(folder);
    if (file === undefined || others.length > 0) return { problem: 'the download left no single file' };
    return { file };
  });
}

async function download(downloader, folder, step) {
  const stalled = new AbortController();
  const startedAt = Date.now();
  const watch = setInterval(() => {
    const bytes = bytesIn(folder);
    if (bytes > 0) step.note(`downloading ${wantedVersion()}, ${Math.round(bytes / 1_000_000)} MB`);
    else if (Date.now() - startedAt > firstByteLimitMs) stalled.abort();
  }, 500);
  const args = [downloader, folder, `v${wantedVersion()}`];
  const result = await run(process.execPath, args, { limitMs: wholeLimitMs, abort: stalled.signal });
  clearInterval(watch);
  if (result.ok) return undefined;
  return stalled.signal.aborted ? `nothing came within ${firstByteLimitMs / 1000} s` : result.tail;
}

function bytesIn(folder) {
  const sizeOf = (file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return filesIn(folder).reduce((sum, file) => sum + sizeOf(file), 0);
}

function filesIn(folder) {
  return readdirSync(folder).map((entry) => join(folder, entry));
}
