// Way 5: the official CLI is a Go module, so a Go toolchain can build it (server and web UI included). The first time takes
// some minutes and gigabytes of Go's own caches; whoever waits for it wants to see that it moves.
import { join } from 'node:path';
import { inProject } from '../project.mjs';
import { run } from '../processes/run.mjs';
import { environment } from '../prepare/settings.mjs';
import { intoCache } from './temporal-cache.mjs';
import { wantedVersion } from './temporal-versions.mjs';

const goModuleFolder = inProject('tools', 'temporal');
const packagesAbout = 1700;
const milestonePercent = 10;
const limitMs = 60 * 60_000;

export async function buildTemporal({ settings, step }) {
  const go = await run('go', ['version'], { cwd: goModuleFolder });
  if (!go.ok)
    return { problem: go.notFound ? 'there is no `go` on PATH' : `\`go version\` failed:\n${go.tail}` };

  step.note(`building ${wantedVersion()} with Go, which takes some minutes the first time`, {
    milestone: true,
  });
  return intoCache(settings, async (folder) => {
    const file = join(folder, 'temporal');
    const result = await run('go', goArguments(file), {
      cwd: goModuleFolder,
      // A workspace around the project must not change what is built here. What Go leaves behind when it is killed is
      // removed with the folder.
      env: { ...environment(), GOWORK: 'off', GOTMPDIR: folder },
      onLine: showPackages(step),
      // Go waits for the compiler or linker that is at work, so that none goes on alone.
      signal: 'SIGINT',
      graceMs: 15_000,
      limitMs,
    });
    return result.ok ? { file } : { problem: `go build failed:\n${lastLines(result.tail, 10)}` };
  });
}

function goArguments(file) {
  const ldflags = `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${wantedVersion()}`;
  // Neither -trimpath nor CGO_ENABLED=0: either one would compile everything anew.
  return ['build', '-v', '-ldflags', ldflags, '-o', file, 'github.com/temporalio/cli/cmd/temporal'];
}

/** `go build -v` names each package that it compiles, and each module that it downloads before. */
function showPackages(step) {
  let modules = 0;
  let packages = 0;
  let shownPercent = 0;
  return (line) => {
    if (line.startsWith('go: ')) {
      modules += 1;
      step.note(`building with Go: ${modules} modules downloaded`);
      return;
    }
    packages += 1;
    const percent = Math.min(99, Math.floor((packages / packagesAbout) * 100));
    const milestone = percent >= shownPercent + milestonePercent;
    if (milestone) shownPercent = percent;
    step.note(`building with Go: ${packages} of about ${packagesAbout} packages, ${percent} %`, {
      milestone,
    });
  };
}

function lastLines(text, count) {
  return text.split('\n').slice(-count).join('\n');
}
