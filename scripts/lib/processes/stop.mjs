// Being asked to stop: by Ctrl-C, by a signal, or because npm, which started us, is gone.
import { onStarterGone } from './starter.mjs';

// Under npm one Ctrl-C arrives twice, from the terminal and from npm.
const sameRequestMs = 700;

export function onStopAsked({ progress, stopAll, hurry }) {
  let askedAt;

  async function stop() {
    if (askedAt !== undefined) {
      if (Date.now() - askedAt > sameRequestMs) hurry();
      return;
    }
    askedAt = Date.now();
    progress.print('\nStopping; once more to hurry.');
    await stopAll();
    progress.print('Stopped.');
    process.exit(0);
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop());
  onStarterGone(() => void stop());
}
