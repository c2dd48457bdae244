import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type HubState, emptyState, parseStateFile, toStateFile } from './state.js';

/** The hub's memory. Whoever lets something out of the process waits for `stored` first. */
export interface Store {
  /** Read it freely; change it only inside `change`. */
  readonly state: HubState;
  change<T>(apply: (state: HubState) => T): T;
  /** Resolves once every change made so far is in the state file. At once without a file. */
  stored(): Promise<void>;
}

/** Opens the state file, if there is one by that name. Throws when it cannot be read as ours. */
export function openStore(stateFile?: string): Store {
  const state = stateFile === undefined ? emptyState() : load(stateFile);
  let changes = 0;
  let changesOnDisk = 0;
  let writing: Promise<void> | undefined;

  async function write(file: string): Promise<void> {
    await nextTurn(); // A burst of changes is one write.
    const upTo = changes;
    const temporary = `${file}.tmp`;
    await writeFile(temporary, toStateFile(state));
    await rename(temporary, file); // A kill at any moment leaves the old state or the new one.
    changesOnDisk = upTo;
  }

  return {
    state,
    change(apply) {
      changes += 1;
      return apply(state);
    },
    async stored() {
      if (stateFile === undefined) return;
      const target = changes;
      while (changesOnDisk < target) {
        // A write that is under way may have missed our change; then there is another round.
        writing ??= write(stateFile).finally(() => {
          writing = undefined;
        });
        await writing;
      }
    },
  };
}

function load(stateFile: string): HubState {
  mkdirSync(dirname(stateFile), { recursive: true });
  if (!existsSync(stateFile)) return emptyState();
  try {
    return parseStateFile(readFileSync(stateFile, 'utf8'));
  } catch (error) {
    throw new Error(`The state file of the simulator cannot be read: ${String(error)}`, { cause: error });
  }
}
