import { createGetCardInfo } from './get-card-info.js';
import { createFindLateBasis } from './find-late-basis.js';
import { createUpdateCardState } from './update-card-state.js';
import { wasReset } from './after-reset.js';
import type { ActivityDependencies } from './dependencies.js';

export type { ActivityDependencies } from './dependencies.js';

/** The activities of this service; workflows see their types only. */
export function createActivities(dependencies: ActivityDependencies) {
  return {
    updateCardState: createUpdateCardState(dependencies),
    wasReset,
    getCardInfo: createGetCardInfo(dependencies),
    findLateBasis: createFindLateBasis(dependencies),
  };
}

export type Activities = ReturnType<typeof createActivities>;
