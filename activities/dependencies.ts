import type { PlacedIntent } from '../src/domain/operation/intent.js';
import type { LateBasis, LateBasisRequest } from '../src/domain/late/index.js';
import type { AttemptRef } from '../src/domain/operation/clocks.js';
import type { HubClient } from '../src/tsh/hub-client.js';
import type { Traffic } from '../src/tsh/traffic.js';

/** What the activities need of the world. */
export interface ActivityDependencies {
  readonly hub: HubClient;
  /** One limiter and one circuit for the whole process. */
  readonly traffic: Traffic;
  /** The id of a newer operation that wants something else of the same token or card; fails when that cannot be told in time. */
  readonly findNewerIntent: (intent: PlacedIntent) => Promise<string | undefined>;
  /** What a run of `lateChange` judges its arrivals by; fails when that cannot be told now. */
  readonly findLateBasis: (asked: LateBasisRequest) => Promise<LateBasis>;
  /** Whether references that look like card numbers may be kept as they are (I6). */
  readonly numericReferences: 'refuse' | 'allow';
  /** When Temporal handed the present attempt of an activity out, by its own clock; fails when that cannot be told now. */
  readonly whenHandedOut: (attempt: AttemptRef) => Promise<number>;
  /** This machine's, which may differ from Temporal's. */
  readonly clock: () => number;
}
