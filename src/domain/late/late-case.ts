import {
  handingOver,
  isHandingOver,
  type Agenda,
  type DriverEvent,
  type ThisRun,
} from '../operation/agenda.js';
import type { VirtualCardChange } from '../hub/change.js';
import type { Decision } from '../token/index.js';
import type { Reading } from '../hub/reading.js';
import type { Remark } from '../operation/remark.js';
import {
  closingTime,
  recordLateChange,
  recordLateDecision,
  recordLateReading,
  type LateArrivals,
} from './arrivals.js';
import { tokensToLookFor } from './card-standing.js';
import { judgeFurther, type JudgedSoFar } from './judge.js';
import type { LateBasis, LateStanding } from './standing.js';
import type { LateSubject } from './subject.js';

/** What `lateChange` knows: what arrived, how the operation had ended, and what that means together. */
export interface LateCase {
  readonly late: LateArrivals;
  /** Absent until it is known how the operation had ended. */
  readonly basis?: LateBasis | undefined;
  /** A card may have thousands of tokens: what has been judged is not judged again with every arrival. */
  readonly judged?: JudgedSoFar | undefined;
  readonly isLearning: boolean;
  /** How long it lingers after the last arrival, in milliseconds. */
  readonly quietMs: number;
  readonly thisRun?: ThisRun;
}

export type LateEvent =
  | { readonly kind: 'callback'; readonly change: VirtualCardChange }
  /** Absent when the question was given up, for the next run to ask it. */
  | { readonly kind: 'basis'; readonly basis: LateBasis | undefined }
  | { readonly kind: 'resolve'; readonly decision: Decision }
  /** A look that a person asked for. */
  | {
      readonly kind: 'reading';
      readonly reading: Reading;
      readonly subject: LateSubject;
      readonly remark: Remark;
    }
  | DriverEvent<'learn'>;

/** The case as a run begins with it: what the run before knew is judged at once, or an open conflict would pass as quiet. */
export function beginLateCase(
  late: LateArrivals,
  { basis, quietMs }: { basis: LateBasis | undefined; quietMs: number },
): LateCase {
  return judged({ late, basis, quietMs, isLearning: false });
}

export function evolveLate(lateCase: LateCase, event: LateEvent, now: number): LateCase {
  switch (event.kind) {
    case 'time':
      return lateCase;
    case 'begun':
      return { ...lateCase, isLearning: true };
    case 'handing-over':
      return handingOver(lateCase);
    case 'callback':
      return { ...lateCase, late: recordLateChange(lateCase.late, event.change, now) };
    case 'resolve':
      return judged({ ...lateCase, late: recordLateDecision(lateCase.late, event.decision, now) });
    case 'basis':
      return judged({ ...lateCase, basis: event.basis, isLearning: false });
    case 'reading': {
      // By what is known when the answer has come: a callback may have overtaken it.
      const { reading, subject, remark } = event;
      const card = standingOf(judged(lateCase))?.card;
      const lookedFor = card === undefined ? [] : tokensToLookFor(card);
      const late = recordLateReading(lateCase.late, { reading, subject, lookedFor, remark }, now);
      return judged({ ...lateCase, late });
    }
  }
}

/** Records callbacks in the order in which they came. */
export function receiveLate(
  lateCase: LateCase,
  arrivals: readonly { readonly change: VirtualCardChange; readonly at: number }[],
): LateCase {
  return judged(
    arrivals.reduce((known, { change, at }) => evolveLate(known, { kind: 'callback', change }, at), lateCase),
  );
}

function judged(lateCase: LateCase): LateCase {
  const { basis, late } = lateCase;
  if (basis?.kind !== 'operation') return lateCase;
  const soFar = lateCase.judged ?? { standing: basis.standing, count: 0 };
  return soFar.count === late.arrivals.length
    ? { ...lateCase, judged: soFar }
    : { ...lateCase, judged: judgeFurther(soFar, late.arrivals, basis.subject) };
}

/** How the operation stands after what came late; undefined while that is not known, or when it was none of ours. */
export function standingOf({ judged: soFar }: LateCase): LateStanding | undefined {
  return soFar?.standing;
}

/** It is over once nothing has arrived for a while; with an open conflict not before somebody has decided. */
export function lateAgendaOf(lateCase: LateCase, now: number): Agenda<'learn'> {
  const { late, basis, isLearning, quietMs } = lateCase;
  const isDisputed = standingOf(lateCase)?.conflictOpen === true;
  const closingAt = closingTime(late, { waitsForSomebody: basis === undefined || isDisputed, quietMs });
  const reason =
    basis === undefined
      ? 'until it is known how the operation ended'
      : isDisputed
        ? 'until somebody has decided'
        : 'until it has been quiet';
  return {
    learn: basis === undefined && !isLearning && !isHandingOver(lateCase),
    stop: isLearning && isHandingOver(lateCase),
    wake: { at: closingAt, reason },
    isOver: closingAt <= now,
  };
}
