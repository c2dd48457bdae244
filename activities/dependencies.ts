import type { HubClient } from '../src/tsh/hub-client.js';
import type { Traffic } from '../src/tsh/traffic.js';

/** What the activities need of the world. */
export interface ActivityDependencies {
  readonly hub: HubClient;
  /** One limiter and one circuit for the whole process. */
  readonly traffic: Traffic;
  readonly clock: () => number;
}
