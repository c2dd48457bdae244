import type { ActivityDependencies, FanOutRequest, FoundFanOut } from './dependencies.js';
import { notNow, notYet } from './failures.js';

export interface FindFanOutRequest extends Omit<FanOutRequest, 'withStanding'> {
  /** Answer only once it has ended. */
  readonly untilEnded: boolean;
}

/** Looks who holds the id of a fan-out. It changes nothing, and is tried again until it can be told, or until it has ended. */
export function createFindFanOut(dependencies: ActivityDependencies) {
  return async function findFanOut({ untilEnded, ...asked }: FindFanOutRequest): Promise<FoundFanOut> {
    let found: FoundFanOut;
    try {
      found = await dependencies.findFanOut({ ...asked, withStanding: !untilEnded });
    } catch (error) {
      throw notNow(error);
    }
    // Waiting by failing: no place in this worker is taken, and the history does not grow.
    if (untilEnded && found.kind === 'running') throw notYet('the fan-out has not ended');
    return found;
  };
}
