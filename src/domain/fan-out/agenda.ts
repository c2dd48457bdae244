import { checkingIntervalMs } from '../deadlines.js';
import type { Wake } from '../operation/index.js';
import {
  cardUnreachableAt,
  isFinal,
  isOpen,
  isOver,
  isSenderDone,
  senderOverAt,
  type FanOut,
} from './state.js';

/** What the workflow has to do next for a fan-out. */
export interface FanOutAgenda {
  readonly read: boolean;
  /** A child is to be started that sends the request. */
  readonly send: boolean;
  /** The child that runs is to be asked to stop. */
  readonly stop: boolean;
  /** Nothing to do before this instant unless something arrives; undefined once it is over. */
  readonly wake: Wake | undefined;
}

/** What is due now, and until when to wait otherwise. One look at the card serves everything that wants one. */
export function fanOutAgendaOf(fanOut: FanOut, now: number): FanOutAgenda {
  const { request, overdue, readingInFlight, sender, sending, stopWantedAt } = fanOut;
  const isEnding = isFinal(fanOut);
  const stop = sender !== undefined && (isEnding || stopWantedAt !== undefined);
  const patience = { at: senderOverAt(fanOut), reason: 'the end of the child that sends' };
  if (isEnding) {
    return { read: false, send: false, stop, wake: isOver(fanOut, now) ? undefined : patience };
  }
  const readAt = readingInFlight === undefined ? nextReadingAt(fanOut) : undefined;
  const isHardAhead = now < request.hardDeadlineAt;
  const isSending = sending.kind === 'under-way';
  return {
    read: readAt !== undefined && readAt <= now,
    send: isSending && sender === undefined && stopWantedAt === undefined && isHardAhead,
    stop,
    wake: firstOf(
      { at: readAt, reason: 'next reading' },
      { at: overdue ? undefined : request.softDeadlineAt, reason: 'soft deadline' },
      { at: isHardAhead ? request.hardDeadlineAt : undefined, reason: 'hard deadline' },
      { at: cardUnreachableAt(fanOut), reason: 'hub counts as unreachable' },
      { ...patience, at: isSending && stop && !isSenderDone(fanOut, now) ? patience.at : undefined },
    ),
  };
}

/**
 * The tokens' own series are bundled: between two looks that they want lies an interval at least, or thousands of words
 * that prove nothing would become a look each.
 */
function nextReadingAt(fanOut: FanOut): number | undefined {
  const { members, lastReadingAt, policy } = fanOut;
  const wanted = members.filter(isOpen).map(({ token }) => token.nextReadingAt);
  const earliestWanted = earliest(...wanted);
  const spaced =
    earliestWanted === undefined || lastReadingAt === undefined
      ? earliestWanted
      : Math.max(earliestWanted, lastReadingAt + checkingIntervalMs(policy.readIntervalMs));
  return earliest(fanOut.nextReadingAt, fanOut.readingRequestedAt, spaced);
}

function firstOf(...candidates: { at: number | undefined; reason: string }[]): Wake | undefined {
  const first = earliest(...candidates.map(({ at }) => at));
  return candidates.find(
    (candidate): candidate is Wake => candidate.at !== undefined && candidate.at === first,
  );
}

function earliest(...instants: (number | undefined)[]): number | undefined {
  const known = instants.filter((instant) => instant !== undefined);
  // Not spread into Math.min: a card may have thousands of tokens.
  return known.length === 0 ? undefined : known.reduce((least, instant) => Math.min(least, instant));
}
