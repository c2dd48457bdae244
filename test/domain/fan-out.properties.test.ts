import fc from 'fast-check';
import { beginFanOut, toFanOutReport } from '../../src/domain/fan-out/index.js';
import { runFanOut, type FanOutRun } from '../support/run-fan-out.js';
import { cardStory, type CardStory } from './fan-out.arbitraries.js';
import { objectionsTo } from './fan-out.model.js';

const run = ({ request, policy, script }: CardStory): FanOutRun =>
  runFanOut(beginFanOut(request, policy), script);

describe('an operation on all tokens of a card, whatever happens, in any order and any number of times', () => {
  it('I4, I5: comes out as a second opinion says that is written from the design alone', () => {
    fc.assert(
      fc.property(cardStory(), (story) => {
        const { fanOut, told, endedAt } = run(story);
        const { request, policy } = story;
        const facts = { request, policy, snapshot: story.script.snapshot, told, endedAt };
        expect(objectionsTo(toFanOutReport(fanOut), facts)).toEqual([]);
      }),
      { numRuns: 10_000 },
    );
  });
});
