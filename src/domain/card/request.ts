import {
  handingOver,
  isHandingOver,
  isResetKnown,
  isResetUnasked,
  withReset,
  type Agenda,
  type DriverEvent,
  type ResetKnown,
  type ThisRun,
} from '../operation/agenda.js';
import type { Answer } from '../hub/answer.js';
import {
  beginDispatch,
  beginSending,
  recordAttempt,
  sendingDueAt,
  withHiddenAttempts,
  type Dispatch,
} from '../operation/dispatch.js';
import type { CardRequest, SenderReport, SendingResult } from './index.js';

/** How the one request for all tokens of a card is sent, until the hub has answered it or nobody wants it any more. */
export interface CardSending extends Dispatch {
  readonly request: CardRequest;
  /** No further attempt is wanted. */
  readonly isStopped: boolean;
  /** How it ended. */
  readonly result?: SendingResult | undefined;
  readonly thisRun?: ThisRun | undefined;
}

export type SendingEffect = 'send' | 'askWhetherReset';

/** Everything that can happen to the sending. */
export type SendingEvent =
  /** An attempt has ended. `chance`: a number from 0 to 1, for the jitter of the next one. */
  | { readonly kind: 'answer'; readonly answer: Answer; readonly chance: number }
  /** The operation, or a person, wants no further attempt. */
  | { readonly kind: 'stop' }
  | ResetKnown
  | DriverEvent<SendingEffect>;

/** @param dispatch how far an earlier workflow has come with the same request */
export function beginCardSending(request: CardRequest, dispatch: Dispatch = beginDispatch()): CardSending {
  return { ...dispatch, request, isStopped: false };
}

/** The operation was reset: what an earlier child has sent is not known here, and nothing more is. */
export function beginLostSending(request: CardRequest, dispatch?: Dispatch): CardSending {
  return { ...beginCardSending(request, dispatch), result: { kind: 'lost' } };
}

/** The sending after an event (design 5.1). */
export function evolveSending(sending: CardSending, event: SendingEvent, now: number): CardSending {
  switch (event.kind) {
    case 'time':
      return passTime(sending, now);
    case 'begun':
      return event.effect === 'send' ? beginSending(sending, now) : withReset(sending, 'asked');
    case 'answer':
      return recordAnswer(sending, event.answer, { now, chance: event.chance });
    case 'stop':
      return { ...sending, isStopped: true };
    case 'reset-known':
      return recordReset(withReset(sending, 'known'), event.wasReset);
    case 'handing-over':
      return handingOver(sending);
  }
}

function recordAnswer(
  before: CardSending,
  answer: Answer,
  { now, chance }: { now: number; chance: number },
): CardSending {
  const known = withHiddenAttempts(before, answer);
  const noted = recordAttempt(known, answer, { now, chance, isWanted: true });
  const result = toResult(known, noted, answer);
  return passTime(result === undefined ? noted : { ...noted, result }, now);
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

/** Of a run that was reset nobody knows what it had sent before (design 5.1). */
function recordReset(sending: CardSending, wasReset: boolean): CardSending {
  if (!wasReset) return sending;
  const { result } = sending;
  const known: CardSending = { ...sending, possiblySent: true };
  return result?.kind === 'stopped' || result?.kind === 'superseded'
    ? { ...known, result: { ...result, possiblySent: true } }
    : known;
}

/** What is only due, and no longer wanted or too late, is not sent (design 5.1). */
function passTime(sending: CardSending, now: number): CardSending {
  const isUnwanted = sending.isStopped || now >= sending.request.hardDeadlineAt;
  if (!isUnwanted || sending.sending.kind !== 'due' || sending.result !== undefined) return sending;
  // It stays due: another workflow may go on with it.
  return { ...sending, result: { kind: 'stopped', possiblySent: sending.possiblySent } };
}

/** Whether the result says that nothing was ever sent, although no attempt could tell of a reset. */
function saysNothingWasSent({ result }: CardSending): boolean {
  return (result?.kind === 'stopped' || result?.kind === 'superseded') && !result.possiblySent;
}

/** What is due now, and until when to wait otherwise. */
export function sendingAgendaOf(sending: CardSending, now: number): Agenda<SendingEffect> {
  const { request, result, isStopped, possiblySent } = sending;
  const { hardDeadlineAt } = request;
  const isLast = isHandingOver(sending);
  const mustKnowOfReset = saysNothingWasSent(sending) || (isLast && !possiblySent && result === undefined);
  const askWhetherReset = mustKnowOfReset && isResetUnasked(sending);
  if (result !== undefined) {
    const isOver = !saysNothingWasSent(sending) || isResetKnown(sending);
    return { send: false, askWhetherReset, stop: false, wake: undefined, isOver };
  }
  const isTooLate = now >= hardDeadlineAt;
  const sendAt = isStopped || isLast ? undefined : sendingDueAt(sending, { hardDeadlineAt, now });
  const isInFlight = sending.sending.kind === 'in-flight';
  const isAgainInTime = sendAt !== undefined && sendAt < hardDeadlineAt;
  return {
    send: sendAt !== undefined && sendAt <= now,
    askWhetherReset,
    stop: isInFlight && (isStopped || isTooLate || isLast),
    wake: isTooLate
      ? undefined
      : isAgainInTime
        ? { at: sendAt, reason: 'sending again' }
        : { at: hardDeadlineAt, reason: 'hard deadline' },
    isOver: false,
  };
}

/** How far the sending is, for another run or child to go on from. */
export function toDispatch(sending: CardSending): Dispatch {
  const {
    request: _request,
    isStopped: _isStopped,
    result: _result,
    thisRun: _thisRun,
    ...dispatch
  } = sending;
  return dispatch;
}

/** What is told to the operation at the end. */
export function toSenderReport(sending: CardSending): SenderReport {
  const { result = { kind: 'stopped', possiblySent: sending.possiblySent } } = sending;
  return { result, dispatch: toDispatch(sending) };
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
