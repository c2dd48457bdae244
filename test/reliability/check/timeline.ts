import type { Coming, HubEffect } from '../records.js';
import type { PlannedAction } from '../workload.js';

/** The states of one token, each with the instant from which on it holds. */
export type Timeline = readonly { readonly from: number; readonly status: string }[];

const WANTED: Readonly<Record<PlannedAction, readonly string[]>> = {
  SUSPEND: ['SUSPENDED'],
  RESUME: ['RESUMED'],
  DELETE: ['DELETED', 'ERASED'],
};

export function toTimeline(
  atFirst: string,
  effects: readonly Pick<HubEffect, 'at' | 'to'>[],
  comings: readonly Coming[] = [],
): Timeline {
  const changes = [
    ...effects.map(({ at, to }) => ({ from: Date.parse(at), status: to })),
    ...comings.map(({ to, status }) => ({ from: to, status })),
  ];
  return [{ from: 0, status: atFirst }, ...changes.toSorted((left, right) => left.from - right.from)];
}

export function isWanted(action: PlannedAction, status: string): boolean {
  return WANTED[action].includes(status);
}

/** States in which a request for a whole card means something for a token (design 5.3). */
const ELIGIBLE: Readonly<Record<PlannedAction, (status: string) => boolean>> = {
  SUSPEND: (status) => ['RESUMED', 'SUSPENDED'].includes(status),
  RESUME: (status) => status === 'SUSPENDED',
  DELETE: (status) => !['DELETED', 'ERASED'].includes(status),
};

export function isEligible(action: PlannedAction, status: string): boolean {
  return ELIGIBLE[action](status);
}

/** Whether a token in this state can pay, can become able to, or nobody knows. */
export function canPay(status: string): boolean {
  return !['SUSPENDED', 'DELETED', 'ERASED'].includes(status);
}

/** Whether it was, at some instant between these, in another state than the one that the action wants. */
export function wasOtherwise(
  timeline: Timeline,
  action: PlannedAction,
  between: { from: number; to: number },
): boolean {
  return statusesDuring(timeline, between).some((status) => !isWanted(action, status));
}

function statusesDuring(timeline: Timeline, { from, to }: { from: number; to: number }): string[] {
  return timeline
    .filter((state, index) => {
      const until = timeline[index + 1]?.from ?? Number.POSITIVE_INFINITY;
      return state.from <= to && until >= from;
    })
    .map(({ status }) => status);
}
