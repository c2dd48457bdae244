// What is asked under a seed: some tokens, each of a card of its own, and the operations on each, one after the other.
// The names are the same whenever a seed is played on fresh data, so that the same plans are drawn.

export const tokens = [
  { name: 'a', status: 'RESUMED', actions: ['SUSPEND', 'RESUME'] },
  { name: 'b', status: 'RESUMED', actions: ['SUSPEND', 'DELETE'] },
  { name: 'c', status: 'SUSPENDED', actions: ['RESUME', 'SUSPEND', 'DELETE'] },
  { name: 'd', status: 'RESUMED', actions: ['DELETE'] },
  { name: 'e', status: 'SUSPENDED', actions: ['RESUME', 'DELETE'] },
  { name: 'f', status: 'RESUMED', actions: ['SUSPEND', 'RESUME'] },
];

const mostRuns = 1000;

/** The first name for this seed that the hub does not know yet: `seed-7-1`, `seed-7-2`, ... */
export async function nameRun(hub, seed) {
  const [first] = tokens;
  if (first === undefined) throw new Error('a run has tokens');
  for (let run = 1; run <= mostRuns; run += 1) {
    const name = `seed-${seed}-${run}`;
    if (!(await hub.hasCard(cardOf(name, first)))) return name;
  }
  throw new Error(`seed ${seed} was played ${mostRuns} times on this data`);
}

export function cardOf(run, { name }) {
  return `${run}-card-${name}`;
}

export function tokenOf(run, { name }) {
  return `${run}-token-${name}`;
}
