import type { Answer } from './answer.js';
import { beginDispatch, recordAttempt, sendingDueAt, withHiddenAttempts, type Dispatch } from './dispatch.js';
import type { CardRequest, SenderReport, SendingResult } from './fan-out/index.js';
import type { Wake } from './operation/index.js';

/** How the one request for all tokens of a card is sent, until the hub has answered it or nobody wants it any more. */
export interface CardSending extends Dispatch {
  readonly request: CardRequest;
  /** No further attempt is wanted. */
  readonly isStopped: boolean;
  /** How it ended. */
  readonly result?: SendingResult | undefined;
}

export interface CardSendingAgenda {
  readonly send: boolean;
  /** An attempt is under way that nobody wants any more. */
  readonly stopSending: boolean;
  readonly wake: Wake | undefined;
}

/** @param dispatch how far an earlier workflow has come with the same request */
export function beginCardSending(request: CardRequest, dispatch: Dispatch = beginDispatch()): CardSending {
  return { ...dispatch, request, isStopped: false };
}

/**
 * Records what an attempt came to (design 5.1).
 * @param chance a number from 0 to 1, for the jitter of the next attempt
 */
export function recordCardAnswer(
  before: CardSending,
  answer: Answer,
  { now, chance }: { now: number; chance: number },
): CardSending {
  const known = withHiddenAttempts(before, answer);
  const noted = recordAttempt(known, answer, { now, chance, isWanted: true });
  const result = toResult(known, noted, answer);
  return passCardTime(result === undefined ? noted : { ...noted, result }, now);
}

/** Undefined where the request is sent again. */
function toResult(before: CardSending, after: CardSending, answer: Answer): SendingResult | undefined {
  switch (answer.kind) {
    case 'accepted':
      return { kind: 'accepted', at: after.acceptedAt ?? before.request.requestedAt };
    case 'refused':
      return { kind: 'refused', errorCode: answer.errorCode, echo: before.possiblySent };
    case 'superseded':
      return { kind: 'superseded', by: answer.by, possiblySent: before.possiblySent };
    case 'again':
    case 'unanswered':
    case 'not-sent':
      return undefined;
  }
}

/** The operation wants no further attempt. */
export function stopCardSending(sending: CardSending): CardSending {
  return { ...sending, isStopped: true };
}

/** The operation was reset: what an earlier child has sent is not known here, and nothing more is. */
export function recordOperationReset(sending: CardSending): CardSending {
  return { ...sending, result: { kind: 'lost' } };
}

/** The run was reset: what it had sent before nobody knows (design 5.1). */
export function recordCardReset(sending: CardSending): CardSending {
  const { result } = sending;
  const known = { ...sending, possiblySent: true };
  return result?.kind === 'stopped' || result?.kind === 'superseded'
    ? { ...known, result: { ...result, possiblySent: true } }
    : known;
}

/** Whether the result says that nothing was ever sent, although no attempt could tell of a reset. */
export function saysNothingWasSent({ result }: CardSending): boolean {
  return (result?.kind === 'stopped' || result?.kind === 'superseded') && !result.possiblySent;
}

/** Lets time pass: what is only due, and no longer wanted or too late, is not sent (design 5.1). */
export function passCardTime(sending: CardSending, now: number): CardSending {
  const isUnwanted = sending.isStopped || now >= sending.request.hardDeadlineAt;
  if (!isUnwanted || sending.sending.kind !== 'due' || sending.result !== undefined) return sending;
  // It stays due: another workflow may go on with it.
  return { ...sending, result: { kind: 'stopped', possiblySent: sending.possiblySent } };
}

export function cardAgendaOf(sending: CardSending, now: number): CardSendingAgenda {
  const { hardDeadlineAt } = sending.request;
  const isTooLate = now >= hardDeadlineAt;
  const sendAt = sending.isStopped ? undefined : sendingDueAt(sending, { hardDeadlineAt, now });
  const isInFlight = sending.sending.kind === 'in-flight';
  return {
    send: sendAt !== undefined && sendAt <= now,
    stopSending: isInFlight && (sending.isStopped || isTooLate),
    wake: isTooLate ? undefined : toWake(sendAt, hardDeadlineAt),
  };
}

function toWake(sendAt: number | undefined, hardDeadlineAt: number): Wake {
  return sendAt !== undefined && sendAt < hardDeadlineAt
    ? { at: sendAt, reason: 'sending again' }
    : { at: hardDeadlineAt, reason: 'hard deadline' };
}

/** What is told to the operation; `undefined` while the request is still being sent. */
export function toSenderReport(cardSending: CardSending): SenderReport | undefined {
  const { request: _request, isStopped: _isStopped, result, ...dispatch } = cardSending;
  return result && { result, dispatch };
}

/** How the sending stands, in a few lines of Markdown for a tired person who looks at the Temporal UI. */
export function toSendingDetails({ result, attempts, possiblySent, isStopped }: CardSending): string {
  const standing = result === undefined ? (isStopped ? 'stopping' : 'sending') : result.kind;
  return [
    `**${standing}** · attempts: ${attempts}`,
    ...(result !== undefined || possiblySent
      ? [possiblySent ? 'Something may have reached the hub.' : 'Nothing has reached the hub.']
      : []),
    'The callbacks and the outcome of each token are with the operation, the parent in the tab Relationships.',
  ].join('\n\n');
}
