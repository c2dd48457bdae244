// The other end of the pipe of `guard.mjs`: remembers the launcher's children and, when the pipe closes, ends those that are
// left, the youngest first, so that the service goes before the server it needs.
import { createInterface } from 'node:readline';
import { endProcess } from './processes.mjs';

const guarded = new Map();

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.guard) guarded.set(message.guard.pid, message.guard);
  else guarded.delete(message.release);
}

for (const child of [...guarded.values()].reverse()) await endProcess(child, child);
