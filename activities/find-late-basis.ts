import type { LateBasis, LateBasisRequest } from '../src/domain/late/index.js';
import type { ActivityDependencies } from './dependencies.js';
import { notNow } from './failures.js';

/** What late arrivals are judged by. It changes nothing, and is tried again until it can be told. */
export function createFindLateBasis(dependencies: ActivityDependencies) {
  return async function findLateBasis(request: LateBasisRequest): Promise<LateBasis> {
    try {
      return await dependencies.findLateBasis(request);
    } catch (error) {
      throw notNow(error);
    }
  };
}
