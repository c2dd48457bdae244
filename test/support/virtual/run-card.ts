import {
  cardAgendaOf,
  evolveCard,
  fromCompact,
  toCompact,
  type CardEvent,
  type CompactCardOperation,
  type CardOperation,
  type SendingResult,
} from '../../../src/domain/card/index.js';
import type { Decision } from '../../../src/domain/token/index.js';
import type { Reading } from '../../../src/domain/hub/reading.js';
import { senderEnded } from '../builders.js';
import type { TimedChange } from './run-operation.js';

/** What happens to an operation on all tokens of a card, at which virtual instant. */
export interface CardScript {
  /** What the card showed before anything was sent; absent: it was not read in time. */
  readonly snapshot?: Reading;
  /** What a look that begins at this instant shows. */
  readonly card?: (now: number) => Reading;
  readonly changes?: readonly TimedChange[];
  /** What the child that sends returns. */
  readonly sendingEnded?: readonly { readonly at: number; readonly result: SendingResult }[];
  readonly cancelAt?: number;
  /** A person asks for a reading. */
  readonly readAt?: number;
  readonly decision?: Decision & { readonly at: number };
  /** How long a look takes: always, or in turn and the last one for ever. */
  readonly latencyMs?: number | readonly number[];
  /** The state crosses continue-as-new after every step. */
  readonly crossesTheWire?: boolean;
}

/** A look at the card that the operation has heard of. */
export interface Look {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly reading: Reading;
}

/** What the operation was told, and when it looked, in that order. */
export type Told =
  | { readonly kind: 'change'; readonly at: number; readonly change: TimedChange['change'] }
  | { readonly kind: 'sending-ended'; readonly at: number; readonly result: SendingResult }
  | { readonly kind: 'cancellation' | 'reading-request' | 'decision' | 'look-began'; readonly at: number }
  | ({ readonly kind: 'look'; readonly at: number } & Look);

export interface CardRun {
  readonly operation: CardOperation;
  readonly told: readonly Told[];
  /** When looks began, the one included that was under way at the end. */
  readonly readAt: readonly number[];
  readonly looks: readonly Look[];
  readonly endedAt: number;
  /** The operation after every step, and when that was. */
  readonly steps: readonly { readonly at: number; readonly operation: CardOperation }[];
}

interface Due {
  readonly at: number;
  /** Absent: what is only between the workflow and itself. */
  readonly told?: Told;
  readonly event: CardEvent;
}

const MOST_STEPS = 20_000;
const MOST_STEPS_AT_ONCE = 100;

/** Does what the workflow does, in virtual time and without Temporal: follows the agenda and records what happens. */
export function runCardOperation(begun: CardOperation, script: CardScript): CardRun {
  let operation = begun;
  let now = begun.request.requestedAt;
  const told: Told[] = [];
  const readAt: number[] = [];
  const looks: Look[] = [];
  const steps: { at: number; operation: CardOperation }[] = [];
  let pending: Due[] = eventsOf(script);

  const step = (next: CardOperation): void => {
    operation = script.crossesTheWire === true ? { ...acrossTheWire(next), thisRun: next.thisRun } : next;
    steps.push({ at: now, operation });
  };
  const tell = (event: CardEvent): void => step(evolveCard(operation, event, now));
  const read = (): void => {
    readAt.push(now);
    told.push({ kind: 'look-began', at: now });
    operation = evolveCard(operation, { kind: 'begun', effect: 'read' }, now);
    const reading = script.card?.(now) ?? { kind: 'failed' };
    const at = now + latencyOf(script, readAt.length);
    const look: Look = { startedAt: now, endedAt: at, reading };
    pending.push({ at, told: { kind: 'look', at, ...look }, event: { kind: 'reading', reading } });
  };
  const askWhetherReset = (): void => {
    operation = evolveCard(operation, { kind: 'begun', effect: 'askWhetherReset' }, now);
    pending.push({ at: now, event: { kind: 'reset-known', wasReset: false } });
  };

  if (script.snapshot !== undefined) tell({ kind: 'snapshot', reading: script.snapshot });
  if (cardAgendaOf(operation, now).send) tell({ kind: 'begun', effect: 'send' });
  // What was under way when the state was taken over goes on.
  if (begun.readingInFlight !== undefined) read();

  let roundsAtOnce = 0;
  for (let round = 0; round < MOST_STEPS; round += 1) {
    roundsAtOnce += 1;
    if (roundsAtOnce > MOST_STEPS_AT_ONCE) throw new Error('the operation goes round and round');
    const due = pending.filter(({ at }) => at <= now).sort((left, right) => left.at - right.at);
    pending = pending.filter(({ at }) => at > now);
    for (const { told: heard, event } of due) {
      if (heard !== undefined && !cardAgendaOf(operation, now).isOver) told.push(heard);
      if (heard?.kind === 'look') {
        const { startedAt, endedAt, reading } = heard;
        looks.push({ startedAt, endedAt, reading });
      }
      tell(event);
    }
    tell({ kind: 'time' });

    const agenda = cardAgendaOf(operation, now);
    if (agenda.isOver) return { operation, told, readAt, looks, endedAt: now, steps };
    if (agenda.read) read();
    if (agenda.askWhetherReset) askWhetherReset();
    const next = cardAgendaOf(operation, now);
    const instants = [...pending.map(({ at }) => at), ...(next.wake === undefined ? [] : [next.wake.at])];
    if (instants.length === 0) throw new Error('the operation waits for nothing');
    const earliest = Math.min(...instants);
    if (earliest <= now && !next.read && pending.every(({ at }) => at > now))
      throw new Error('the operation waits for an instant that has passed');
    if (earliest > now) roundsAtOnce = 0;
    now = Math.max(earliest, now);
  }
  throw new Error(`the operation has not ended after ${MOST_STEPS} steps`);
}

/** What continue-as-new makes of a state: written small, as text, and read again. */
export function acrossTheWire(operation: CardOperation): CardOperation {
  return fromCompact(JSON.parse(JSON.stringify(toCompact(operation))) as CompactCardOperation);
}

function eventsOf({ changes, sendingEnded, cancelAt, readAt, decision }: CardScript): Due[] {
  return [
    ...(changes ?? []).map(({ at, change }): Due => ({
      at,
      told: { kind: 'change', at, change },
      event: { kind: 'callback', change },
    })),
    ...(sendingEnded ?? []).map(({ at, result }): Due => ({
      at,
      told: { kind: 'sending-ended', at, result },
      event: senderEnded(result),
    })),
    ...instant(cancelAt, 'cancellation', { kind: 'cancel' }),
    ...instant(readAt, 'reading-request', { kind: 'read' }),
    ...(decision === undefined ? [] : instant(decision.at, 'decision', { kind: 'resolve', decision })),
  ];
}

function instant(
  at: number | undefined,
  kind: 'cancellation' | 'reading-request' | 'decision',
  event: CardEvent,
): readonly Due[] {
  return at === undefined ? [] : [{ at, told: { kind, at }, event }];
}

function latencyOf({ latencyMs = 10 }: CardScript, exchange: number): number {
  if (typeof latencyMs === 'number') return latencyMs;
  return latencyMs[Math.min(exchange, latencyMs.length) - 1] ?? 10;
}
