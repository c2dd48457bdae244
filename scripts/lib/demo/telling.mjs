// Tells the chapters one after the other, and says at the end whether all was as it should be.
import { seconds } from '../progress.mjs';
import { createChapter } from './chapter.mjs';
import { createChecks } from './checks.mjs';
import { StoryError, createHub, createLinks, createService } from './clients.mjs';

/** Answers whether everything was as it should be. */
export async function tellStory({ chapters, place, print }) {
  const startedAt = Date.now();
  // Names that no earlier telling has used.
  const run = startedAt.toString(36);
  const tools = { service: createService(place), hub: createHub(place), links: createLinks(place) };
  const failed = [];

  print(`\nThe service: ${place.apiUrl}. The hub: a simulator at ${place.simulatorUrl}. All times are UTC.`);
  for (const [index, { title, tell }] of chapters.entries()) {
    const heading = `${index + 1}. ${title}`;
    print(`\n${heading}`);
    const checks = createChecks(print);
    const chapter = createChapter({ name: `${run}-${index + 1}`, ...tools, checks, print });
    await orFail(checks, () => tell(chapter));
    if (!checks.isGood()) failed.push(heading);
  }

  const told = `${chapters.length} chapters in ${seconds(startedAt)}`;
  if (failed.length === 0) print(`\n✓ ${told}: everything is as it should be.\n`);
  else
    print(
      `\n✗ ${told}: not everything is as it should be, see\n${failed.map((it) => `   ${it}\n`).join('')}`,
    );
  return failed.length === 0;
}

/** A chapter that cannot go on does not keep the next one from being told. */
async function orFail(checks, work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StoryError)) throw error;
    checks.fail(error.message);
  }
}
