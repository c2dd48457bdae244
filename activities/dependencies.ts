import type { PlacedIntent } from '../src/domain/intent.js';
import type { HubClient } from '../src/tsh/hub-client.js';
import type { Traffic } from '../src/tsh/traffic.js';

/** What the activities need of the world. */
export interface ActivityDependencies {
  readonly hub: HubClient;
  /** One limiter and one circuit for the whole process. */
  readonly traffic: Traffic;
  /** The id of a newer operation that wants something else of the same token or card; fails when that cannot be told in time. */
  readonly findNewerIntent: (intent: PlacedIntent) => Promise<string | undefined>;
  readonly clock: () => number;
}
