// Who a process is, in a way that survives the reuse of its id: the id and when it started. A process that was killed may
// stay a zombie for a second or two; a zombie holds no port and no file, so it counts as dead.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const shells = new Set(['sh', 'bash', 'dash', 'zsh', 'ash', 'ksh', 'busybox']);

/** `undefined` when there is no such process (any more). */
export function identify(pid) {
  const found = look(pid);
  return found && { pid, startedAt: found.startedAt };
}

export function isRunning(identity) {
  const found = look(identity.pid);
  return found !== undefined && found.startedAt === identity.startedAt;
}

/** Asks it to end, waits, and makes it end. Never touches a process that merely has the same id. */
export async function endProcess(identity, { signal = 'SIGTERM', graceMs }) {
  for (const next of [signal, 'SIGKILL']) {
    if (!isRunning(identity)) return;
    sendSignal(identity.pid, next);
    await waitForEnd(identity, graceMs);
  }
}

export async function waitForEnd(identity, limitMs) {
  const until = Date.now() + limitMs;
  while (isRunning(identity) && Date.now() < until) await sleep(25);
}

/** The process that started us, past the shell that `npm` puts in between. */
export function starterOf(pid) {
  const parent = look(look(pid)?.parentPid);
  if (parent === undefined) return undefined;
  const starter = shells.has(parent.name) ? look(parent.parentPid) : parent;
  return starter && { pid: starter.pid, startedAt: starter.startedAt };
}

function look(pid) {
  if (!Number.isInteger(pid) || pid < 1) return undefined;
  if (process.platform === 'linux') return lookInProc(pid);
  if (process.platform === 'win32') return answersSignals(pid) ? { pid, startedAt: 'unknown' } : undefined;
  return askPs(pid);
}

function lookInProc(pid) {
  let stat;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // "pid (name) state parent …": the name may hold spaces and parentheses, so count from its last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return {
    pid,
    name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
    parentPid: Number(fields[1]),
    startedAt: fields[19],
  };
}

function askPs(pid) {
  const answer = spawnSync('ps', ['-o', 'state=,ppid=,lstart=,comm=', '-p', String(pid)], {
    encoding: 'utf8',
  });
  const [, state = '', parentPid, startedAt, command = ''] =
    /^\s*(\S+)\s+(\d+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.+)$/.exec(answer.stdout?.trimEnd() ?? '') ?? [];
  if (parentPid === undefined || state.startsWith('Z')) return undefined;
  return { pid, name: command.split('/').at(-1), parentPid: Number(parentPid), startedAt };
}

function answersSignals(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function sendSignal(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
