import {
  earliest,
  firstOf,
  isHandingOver,
  isResetKnown,
  isResetUnasked,
  type Agenda,
  type Wake,
} from '../operation/agenda.js';
import { sendingDueAt, unreachableAt } from '../operation/dispatch.js';
import { saysNothingWasSent } from './sending.js';
import type { Operation } from './state.js';

/** `sight`: to note that a token is there before it is deleted. */
export type TokenEffect = 'send' | 'sight' | 'read' | 'askWhetherReset';

/** What is due now, and until when to wait otherwise. Never sends at or after the hard deadline (design 5.1). */
export function agendaOf(operation: Operation, now: number): Agenda<TokenEffect> {
  const { phase, sending, request, attempts } = operation;
  const askWhetherReset = isResetUnasked(operation) && mustKnowOfReset(operation);
  if (phase.kind === 'final') {
    const isOver = !saysNothingWasSent(operation) || isResetKnown(operation);
    return { send: false, sight: false, read: false, askWhetherReset, stop: false, wake: undefined, isOver };
  }
  const isInFlight = sending.kind === 'in-flight';
  const isLast = isHandingOver(operation);
  const sendAt = isLast
    ? undefined
    : sendingDueAt(operation, { hardDeadlineAt: request.hardDeadlineAt, now });
  const readAt = isLast ? undefined : readingDueAt(operation);
  const send = sendAt !== undefined && sendAt <= now;
  return {
    send,
    sight: send && attempts === 0 && request.action === 'DELETE',
    read: readAt !== undefined && readAt <= now,
    askWhetherReset,
    stop: isInFlight && (isLast || phase.kind !== 'waiting'),
    wake: wakeOf(operation, { sendAt, readAt }),
    isOver: false,
  };
}

/** Before it is said, or handed on, that nothing was sent. */
function mustKnowOfReset(operation: Operation): boolean {
  return saysNothingWasSent(operation) || (isHandingOver(operation) && !operation.possiblySent);
}

/** The last look must not overtake an attempt that is still under way. */
function readingDueAt({
  phase,
  sending,
  readingInFlight,
  nextReadingAt,
  readingRequestedAt,
}: Operation): number | undefined {
  const isEnding = phase.kind === 'cancelling' || phase.kind === 'expired';
  if (readingInFlight !== undefined || (isEnding && sending.kind === 'in-flight')) return undefined;
  return earliest(nextReadingAt, readingRequestedAt);
}

function wakeOf(
  operation: Operation,
  { sendAt, readAt }: { sendAt: number | undefined; readAt: number | undefined },
): Wake | undefined {
  const { phase, request, overdue } = operation;
  const isSoftAhead = !overdue && phase.kind !== 'checking';
  return firstOf(
    { at: sendAt, reason: 'sending again' },
    { at: readAt, reason: 'next reading' },
    { at: isSoftAhead ? request.softDeadlineAt : undefined, reason: 'soft deadline' },
    { at: phase.kind === 'expired' ? undefined : request.hardDeadlineAt, reason: 'hard deadline' },
    { at: unreachableAt(operation), reason: 'hub counts as unreachable' },
  );
}
