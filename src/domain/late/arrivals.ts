import { saysTheSame, type VirtualCardChange } from '../change.js';
import type { Decision } from '../operation/index.js';
import { sightingOf, type Reading, type Sighting } from '../reading.js';
import { toIsoTime } from '../report.js';
import type { LateSubject } from './subject.js';

/** What arrived after an owner had closed, in order. Plain JSON: the state and the result of `lateChange`. */
export interface LateArrivals {
  readonly issuerId: string;
  readonly correlationId: string;
  readonly arrivals: readonly LateArrival[];
  readonly beganAt: number;
  readonly lastArrivalAt: number;
}

export type LateArrival = LateWord | LateOverflow | LateReading | LateDecision;

/** A callback, with the copies of it that followed. */
export interface LateWord {
  readonly kind: 'word';
  readonly change: VirtualCardChange;
  readonly repeats: number;
  readonly lastAt: string;
}

/** More different callbacks than are kept; all of them are in the workflow's history. */
export interface LateOverflow {
  readonly kind: 'overflow';
  readonly count: number;
  readonly firstAt: string;
}

/** A look at the hub that a person asked for. */
export interface LateReading {
  readonly kind: 'reading';
  readonly at: string;
  readonly sighting: Sighting;
}

/** What a person decided. */
export interface LateDecision extends Decision {
  readonly kind: 'decision';
  readonly at: string;
}

/** All of it has to fit into one message of Temporal's (2 MiB), with the longest references. */
const MOST_WORDS = 150;

export function beginLateArrivals(issuerId: string, correlationId: string, now: number): LateArrivals {
  return { issuerId, correlationId, arrivals: [], beganAt: now, lastArrivalAt: now };
}

/** Keeps a callback, or counts it when it repeats one that is kept or when there are too many different ones. */
export function recordLateChange(late: LateArrivals, change: VirtualCardChange, now: number): LateArrivals {
  const at = change.receivedAt;
  const known = late.arrivals.find(
    (arrival): arrival is LateWord => arrival.kind === 'word' && saysTheSame(arrival.change, change),
  );
  if (known !== undefined)
    return replaced(late, known, { ...known, repeats: known.repeats + 1, lastAt: at }, now);
  const overflow = late.arrivals.find((arrival) => arrival.kind === 'overflow');
  if (overflow !== undefined)
    return replaced(late, overflow, { ...overflow, count: overflow.count + 1 }, now);
  const isRoomLeft = late.arrivals.filter(({ kind }) => kind === 'word').length < MOST_WORDS;
  return isRoomLeft
    ? appended(late, { kind: 'word', change, repeats: 0, lastAt: at }, now)
    : appended(late, { kind: 'overflow', count: 1, firstAt: at }, now);
}

export function recordLateReading(
  late: LateArrivals,
  { reading, subject }: { reading: Reading; subject: LateSubject },
  now: number,
): LateArrivals {
  return appended(late, { kind: 'reading', at: toIsoTime(now), sighting: sightingOf(reading, subject) }, now);
}

/** Keeps a decision. The same one again, with nothing in between, is the repetition of a request that got no answer. */
export function recordLateDecision(
  late: LateArrivals,
  { status, note, by }: Decision,
  now: number,
): LateArrivals {
  const last = late.arrivals.at(-1);
  const isRepeat =
    last?.kind === 'decision' && last.status === status && last.note === note && last.by === by;
  return isRepeat
    ? { ...late, lastArrivalAt: now }
    : appended(late, { kind: 'decision', at: toIsoTime(now), status, note, by }, now);
}

/** A conflict waits for a person, but not for ever (I3): 90 days. */
const LONGEST_STAY_MS = 90 * 24 * 3600 * 1000;

/** When a run of `lateChange` closes unless something else arrives (design 5.4). */
export function closingTime(
  { beganAt, lastArrivalAt }: LateArrivals,
  { waitsForSomebody, quietMs }: { waitsForSomebody: boolean; quietMs: number },
): number {
  return waitsForSomebody ? beganAt + LONGEST_STAY_MS : lastArrivalAt + quietMs;
}

function appended(late: LateArrivals, arrival: LateArrival, now: number): LateArrivals {
  return { ...late, lastArrivalAt: now, arrivals: [...late.arrivals, arrival] };
}

function replaced(late: LateArrivals, before: LateArrival, after: LateArrival, now: number): LateArrivals {
  const arrivals = late.arrivals.map((arrival) => (arrival === before ? after : arrival));
  return { ...late, lastArrivalAt: now, arrivals };
}
