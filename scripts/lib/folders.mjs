// Whether files can be made somewhere: looked at before anything is done, because a command that fails half-way is harder to
// understand.
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

const reasons = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'read-only',
  ENOTDIR: 'not a folder',
};

/** Why no file can be made in this folder, which need not be there if it can be made; `undefined` if one can. */
export function whyNotWritable(folder) {
  try {
    if (!statSync(folder).isDirectory()) return reasons.ENOTDIR;
    accessSync(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    if (error.code === 'ENOENT' && dirname(folder) !== folder) return whyNotWritable(dirname(folder));
    return reasons[error.code] ?? error.code;
  }
}

/** Why this file cannot be changed; `undefined` if it can, or is gone. */
export function whyNotChangeable(file) {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    return reasons[error.code] ?? error.code;
  }
}
