import type {
  HubCallback,
  HubEffect,
  HubRequest,
  Outage,
  Records,
  ShownOperation,
  Told,
} from '../records.js';
import { operationsOf, type PlannedOperation, type PlannedToken } from '../workload.js';
import { toTimeline, type Timeline } from './timeline.js';
import { wordsOf, type Word } from './words.js';

/** Everything that the three records know of one operation. */
export interface Story {
  readonly planned: PlannedOperation;
  readonly operationId: string;
  readonly told: readonly Told[];
  /** As GET shows it in the end; undefined when it does not. */
  readonly shown: ShownOperation | undefined;
  readonly requests: readonly HubRequest[];
  readonly readings: readonly HubRequest[];
  /** What the hub did to the token for this operation. */
  readonly effects: readonly HubEffect[];
  /** Everything that the hub said under its correlation id. */
  readonly words: readonly Word[];
  readonly callbacks: readonly HubCallback[];
  /** The states of its token, whoever changed it. */
  readonly timeline: Timeline;
  /** The other operations on the same token. */
  readonly others: readonly ShownOperation[];
  readonly outages: readonly Outage[];
}

/** One story per planned operation whose id is known; two ids for one key are two stories. */
export function toStories(records: Records): Story[] {
  const { workload, told, hub, operations, outages } = records;
  const toldBy = groupBy(told, ({ key }) => key);
  const requestsBy = groupBy(hub.requests, ({ correlationId }) => correlationId ?? '');
  const effectsBy = groupBy(hub.effects, ({ correlationId }) => correlationId);
  const effectsOn = groupBy(hub.effects, ({ virtualCardId }) => virtualCardId);
  const callbacksBy = groupBy(hub.callbacks, ({ correlationId }) => correlationId);
  const shownOn = groupBy([...operations.values()], ({ virtualCardId }) => virtualCardId);

  return workload.lanes.flatMap((lane) =>
    operationsOf(lane).flatMap((planned) => {
      const ofKey = toldBy.get(planned.key) ?? [];
      return [...idsTold(ofKey)].map((operationId): Story => {
        const ofHub = requestsBy.get(operationId) ?? [];
        const callbacks = callbacksBy.get(operationId) ?? [];
        return {
          planned,
          operationId,
          told: ofKey,
          shown: operations.get(operationId),
          requests: ofHub.filter(({ operation }) => operation === 'updateCardState'),
          readings: ofHub.filter(({ operation }) => operation === 'getCardInfo'),
          effects: (effectsBy.get(operationId) ?? []).filter(({ source }) => source === 'ISSUER'),
          words: wordsOf(callbacks),
          callbacks,
          timeline: timelineOf(lane.token, effectsOn.get(lane.token.virtualCardId) ?? []),
          others: (shownOn.get(lane.token.virtualCardId) ?? []).filter(
            (other) => other.operationId !== operationId,
          ),
          outages,
        };
      });
    }),
  );
}

/** The operation ids that clients were told for one key. */
export function idsTold(told: readonly Told[]): Set<string> {
  return new Set(told.filter(isTaken).map(({ body }) => (body as ShownOperation).operationId));
}

export function isTaken({ call, status }: Told): boolean {
  return call === 'post' && (status === 200 || status === 202);
}

function timelineOf({ status }: PlannedToken, effects: readonly HubEffect[]): Timeline {
  return toTimeline(status, effects);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
