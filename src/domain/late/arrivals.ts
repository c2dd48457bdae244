import { duplicateKey, type VirtualCardChange } from '../change.js';
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

const MOST_WORDS = 200;

export function beginLateArrivals(issuerId: string, correlationId: string, now: number): LateArrivals {
  return { issuerId, correlationId, arrivals: [], beganAt: now, lastArrivalAt: now };
}

/** Keeps a callback, or counts it when it repeats one that is kept or when there are too many different ones. */
export function recordLateChange(late: LateArrivals, change: VirtualCardChange, now: number): LateArrivals {
  const key = duplicateKey(change);
  const isCopy = (arrival: LateArrival): arrival is LateWord =>
    arrival.kind === 'word' && duplicateKey(arrival.change) === key;
  if (late.arrivals.some(isCopy)) {
    return changed(late, now, (arrival) =>
      isCopy(arrival) ? { ...arrival, repeats: arrival.repeats + 1, lastAt: change.receivedAt } : arrival,
    );
  }
  if (late.arrivals.some(({ kind }) => kind === 'overflow')) {
    return changed(late, now, (arrival) =>
      arrival.kind === 'overflow' ? { ...arrival, count: arrival.count + 1 } : arrival,
    );
  }
  const isRoomLeft = late.arrivals.filter(({ kind }) => kind === 'word').length < MOST_WORDS;
  return appended(
    late,
    now,
    isRoomLeft
      ? { kind: 'word', change, repeats: 0, lastAt: change.receivedAt }
      : { kind: 'overflow', count: 1, firstAt: change.receivedAt },
  );
}

export function recordLateReading(
  late: LateArrivals,
  { reading, subject }: { reading: Reading; subject: LateSubject },
  now: number,
): LateArrivals {
  return appended(late, now, { kind: 'reading', at: toIsoTime(now), sighting: sightingOf(reading, subject) });
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
    : appended(late, now, { kind: 'decision', at: toIsoTime(now), status, note, by });
}

function appended(late: LateArrivals, now: number, arrival: LateArrival): LateArrivals {
  return { ...late, lastArrivalAt: now, arrivals: [...late.arrivals, arrival] };
}

function changed(
  late: LateArrivals,
  now: number,
  change: (arrival: LateArrival) => LateArrival,
): LateArrivals {
  return { ...late, lastArrivalAt: now, arrivals: late.arrivals.map(change) };
}
