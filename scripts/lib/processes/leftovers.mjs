// What an earlier start left behind. When a launcher is killed, its guardian ends the children; should the guardian be
// killed too, the next start finds them in `.lcm/processes.json` and ends them: by id and start time, never by name.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { endProcess, isRunning } from './processes.mjs';
import { dataFolder, inData } from '../project.mjs';

const file = inData('processes.json');
const graceMs = 5000;

export function recordProcess(name, identity) {
  write([...read(), { name, ...identity }]);
}

export function forgetProcess(identity) {
  write(read().filter((other) => other.pid !== identity.pid));
}

/** Only under the start lock: then none of them belongs to a launcher that is alive. */
export async function endLeftovers({ onEnd }) {
  const verifiable = process.platform !== 'win32';
  for (const leftover of read().reverse()) {
    if (!verifiable || !isRunning(leftover)) continue;
    onEnd(leftover);
    await endProcess(leftover, { graceMs });
  }
  write([]);
}

function read() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return [];
  }
}

function write(processes) {
  mkdirSync(dataFolder, { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  writeFileSync(partial, JSON.stringify(processes));
  renameSync(partial, file);
}
