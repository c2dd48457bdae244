// Where things are. All of the launcher's own files are in `.lcm/`, which git ignores.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectFolder = fileURLToPath(new URL('../..', import.meta.url));
export const dataFolder = join(projectFolder, '.lcm');

export function inProject(...parts) {
  return join(projectFolder, ...parts);
}

export function inData(...parts) {
  return join(dataFolder, ...parts);
}
