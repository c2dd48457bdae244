import type {
  HubCallback,
  HubEffect,
  HubRequest,
  Look,
  Outage,
  Records,
  ShownOperation,
  Told,
} from '../records.js';
import { operationsOf, type OperationBody, type PlannedCard, type PlannedOperation } from '../workload.js';
import { toTimeline, type Timeline } from './timeline.js';
import { isRenewal, wordsOf, type Word } from './words.js';

/** Everything that the three records know of one operation. */
export interface Story {
  readonly planned: PlannedOperation;
  readonly operationId: string;
  readonly told: readonly Told[];
  /** As GET shows it in the end; undefined when it does not. */
  readonly shown: ShownOperation | undefined;
  readonly requests: readonly HubRequest[];
  readonly readings: readonly HubRequest[];
  /** What the hub did for this operation. */
  readonly effects: readonly HubEffect[];
  /** Everything that the hub said under its correlation id, but for renewals. */
  readonly words: readonly Word[];
  readonly callbacks: readonly HubCallback[];
  /** The states of every token that its card ever had, whoever changed it. */
  readonly timelines: ReadonlyMap<string, Timeline>;
  /** The other operations whose newer intent concerns it (design 5.1, record 8). */
  readonly others: readonly ShownOperation[];
  /** When Temporal started it and the others, by their ids. */
  readonly starts: ReadonlyMap<string, number>;
  /** Its looks at the whole card that came back with a list. */
  readonly looks: readonly Look[];
  readonly outages: readonly Outage[];
}

/** One story per planned operation whose id is known; two ids for one key are two stories. */
export function toStories(records: Records): Story[] {
  const { workload, told, hub, operations, outages } = records;
  const toldBy = groupBy(told, ({ key }) => key);
  const requestsBy = groupBy(hub.requests, ({ correlationId }) => correlationId ?? '');
  const effectsBy = groupBy(hub.effects, ({ correlationId }) => correlationId);
  const callbacksBy = groupBy(hub.callbacks, ({ correlationId }) => correlationId);
  const shownOn = groupBy([...operations.values()], ({ issuerCardRefId }) => issuerCardRefId);
  const looksBy = groupBy(records.looks, ({ correlationId }) => correlationId);
  const timelinesOf = createTimelines(records);

  return workload.lanes.flatMap((lane) => {
    const timelines = timelinesOf(lane.card);
    const shownOnCard = shownOn.get(lane.card.issuerCardRefId) ?? [];
    return operationsOf(lane).flatMap((planned) => {
      const ofKey = toldBy.get(planned.key) ?? [];
      return [...idsTold(ofKey)].map((operationId): Story => {
        const ofHub = requestsBy.get(operationId) ?? [];
        const callbacks = (callbacksBy.get(operationId) ?? []).filter((callback) => !isRenewal(callback));
        const effects = effectsBy.get(operationId) ?? [];
        return {
          planned,
          operationId,
          told: ofKey,
          shown: operations.get(operationId),
          requests: ofHub.filter(({ operation }) => operation === 'updateCardState'),
          readings: ofHub.filter(({ operation }) => operation === 'getCardInfo'),
          effects: effects.filter(({ source }) => source === 'ISSUER'),
          words: wordsOf(callbacks),
          callbacks,
          timelines,
          others: shownOnCard.filter(
            (other) => other.operationId !== operationId && concerns(other, planned.body),
          ),
          starts: records.starts,
          looks: looksBy.get(operationId) ?? [],
          outages,
        };
      });
    });
  });
}

/**
 * A newer wish for the whole card takes over one for a token; the other way round only a RESUME of the whole card gives way
 * (record 8).
 */
function concerns(other: ShownOperation, { action, virtualCardId }: OperationBody): boolean {
  if (other.virtualCardId === undefined) return true;
  return virtualCardId === undefined ? action === 'RESUME' : other.virtualCardId === virtualCardId;
}

/** The states of a card's tokens: as they were at first, what was done to them, how they came and went. */
function createTimelines({ hub, comings }: Records) {
  const effectsOn = groupBy(hub.effects, ({ virtualCardId }) => virtualCardId);
  const comingsTo = groupBy(comings, ({ issuerCardRefId }) => issuerCardRefId);
  return ({ issuerCardRefId, tokens }: PlannedCard): ReadonlyMap<string, Timeline> => {
    const come = comingsTo.get(issuerCardRefId) ?? [];
    const atFirst = new Map(tokens.map(({ virtualCardId, status }) => [virtualCardId, status]));
    const names = new Set([...atFirst.keys(), ...come.map(({ virtualCardId }) => virtualCardId)]);
    return new Map(
      [...names].map((name) => [
        name,
        toTimeline(
          atFirst.get(name) ?? 'NOT THERE YET',
          effectsOn.get(name) ?? [],
          come.filter(({ virtualCardId }) => virtualCardId === name),
        ),
      ]),
    );
  };
}

/** The operation ids that clients were told for one key. */
export function idsTold(told: readonly Told[]): Set<string> {
  return new Set(told.filter(isTaken).map(({ body }) => (body as ShownOperation).operationId));
}

export function isTaken({ call, status }: Told): boolean {
  return call === 'post' && (status === 200 || status === 202);
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
