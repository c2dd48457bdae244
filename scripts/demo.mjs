// npm run demo: tells what the service does when things go well and when they do not, and checks every word of it against
// what the hub simulator has noted. Plays on a service that runs here, or else on one that it starts and stops itself.
// Ends with 0 only if everything is as it should be.
import './lib/node-version.mjs';
import { findRunning, withOwnStack } from './lib/demo/place.mjs';
import { chapters } from './lib/demo/story.mjs';
import { tellStory } from './lib/demo/telling.mjs';
import { LauncherError, main } from './lib/errors.mjs';
import { createProgress } from './lib/progress.mjs';
import { readSettings } from './lib/prepare/settings.mjs';

let isAsItShouldBe = false;
// However it ends, by Ctrl-C too: only a story that was told to its end is a success.
process.once('exit', () => (process.exitCode = isAsItShouldBe ? 0 : process.exitCode || 1));

await main(async () => {
  if (process.argv.length > 2)
    throw new LauncherError('npm run demo knows no options: npm run reliability plays by a seed.');
  const settings = readSettings();
  const progress = createProgress();
  const tell = async (place, print) => tellStory({ chapters, place, print });

  const running = await findRunning(settings);
  isAsItShouldBe = running
    ? await tell(running, progress.print)
    : await withOwnStack({ settings, progress }, tell);
});
