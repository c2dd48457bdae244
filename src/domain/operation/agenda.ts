import { sendingDueAt, unreachableAt } from '../dispatch.js';
import type { Operation } from './state.js';

/** What a workflow has to do next for an operation. */
export interface Agenda {
  readonly send: boolean;
  /** An attempt is under way that nobody wants any more. */
  readonly stopSending: boolean;
  readonly read: boolean;
  /** Nothing to do before this instant unless something arrives; undefined once it is settled. */
  readonly wake: Wake | undefined;
}

export interface Wake {
  readonly at: number;
  /** What the wait ends with, for people who look at the timer. */
  readonly reason: string;
}

const NOTHING_TO_DO: Agenda = { send: false, stopSending: false, read: false, wake: undefined };

/** What is due now, and until when to wait otherwise. Never sends at or after the hard deadline (design 5.1). */
export function agendaOf(operation: Operation, now: number): Agenda {
  const { stance, sending, request, readingInFlight } = operation;
  if (stance.kind === 'final') return NOTHING_TO_DO;
  const isInFlight = sending.kind === 'in-flight';

  // The last look must not overtake an attempt that is still under way.
  const waitsForAttempt = isInFlight && (stance.kind === 'cancelling' || stance.kind === 'expired');
  const canRead = readingInFlight === undefined && !waitsForAttempt;
  const sendAt = sendingDueAt(operation, { hardDeadlineAt: request.hardDeadlineAt, now });
  const readAt = canRead ? earliest(operation.nextReadingAt, operation.readingRequestedAt) : undefined;
  const isSoftAhead = !operation.overdue && stance.kind !== 'checking';
  return {
    send: sendAt !== undefined && sendAt <= now,
    stopSending: isInFlight && stance.kind !== 'waiting',
    read: readAt !== undefined && readAt <= now,
    wake: firstOf(
      { at: sendAt, reason: 'sending again' },
      { at: readAt, reason: 'next reading' },
      { at: isSoftAhead ? request.softDeadlineAt : undefined, reason: 'soft deadline' },
      { at: stance.kind === 'expired' ? undefined : request.hardDeadlineAt, reason: 'hard deadline' },
      { at: unreachableAt(operation), reason: 'hub counts as unreachable' },
    ),
  };
}

function firstOf(...candidates: { at: number | undefined; reason: string }[]): Wake | undefined {
  return candidates.find((candidate): candidate is Wake => {
    const others = candidates.map(({ at }) => at);
    return candidate.at !== undefined && candidate.at === earliest(...others);
  });
}

function earliest(...instants: (number | undefined)[]): number | undefined {
  const known = instants.filter((instant) => instant !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
