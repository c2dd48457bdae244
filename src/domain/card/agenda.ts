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
import {
  cardUnreachableAt,
  isFinal,
  isOpen,
  isSenderDone,
  senderOverAt,
  type CardOperation,
} from './state.js';

/** `send`: a child is to be started that sends the request. `stop` asks the one that runs to stop. */
export type CardEffect = 'send' | 'read' | 'askWhetherReset';

/** What is due now, and until when to wait otherwise. One look at the card serves everything that wants one. */
export function cardAgendaOf(operation: CardOperation, now: number): Agenda<CardEffect> {
  const { request, sender, sending, stopWantedAt } = operation;
  const isLast = isHandingOver(operation);
  const isEnding = isFinal(operation);
  const stop = sender !== undefined && (isEnding || isLast || stopWantedAt !== undefined);
  const askWhetherReset = isResetUnasked(operation) && mustKnowOfReset(operation, now);
  if (isEnding) {
    const isSenderOver = sender === undefined || now >= senderOverAt(operation);
    const isOver = isSenderOver && (operation.senders > 0 || isResetKnown(operation));
    const wake = isSenderOver ? undefined : patienceOf(operation);
    return { send: false, read: false, askWhetherReset, stop, wake, isOver };
  }
  const readAt = isLast || operation.readingInFlight !== undefined ? undefined : nextReadingAt(operation);
  const isInTime = now < request.hardDeadlineAt;
  const isWanted = sending.kind === 'under-way' && stopWantedAt === undefined && isInTime;
  return {
    send: isWanted && sender === undefined && !isLast,
    read: readAt !== undefined && readAt <= now,
    askWhetherReset,
    stop,
    wake: wakeOf(operation, readAt, now),
    isOver: false,
  };
}

/**
 * Before it is said, or handed on, that nothing was sent, and before it ends without ever having had a child: a run that was
 * reset does not know the child that it had before.
 */
function mustKnowOfReset(operation: CardOperation, now: number): boolean {
  if (isFinal(operation)) return operation.senders === 0;
  const isHandedOnUnsent = isHandingOver(operation) && operation.dispatch?.possiblySent !== true;
  return isHandedOnUnsent || isGivenUpUnsent(operation, now);
}

function wakeOf(operation: CardOperation, readAt: number | undefined, now: number): Wake | undefined {
  const { request, overdue, sender, sending, stopWantedAt } = operation;
  const isStopping = sending.kind === 'under-way' && sender !== undefined && stopWantedAt !== undefined;
  const patience = patienceOf(operation);
  return firstOf(
    { at: readAt, reason: 'next reading' },
    { at: overdue ? undefined : request.softDeadlineAt, reason: 'soft deadline' },
    { at: now < request.hardDeadlineAt ? request.hardDeadlineAt : undefined, reason: 'hard deadline' },
    { at: cardUnreachableAt(operation), reason: 'hub counts as unreachable' },
    { ...patience, at: isStopping && !isSenderDone(operation, now) ? patience.at : undefined },
  );
}

function patienceOf(operation: CardOperation): Wake {
  return { at: senderOverAt(operation), reason: 'the end of the child that sends' };
}

/**
 * The tokens' own series are bundled: between two looks that they want lies an interval at least, or thousands of words
 * that prove nothing would become a look each.
 */
function nextReadingAt(operation: CardOperation): number | undefined {
  const { members, lastReadingAt, policy } = operation;
  const wanted = earliest(...members.filter(isOpen).map(({ token }) => token.nextReadingAt));
  const spaced =
    wanted === undefined || lastReadingAt === undefined
      ? wanted
      : Math.max(wanted, lastReadingAt + checkingIntervalMs(policy.readIntervalMs));
  return earliest(operation.nextReadingAt, operation.readingRequestedAt, spaced);
}
