import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { appendFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type HubState,
  type StateChange,
  type StateOptions,
  applyChange,
  createState,
  parseSnapshot,
  toSnapshot,
} from './state.js';

/** The hub's memory. Whoever lets something out of the process waits for `stored` first. */
export interface Store {
  /** Read it freely; change it only inside `change`. */
  readonly state: HubState;
  change<T>(apply: (state: HubState) => T): T;
  /** Resolves once every change made so far is in the state file. At once without a file. */
  stored(): Promise<void>;
}

const smallestAllowance = 512 * 1_024;

/**
 * Opens the state file, if there is one by that name. Its first line is a snapshot, each further one a change since then,
 * so that an operation costs the same however many there were before. Throws when the file cannot be read as ours.
 */
export function openStore({ stateFile, limit }: { stateFile?: string | undefined; limit: number }): Store {
  let unwritten: StateChange[] = [];
  const keeps = stateFile !== undefined;
  const options = { limit, onChange: (change: StateChange) => void (keeps && unwritten.push(change)) };
  const state = keeps ? load(stateFile, options) : createState(options);
  unwritten = []; // What was read is in the file.

  let changes = 0;
  let changesOnDisk = 0;
  let writing: Promise<void> | undefined;
  /** How much may still be appended before a new snapshot is due. None at first: the last line may be torn. */
  let allowance = 0;

  async function write(file: string): Promise<void> {
    await nextTurn(); // A burst of changes is one write.
    const upTo = changes;
    const lines = unwritten.map((change) => `${JSON.stringify(change)}\n`).join('');
    unwritten = [];
    const left = allowance - lines.length;
    allowance = 0; // If this fails, the file may lack a change or end in half of one.
    if (left >= 0) {
      await appendFile(file, lines);
      allowance = left;
    } else {
      allowance = await replace(file);
    }
    changesOnDisk = upTo;
  }

  /** Answers how much may be appended: as much as twice the snapshot, so that snapshots become rare as they grow. */
  async function replace(file: string): Promise<number> {
    const snapshot = `${JSON.stringify(toSnapshot(state))}\n`;
    const temporary = `${file}.tmp`;
    await writeFile(temporary, snapshot);
    await rename(temporary, file); // A kill at any moment leaves the old state or the new one.
    return Math.max(smallestAllowance, 2 * snapshot.length);
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

function load(stateFile: string, options: StateOptions): HubState {
  mkdirSync(dirname(stateFile), { recursive: true });
  if (!existsSync(stateFile)) return createState(options);
  try {
    const [snapshot = '', ...lines] = readFileSync(stateFile, 'utf8').split('\n');
    lines.pop(); // Empty, or what a kill has left of a change that nobody was told.
    const state = createState(options, parseSnapshot(snapshot));
    for (const line of lines) applyChange(state, JSON.parse(line) as StateChange);
    return state;
  } catch (error) {
    throw new Error(`The state file of the simulator cannot be read: ${String(error)}`, { cause: error });
  }
}
