// Many operations under one seed, with clients, a hub and kills that misbehave by the same seed, and three records that know
// nothing of each other: what clients were told, what the hub did to its tokens, what the operations say
// (docs/reliability.md). `npm run reliability` does the same at length.
import { withOutput } from '../support/processes/processes.js';
import { runSeed } from '../reliability/run.js';
import { tellViolations } from '../reliability/tell.js';

const SEED = 101;
/** One seed with many, not many with few: most of a short run is its beginning and its end. */
const OPERATIONS = 150;
jest.setTimeout(300_000);

it(
  `I1 to I7: under seed ${SEED}, with everything killed once, the three records agree`,
  withOutput(async () => {
    const { records, violations } = await runSeed({ seed: SEED, operations: OPERATIONS, kills: true });
    expect(tellViolations(records, violations)).toBe('');
    expect(records.operations.size).toBe(OPERATIONS);
    const ofCards = [...records.operations.values()].filter(({ scope }) => scope === 'CARD');
    expect(ofCards.length).toBeGreaterThan(OPERATIONS / 10);
    expect(records.renewals.flatMap(({ body }) => body?.tokens ?? [])).not.toEqual([]);
    const killed = new Set(records.outages.map(({ what }) => what.replace(/ \d$/, '')));
    expect(killed).toEqual(new Set(['worker', 'front', 'temporal', 'hub']));
  }),
);
