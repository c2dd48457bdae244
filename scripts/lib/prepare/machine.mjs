// What a command needs of the folder and the user it works for. What cannot work is refused in one sentence, before anything
// is done.
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { needsBuild } from './build.mjs';
import { LauncherError } from '../errors.mjs';
import { whyNotChangeable, whyNotWritable } from '../folders.mjs';
import { needsInstall } from './install.mjs';
import { dataFolder, inData, inProject, projectFolder } from '../project.mjs';
import { environment } from './settings.mjs';
import { isBinaryAtHand } from '../temporal/temporal.mjs';

// webpack, which bundles the workflows, reads ! and ? in a path as its own; a line break ends what the compiler tells us.
const impossible = /[!?\r\n]/;

export function refuseUnfitCheckout({ purpose }) {
  const [character] = impossible.exec(projectFolder) ?? [];
  if (character !== undefined) {
    throw new LauncherError(
      `The path of this checkout holds ${JSON.stringify(character)}, at which bundling the workflows fails: ` +
        'move it to a folder without "!", "?" and line breaks.',
    );
  }
  refuse(dataFolder, whyNotWritable(dataFolder), purpose);
  for (const name of existsSync(dataFolder) ? readdirSync(dataFolder) : []) {
    refuse(inData(name), whyNotChangeable(inData(name)), purpose);
  }
  const folders = { node_modules: needsInstall, dist: needsBuild };
  for (const [name, isNeeded] of Object.entries(folders)) {
    if (isNeeded()) refuse(inProject(name), whyNotWritable(inProject(name)), purpose);
  }
}

/** Only where a Temporal server has to be got. */
export async function refuseUnfitCache(settings) {
  const { cacheFolder } = settings;
  const why = whyNotWritable(cacheFolder);
  if (why === undefined || (await isBinaryAtHand(settings))) return;
  throw new LauncherError(
    `${cacheFolder} cannot be written (${why}), and a Temporal server is to be kept there: set LCM_CACHE_DIR to another folder.`,
  );
}

/** The Temporal server wants to know its user: from the system, or (if it was built without C) from these two variables. */
export function refuseUnknownUser({ temporalAddress }) {
  const { USER, HOME } = environment();
  if (temporalAddress || (USER && HOME) || isUserKnown()) return;
  throw new LauncherError(`${unknownUser}.`);
}

export const unknownUser =
  'The system does not know the user id of this process, and a Temporal server does not run as such a user: ' +
  'give the id an entry in /etc/passwd, start as another user, or set TEMPORAL_ADDRESS to a server that runs';

export function refuseUnfitTemporaryFolder({ purpose }) {
  const folder = tmpdir();
  const why = existsSync(folder) ? whyNotWritable(folder) : 'not there';
  if (why === undefined) return;
  throw new LauncherError(
    `${folder} cannot be written (${why}), and ${purpose} needs a temporary folder: set TMPDIR to another one.`,
  );
}

function isUserKnown() {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

function refuse(place, why, purpose) {
  if (why === undefined) return;
  throw new LauncherError(
    `${place} cannot be written (${why}), and ${purpose} has to: make it writable for this user, or use a checkout elsewhere.`,
  );
}
