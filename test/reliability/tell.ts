import type { Violation } from './check/index.js';
import { toStories, type Story } from './check/story.js';
import type { Records } from './records.js';

/** What happened to how many, for a line of the log and for the sum of all seeds. */
export type Counts = Readonly<Record<string, number>>;

export function countsOf(records: Records, violations: readonly Violation[], lostAnswers: number): Counts {
  const { operations, hub, told, outages } = records;
  const shown = [...operations.values()];
  const counts: Record<string, number> = { operations: shown.length };
  const add = (name: string, by = 1): void => void (counts[name] = (counts[name] ?? 0) + by);
  for (const { status, evidence, scope } of shown) {
    add(`${scope === 'CARD' ? 'card ' : ''}${status} by ${evidence}`);
  }
  for (const { what } of outages) add(`away: ${what.replace(/ \d$/, '')}`);
  add('calls of clients', told.length);
  add('requests at the hub', hub.requests.filter(({ operation }) => operation === 'updateCardState').length);
  add('readings at the hub', hub.requests.filter(({ operation }) => operation === 'getCardInfo').length);
  add('effects at the hub', hub.effects.length);
  add('callbacks sent', hub.callbacks.length);
  for (const { status } of hub.callbacks) add(`callbacks answered ${status ?? 'not at all'}`);
  add('answers to callbacks lost on purpose', lostAnswers);
  for (const { duplicates, late, conflicts, unexpected } of shown) {
    add('duplicates', duplicates);
    add('conflicts', conflicts.length);
    add('unexpected', unexpected.length);
    for (const { kind } of late) add(`late: ${kind}`);
  }
  const ofCards = shown.filter(({ scope }) => scope === 'CARD');
  for (const { result, evidence } of ofCards.flatMap(({ outcomes }) => outcomes)) {
    add(`tokens of cards ${result} by ${evidence}`);
  }
  add('exposed', ofCards.flatMap(({ exposed }) => exposed).length);
  const renewed = records.renewals.filter(({ api }) => api === 0).flatMap(({ body }) => body?.tokens ?? []);
  for (const { result, repeats } of renewed.flatMap(({ renewals }) => renewals)) {
    add(`renewals ${result}`);
    add('renewals repeated', repeats);
  }
  add('violations', violations.length);
  return counts;
}

/** How long after its hard deadline the slowest operation ended, in seconds: what I3 allows for is much more. */
export function slowestEndOf({ operations }: Records): number {
  const lateness = [...operations.values()].map(({ settledAt = '', hardDeadlineAt }) =>
    Math.ceil((Date.parse(settledAt) - Date.parse(hardDeadlineAt)) / 1_000),
  );
  return Math.max(0, ...lateness.filter((seconds) => !Number.isNaN(seconds)));
}

export function sumOf(all: readonly Counts[]): Counts {
  const sum: Record<string, number> = {};
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

const TOLD_IN_FULL = 3;

/** Every violation with its seed, and the facts of all three records for the first of them. */
export function tellViolations(records: Records, violations: readonly Violation[]): string {
  const stories = new Map(toStories(records).map((story) => [story.operationId, story]));
  return violations
    .map(({ invariant, operationId = '', says }, index) => {
      const story = index < TOLD_IN_FULL ? stories.get(operationId) : undefined;
      const head = `seed ${records.workload.seed}: ${invariant} ${operationId}: ${says}`;
      return story === undefined ? head : [head, ...factsOf(story, records)].join('\n');
    })
    .join('\n');
}

function factsOf(story: Story, { hub, outages }: Records): string[] {
  const { planned, told, shown, others, operationId, requests, readings, effects, timelines } = story;
  const ofOperation = ({ correlationId }: { correlationId?: string }): boolean =>
    correlationId === operationId;
  const { virtualCardId: asked } = planned.body;
  const ofTokens = hub.effects.filter(({ virtualCardId }) =>
    asked === undefined ? timelines.has(virtualCardId) : virtualCardId === asked,
  );
  return [
    ...section('asked', [planned]),
    ...section(
      'told',
      told.map(({ body, sentAt, answeredAt, ...entry }) => ({
        ...entry,
        sentAt: new Date(sentAt).toISOString(),
        answeredAt: new Date(answeredAt).toISOString(),
        body: brief(body),
      })),
    ),
    ...section('hub: requests', requests),
    ...section('hub: readings', readings),
    ...section('hub: effects', effects),
    ...section(
      'hub: other effects on its tokens',
      ofTokens.filter((effect) => !ofOperation(effect)),
    ),
    ...section('hub: callbacks', hub.callbacks.filter(ofOperation)),
    ...section('hub: plan', hub.plans.filter(ofOperation)),
    ...section('operation', shown === undefined ? [] : [shown]),
    ...section('other operations that concern it', others.map(brief)),
    ...section(
      'killed',
      outages.map(
        ({ what, from, to }) => `${what} ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`,
      ),
    ),
  ];
}

function section(title: string, items: readonly unknown[]): string[] {
  return items.map((item) => `  ${title}: ${typeof item === 'string' ? item : JSON.stringify(item)}`);
}

/** Of an operation, what the comparison turns on. */
function brief(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('operationId' in body)) return body;
  const named = ['operationId', 'action', 'status', 'effectiveStatus', 'final', 'evidence', 'errorCode'];
  const more = ['attention', 'requestedAt', 'settledAt', 'attempts', 'partial'];
  return Object.fromEntries(Object.entries(body).filter(([name]) => [...named, ...more].includes(name)));
}
