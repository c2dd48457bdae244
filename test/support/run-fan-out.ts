import {
  beginFanOutReading,
  beginSender,
  fanOutAgendaOf,
  fromCompact,
  isOver,
  passFanOutTime,
  recordFanOutCancellation,
  recordFanOutChange,
  recordFanOutDecision,
  recordFanOutReading,
  recordFanOutReadingRequest,
  recordSenderEnded,
  recordSnapshot,
  toCompact,
  type CompactFanOut,
  type FanOut,
  type SendingResult,
} from '../../src/domain/fan-out/index.js';
import { beginDispatch } from '../../src/domain/dispatch.js';
import type { Decision } from '../../src/domain/operation/index.js';
import type { Reading } from '../../src/domain/reading.js';
import type { TimedChange } from './run-operation.js';

/** What happens to an operation on all tokens of a card, at which virtual instant. */
export interface FanOutScript {
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

/** A look at the card that the fan-out has heard of. */
export interface Look {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly reading: Reading;
}

/** What the fan-out was told, and when it looked, in that order. */
export type Told =
  | { readonly kind: 'change'; readonly at: number; readonly change: TimedChange['change'] }
  | { readonly kind: 'sending-ended'; readonly at: number; readonly result: SendingResult }
  | { readonly kind: 'cancellation' | 'reading-request' | 'decision' | 'look-began'; readonly at: number }
  | ({ readonly kind: 'look'; readonly at: number } & Look);

export interface FanOutRun {
  readonly fanOut: FanOut;
  readonly told: readonly Told[];
  /** When looks began, the one included that was under way at the end. */
  readonly readAt: readonly number[];
  readonly looks: readonly Look[];
  readonly endedAt: number;
  /** The fan-out after every step, and when that was. */
  readonly steps: readonly { readonly at: number; readonly fanOut: FanOut }[];
}

interface Due {
  readonly at: number;
  readonly told: Told;
  readonly apply: (fanOut: FanOut) => FanOut;
}

const MOST_STEPS = 20_000;
const MOST_STEPS_AT_ONCE = 100;

/** Does what the workflow does, in virtual time and without Temporal: follows the agenda and records what happens. */
export function runFanOut(begun: FanOut, script: FanOutScript): FanOutRun {
  let fanOut = begun;
  let now = begun.request.requestedAt;
  const told: Told[] = [];
  const readAt: number[] = [];
  const looks: Look[] = [];
  const steps: { at: number; fanOut: FanOut }[] = [];
  let pending: Due[] = eventsOf(script);

  const step = (next: FanOut): void => {
    fanOut = script.crossesTheWire === true ? acrossTheWire(next) : next;
    steps.push({ at: now, fanOut });
  };
  const read = (): void => {
    readAt.push(now);
    told.push({ kind: 'look-began', at: now });
    fanOut = beginFanOutReading(fanOut, now);
    const reading = script.card?.(now) ?? { kind: 'failed' };
    const endedAt = now + latencyOf(script, readAt.length);
    const look: Look = { startedAt: now, endedAt, reading };
    pending.push({
      at: endedAt,
      told: { kind: 'look', at: endedAt, ...look },
      apply: (before) => {
        looks.push(look);
        return recordFanOutReading(before, reading, endedAt);
      },
    });
  };

  if (script.snapshot !== undefined) step(recordSnapshot(fanOut, script.snapshot));
  if (fanOutAgendaOf(fanOut, now).send) step(beginSender(fanOut, now));
  // What was under way when the state was taken over goes on.
  if (begun.readingInFlight !== undefined) read();

  let roundsAtOnce = 0;
  for (let round = 0; round < MOST_STEPS; round += 1) {
    roundsAtOnce += 1;
    if (roundsAtOnce > MOST_STEPS_AT_ONCE) throw new Error('the fan-out goes round and round');
    const due = pending.filter(({ at }) => at <= now).sort((left, right) => left.at - right.at);
    pending = pending.filter(({ at }) => at > now);
    for (const event of due) {
      if (!isOver(fanOut, now)) told.push(event.told);
      step(event.apply(fanOut));
    }
    step(passFanOutTime(fanOut, now));
    if (isOver(fanOut, now)) return { fanOut, told, readAt, looks, endedAt: now, steps };

    if (fanOutAgendaOf(fanOut, now).read) read();
    const next = fanOutAgendaOf(fanOut, now);
    const instants = [...pending.map(({ at }) => at), ...(next.wake === undefined ? [] : [next.wake.at])];
    if (instants.length === 0) throw new Error('the fan-out waits for nothing');
    const earliest = Math.min(...instants);
    if (earliest <= now && !next.read && pending.every(({ at }) => at > now))
      throw new Error('the fan-out waits for an instant that has passed');
    if (earliest > now) roundsAtOnce = 0;
    now = Math.max(earliest, now);
  }
  throw new Error(`the fan-out has not ended after ${MOST_STEPS} steps`);
}

/** What continue-as-new makes of a state: written small, as text, and read again. */
export function acrossTheWire(fanOut: FanOut): FanOut {
  return fromCompact(JSON.parse(JSON.stringify(toCompact(fanOut))) as CompactFanOut);
}

function eventsOf({ changes, sendingEnded, cancelAt, readAt, decision }: FanOutScript): Due[] {
  return [
    ...(changes ?? []).map(({ at, change }): Due => ({
      at,
      told: { kind: 'change', at, change },
      apply: (before) => recordFanOutChange(before, change, at),
    })),
    ...(sendingEnded ?? []).map(({ at, result }): Due => ({
      at,
      told: { kind: 'sending-ended', at, result },
      apply: (before) =>
        recordSenderEnded(
          before,
          result.kind === 'lost' ? undefined : { result, dispatch: { ...beginDispatch(), attempts: 1 } },
          { now: at, isHandingOver: false },
        ),
    })),
    ...instant(cancelAt, 'cancellation', recordFanOutCancellation),
    ...instant(readAt, 'reading-request', recordFanOutReadingRequest),
    ...instant(decision?.at, 'decision', (before, at) =>
      decision === undefined ? before : recordFanOutDecision(before, decision, at),
    ),
  ];
}

function instant(
  at: number | undefined,
  kind: 'cancellation' | 'reading-request' | 'decision',
  record: (fanOut: FanOut, now: number) => FanOut,
): readonly Due[] {
  if (at === undefined) return [];
  return [{ at, told: { kind, at }, apply: (fanOut) => record(fanOut, at) }];
}

function latencyOf({ latencyMs = 10 }: FanOutScript, exchange: number): number {
  if (typeof latencyMs === 'number') return latencyMs;
  return latencyMs[Math.min(exchange, latencyMs.length) - 1] ?? 10;
}
