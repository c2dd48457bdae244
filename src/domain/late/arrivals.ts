import { isOnSameToken, saysTheSame, type VirtualCardChange } from '../hub/change.js';
import { isSameDecision, type Decision } from '../token/index.js';
import { sightingOf, type Reading, type Sighting } from '../hub/reading.js';
import type { Remark } from '../operation/remark.js';
import { toIsoTime } from '../report/report.js';
import { isExposed, isWantedStatus, mustLeaveNoneExposed, type Action } from '../hub/token-state.js';
import type { LateSubject } from './subject.js';

/** What arrived after an owner had closed, in order. Plain JSON: the state and the result of `lateChange`. */
export interface LateArrivals {
  readonly issuerId: string;
  readonly correlationId: string;
  readonly arrivals: readonly LateArrival[];
  readonly beganAt: number;
  readonly lastArrivalAt: number;
}

export type LateArrival = LateWord | LateOverflow | LateReading | LateCardReading | LateDecision;

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

/** Who asked for a look, and why. */
export interface LateRemark {
  readonly by?: string;
  readonly why?: string;
}

/** A look at the hub that a person asked for. */
export interface LateReading extends LateRemark {
  readonly kind: 'reading';
  readonly at: string;
  readonly sighting: Sighting;
}

/** The same at all tokens of a card. Only what is not as it was wanted is kept: it has to fit into one message. */
export interface LateCardReading extends LateRemark {
  readonly kind: 'card-reading';
  readonly at: string;
  /** The hub answered with a complete list. */
  readonly isAnswered: boolean;
  /** Of the tokens that were looked for, those that are not in the wanted state; without a status when not listed. */
  readonly elsewhere: readonly { readonly virtualCardId: string; readonly status?: string }[];
  /** The listed tokens that can pay, or may be able to, and must not. */
  readonly exposed: readonly string[];
}

/** What a person decided. */
export interface LateDecision extends Decision {
  readonly kind: 'decision';
  readonly at: string;
}

/** All of it has to fit into one message of Temporal's (2 MiB), with the longest references. */
const MOST_WORDS = 150;
/** Beyond these the same word again is counted with the one before: the room left is for what nobody has heard yet. */
const MOST_WORDS_WITH_SAME_AGAIN = 100;
/** Of further looks, who and why is in the workflow's history only. */
const MOST_REMARKS = 50;

export function beginLateArrivals(issuerId: string, correlationId: string, now: number): LateArrivals {
  return { issuerId, correlationId, arrivals: [], beganAt: now, lastArrivalAt: now };
}

/** Keeps a callback, or counts it when it repeats one that is kept or when there are too many different ones. */
export function recordLateChange(late: LateArrivals, change: VirtualCardChange, now: number): LateArrivals {
  const at = change.receivedAt;
  const words = late.arrivals.filter((arrival) => arrival.kind === 'word');
  const known = words.findLast((word) => saysTheSame(word.change, change));
  // What comes after another word on the same token is no copy of the word before it.
  const isCopy = known === words.findLast((word) => isOnSameToken(word.change, change));
  if (known !== undefined && (isCopy || words.length >= MOST_WORDS_WITH_SAME_AGAIN))
    return replaced(late, known, { ...known, repeats: known.repeats + 1, lastAt: at }, now);
  const overflow = late.arrivals.find((arrival) => arrival.kind === 'overflow');
  if (overflow !== undefined)
    return replaced(late, overflow, { ...overflow, count: overflow.count + 1 }, now);
  const isRoomLeft = words.length < MOST_WORDS;
  return isRoomLeft
    ? appended(late, { kind: 'word', change, repeats: 0, lastAt: at }, now)
    : appended(late, { kind: 'overflow', count: 1, firstAt: at }, now);
}

/**
 * Keeps what a look showed, with who asked for it and why. `lookedFor`: the tokens of a card of which it can say something.
 */
export function recordLateReading(
  late: LateArrivals,
  {
    reading,
    subject,
    lookedFor = [],
    remark = {},
  }: { reading: Reading; subject: LateSubject; lookedFor?: readonly string[]; remark?: Remark },
  now: number,
): LateArrivals {
  const at = toIsoTime(now);
  const { action, virtualCardId } = subject;
  if (virtualCardId === undefined) {
    const seen = toCardSighting(reading, action, lookedFor);
    return appended(late, { kind: 'card-reading', at, ...seen, ...toLateRemark(late, remark) }, now);
  }
  const sighting = sightingOf(reading, { action, virtualCardId });
  return appended(late, { kind: 'reading', at, sighting, ...toLateRemark(late, remark) }, now);
}

function toLateRemark({ arrivals }: LateArrivals, { by, note }: Remark): LateRemark {
  const remarked = arrivals.filter(
    (arrival) => arrival.kind !== 'decision' && ('by' in arrival || 'why' in arrival),
  );
  if (remarked.length >= MOST_REMARKS) return {};
  return { ...(by !== undefined && { by }), ...(note !== undefined && { why: note }) };
}

function toCardSighting(
  reading: Reading,
  action: Action,
  lookedFor: readonly string[],
): Pick<LateCardReading, 'isAnswered' | 'elsewhere' | 'exposed'> {
  if (reading.kind === 'failed' || reading.tokens.length === 0) {
    return { isAnswered: false, elsewhere: [], exposed: [] };
  }
  const statuses = new Map(reading.tokens.map(({ virtualCardId, status }) => [virtualCardId, status]));
  const elsewhere = lookedFor.flatMap((virtualCardId) => {
    const status = statuses.get(virtualCardId);
    if (status === undefined) return [{ virtualCardId }];
    return isWantedStatus(action, status) ? [] : [{ virtualCardId, status }];
  });
  const exposed = reading.tokens.filter(({ status }) => mustLeaveNoneExposed(action) && isExposed(status));
  return { isAnswered: true, elsewhere, exposed: exposed.map(({ virtualCardId }) => virtualCardId) };
}

/** Keeps a decision. The same one again, with nothing in between, is the repetition of a request that got no answer. */
export function recordLateDecision(late: LateArrivals, decision: Decision, now: number): LateArrivals {
  const last = late.arrivals.at(-1);
  if (last?.kind === 'decision' && isSameDecision(last, decision)) return { ...late, lastArrivalAt: now };
  const { status, note, by } = decision;
  const at = toIsoTime(now);
  return appended(late, { kind: 'decision', at, status, note, ...(by !== undefined && { by }) }, now);
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
