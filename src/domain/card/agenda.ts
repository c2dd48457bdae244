import {
  earliest,
  firstOf,
  isHandingOver,
  isResetKnown,
  isResetUnasked,
  type Agenda,
  type Wake,
} from '../operation/agenda.js';
import { checkingIntervalMs } from '../operation/deadlines.js';
import { isGivenUpUnsent } from './endings.js';
import { cardUnreachableAt, isFinal, isOpen, isSenderDone, senderOverAt, type FanOut } from './state.js';

/** `send`: a child is to be started that sends the request. `stop` asks the one that runs to stop. */
export type CardEffect = 'send' | 'read' | 'askWhetherReset';

/** What is due now, and until when to wait otherwise. One look at the card serves everything that wants one. */
export function cardAgendaOf(fanOut: FanOut, now: number): Agenda<CardEffect> {
  const { request, sender, sending, stopWantedAt } = fanOut;
  const isLast = isHandingOver(fanOut);
  const isEnding = isFinal(fanOut);
  const stop = sender !== undefined && (isEnding || isLast || stopWantedAt !== undefined);
  const askWhetherReset = isResetUnasked(fanOut) && mustKnowOfReset(fanOut, now);
  if (isEnding) {
    const isSenderOver = sender === undefined || now >= senderOverAt(fanOut);
    const isOver = isSenderOver && (fanOut.senders > 0 || isResetKnown(fanOut));
    const wake = isSenderOver ? undefined : patienceOf(fanOut);
    return { send: false, read: false, askWhetherReset, stop, wake, isOver };
  }
  const readAt = isLast || fanOut.readingInFlight !== undefined ? undefined : nextReadingAt(fanOut);
  const isInTime = now < request.hardDeadlineAt;
  const isWanted = sending.kind === 'under-way' && stopWantedAt === undefined && isInTime;
  return {
    send: isWanted && sender === undefined && !isLast,
    read: readAt !== undefined && readAt <= now,
    askWhetherReset,
    stop,
    wake: wakeOf(fanOut, readAt, now),
    isOver: false,
  };
}

/**
 * Before it is said, or handed on, that nothing was sent, and before it ends without ever having had a child: a run that was
 * reset does not know the child that it had before.
 */
function mustKnowOfReset(fanOut: FanOut, now: number): boolean {
  if (isFinal(fanOut)) return fanOut.senders === 0;
  const isHandedOnUnsent = isHandingOver(fanOut) && fanOut.dispatch?.possiblySent !== true;
  return isHandedOnUnsent || isGivenUpUnsent(fanOut, now);
}

function wakeOf(fanOut: FanOut, readAt: number | undefined, now: number): Wake | undefined {
  const { request, overdue, sender, sending, stopWantedAt } = fanOut;
  const isStopping = sending.kind === 'under-way' && sender !== undefined && stopWantedAt !== undefined;
  const patience = patienceOf(fanOut);
  return firstOf(
    { at: readAt, reason: 'next reading' },
    { at: overdue ? undefined : request.softDeadlineAt, reason: 'soft deadline' },
    { at: now < request.hardDeadlineAt ? request.hardDeadlineAt : undefined, reason: 'hard deadline' },
    { at: cardUnreachableAt(fanOut), reason: 'hub counts as unreachable' },
    { ...patience, at: isStopping && !isSenderDone(fanOut, now) ? patience.at : undefined },
  );
}

function patienceOf(fanOut: FanOut): Wake {
  return { at: senderOverAt(fanOut), reason: 'the end of the child that sends' };
}

/**
 * The tokens' own series are bundled: between two looks that they want lies an interval at least, or thousands of words
 * that prove nothing would become a look each.
 */
function nextReadingAt(fanOut: FanOut): number | undefined {
  const { members, lastReadingAt, policy } = fanOut;
  const wanted = earliest(...members.filter(isOpen).map(({ token }) => token.nextReadingAt));
  const spaced =
    wanted === undefined || lastReadingAt === undefined
      ? wanted
      : Math.max(wanted, lastReadingAt + checkingIntervalMs(policy.readIntervalMs));
  return earliest(fanOut.nextReadingAt, fanOut.readingRequestedAt, spaced);
}
