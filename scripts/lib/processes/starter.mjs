// `npm start` puts npm and a shell between the terminal and us. npm passes a SIGTERM on to the shell, which ends without a
// word to us; a SIGKILL of npm reaches nobody. So we look whether those who started us are still there.
import { isRunning, starterOf } from './processes.mjs';
import { environment } from '../prepare/settings.mjs';

const lookEveryMs = 500;

export function onStarterGone(stop) {
  const startedByNpm = environment().npm_lifecycle_event !== undefined;
  if (!startedByNpm) return;
  const parentPid = process.ppid;
  const starter = starterOf(process.pid);
  const timer = setInterval(() => {
    const isThere = process.ppid === parentPid && (starter === undefined || isRunning(starter));
    if (isThere) return;
    clearInterval(timer);
    stop();
  }, lookEveryMs);
  timer.unref();
}
