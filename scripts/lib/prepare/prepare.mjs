// What every command needs first: the packages, and a build of what the sources are now. Two commands that are started at
// the same time take turns; the second finds everything done.
import { bundleSizeKb, build, needsBuild } from './build.mjs';
import { install, needsInstall } from './install.mjs';
import { describeHolder, withLock } from '../processes/lock.mjs';
import { refuseUnfitCheckout } from './machine.mjs';
import { inData } from '../project.mjs';

const lockFile = inData('prepare.lock');

export async function prepare({ progress, purpose }) {
  await prepareInstall({ progress, purpose });
  await prepareBuild({ progress, purpose });
}

export async function prepareInstall({ progress, purpose }) {
  refuseUnfitCheckout({ purpose });
  const step = progress.step('packages');
  if (!needsInstall()) return step.done('up to date');
  await inTurn({ purpose, step }, async () => {
    if (!needsInstall()) return step.done('installed by another process');
    await failing(step, () => install({ step }));
    step.done('installed');
  });
}

export async function prepareBuild({ progress, purpose, always = false }) {
  const step = progress.step('build');
  if (!always && !needsBuild()) return step.done(`up to date, workflow bundle ${bundleSizeKb()} KB`);
  await inTurn({ purpose, step }, async () => {
    if (!always && !needsBuild()) return step.done('built by another process');
    await failing(step, () => build({ step }));
    step.done(`built, workflow bundle ${bundleSizeKb()} KB without its source map`);
  });
}

function inTurn({ purpose, step }, work) {
  const onWait = (holder) => step.note(`waiting for ${describeHolder(holder)}`, { milestone: true });
  return withLock(lockFile, { purpose, onWait }, work);
}

async function failing(step, work) {
  try {
    await work();
  } catch (error) {
    step.failed();
    throw error;
  }
}
