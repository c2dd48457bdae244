// npm run demo: tells what the service does when things go well and when they do not, and checks every word of it against
// what the hub simulator has noted. Plays on a service that runs here, or else on one that it starts and stops itself.
// With `--seed N` it plays some operations at a hub that misbehaves by that seed instead.
// Ends with 0 only if everything is as it should be.
import './lib/node-version.mjs';
import { readOptions } from './lib/demo/options.mjs';
import { findRunning, withOwnStack } from './lib/demo/place.mjs';
import { tellSeed } from './lib/demo/seeded-story.mjs';
import { chapters } from './lib/demo/story.mjs';
import { tellStory } from './lib/demo/telling.mjs';
import { main } from './lib/errors.mjs';
import { createProgress } from './lib/progress.mjs';
import { readSettings } from './lib/prepare/settings.mjs';

/** Some hubs of a seed answer late or never; a service of our own need not be as patient as one in production. */
const impatience = { LCM_HUB_TIMEOUT_MS: '2000', LCM_READ_INTERVAL_SECONDS: '1' };

let isAsItShouldBe = false;
// However it ends, by Ctrl-C too: only a story that was told to its end is a success.
process.once('exit', () => (process.exitCode = isAsItShouldBe ? 0 : process.exitCode || 1));

await main(async () => {
  const { seed } = readOptions(process.argv.slice(2));
  const settings = readSettings();
  const progress = createProgress();
  const tell = async (place, print) =>
    seed === undefined ? tellStory({ chapters, place, print }) : tellSeed({ seed, place, print });

  const running = await findRunning(settings);
  isAsItShouldBe = running
    ? await tell(running, progress.print)
    : await withOwnStack({ settings, progress, defaults: seed === undefined ? {} : impatience }, tell);
});
