// The data in `.lcm/` belongs to one start at a time: two Temporal servers on one database file would spoil it.
import { LauncherError } from '../errors.mjs';
import { endLeftovers } from './leftovers.mjs';
import { acquireLock, describeHolder, isOnlyTidyingUp } from './lock.mjs';
import { refuseUnfitCache, refuseUnfitCheckout, refuseUnknownUser } from '../prepare/machine.mjs';
import { portsToListenOn, refuseTakenPorts } from './ports.mjs';
import { inData } from '../project.mjs';

const lockFile = inData('start.lock');

/** Refuses what cannot run: because it runs here already, or because a port is taken. Answers how to let go. */
export async function claimDataAndPorts({ settings, progress, purpose }) {
  refuseUnfitCheckout({ purpose });
  refuseUnknownUser(settings);
  if (!settings.temporalAddress) await refuseUnfitCache(settings);
  const ports = portsToListenOn(settings);
  const usesOwnData = !settings.temporalAddress || !settings.hubUrl;
  if (!usesOwnData) {
    await refuseTakenPorts(ports);
    return () => {};
  }

  const release = await acquireLock(lockFile, { purpose, onWait: refuseSecondStart({ ports, progress }) });
  try {
    await endLeftovers({
      onEnd: ({ name, pid }) => progress.print(`Ending process ${pid}, left by an earlier start: ${name}.`),
    });
    await refuseTakenPorts(ports);
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

function refuseSecondStart({ ports, progress }) {
  let isSaid = false;
  return async (holder) => {
    // A launcher that was killed leaves a guardian that ends its children. That takes a moment.
    if (isOnlyTidyingUp(holder)) {
      if (!isSaid) progress.print(`Waiting for the end of what ${describeHolder(holder)} had started.`);
      isSaid = true;
      return;
    }
    const why = `${describeHolder(holder)} runs in this folder, and the data in .lcm/ belongs to one start at a time`;
    await refuseTakenPorts(ports, { hint: `End the other one first: ${why}.` });
    throw new LauncherError(`This is running already: ${why}. End it first.`);
  };
}
