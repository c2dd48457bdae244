import type { Answer } from '../answer.js';
import { mostUrgent, type AttentionReason } from '../attention.js';
import {
  beginDispatch,
  recordAttempt,
  sendingDueAt,
  unreachableAt,
  watchHub,
  withHiddenAttempts,
  withoutAttention,
  type Dispatch,
} from '../dispatch.js';
import type { CardRequest, SendingResult } from '../fan-out/index.js';
import type { Wake } from '../operation/index.js';
import type { PersonRequest } from '../remark.js';
import { isFinalStatus, type OperationStatus } from '../status.js';
import type { FanOutStanding } from './standing.js';

/**
 * The sender of an operation on all tokens of a card: one request, sent until it is answered or no longer wanted. What
 * becomes of the tokens is the fan-out's; each tells the other what it has to know.
 */
export interface CardOperation extends Dispatch {
  readonly request: CardRequest;
  /** What the fan-out has told last. */
  readonly told?: FanOutStanding | undefined;
  readonly cancelled: boolean;
  /** How the sending ended; the fan-out has to be told once. */
  readonly result?: SendingResult | undefined;
  readonly isResultTold: boolean;
  /** What people asked for; absent while nobody has. */
  readonly requests?: readonly PersonRequest[];
}

export interface CardOperationAgenda {
  readonly send: boolean;
  /** An attempt is under way that nobody wants any more. */
  readonly stopSending: boolean;
  readonly tellResult: boolean;
  readonly wake: Wake | undefined;
}

export function beginCardOperation(request: CardRequest): CardOperation {
  return {
    ...beginDispatch(),
    request,
    cancelled: false,
    isResultTold: false,
    attention: request.idTaken === true ? ['ID_TAKEN'] : [],
  };
}

/**
 * Records what an attempt came to (design 5.1).
 * @param chance a number from 0 to 1, for the jitter of the next attempt
 */
export function recordCardAnswer(
  before: CardOperation,
  answer: Answer,
  { now, chance }: { now: number; chance: number },
): CardOperation {
  const operation = withHiddenAttempts(before, answer);
  const noted = recordAttempt(operation, answer, { now, chance, isWanted: !isUnwanted(operation) });
  // An attempt that ends at the hard deadline is not followed by another: that is told at once.
  return noted.sending.kind === 'over'
    ? { ...noted, result: toResult(operation, noted, answer) }
    : passCardTime(noted, now);
}

function toResult(before: CardOperation, after: CardOperation, answer: Answer): SendingResult {
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
      return { kind: 'stopped', possiblySent: after.possiblySent };
  }
}

/** A person or a caller wants it over: nothing more is sent, and the fan-out looks what may have happened. */
export function recordCardCancellation(operation: CardOperation, now: number): CardOperation {
  return passCardTime({ ...operation, cancelled: true }, now);
}

/** Notes how the fan-out stands. Its end is everybody's only with the sender's own, so until then the status stays as it was. */
export function recordStanding(operation: CardOperation, told: FanOutStanding, now: number): CardOperation {
  const status = isFinalStatus(told.status) ? statusOfCard(operation) : told.status;
  return passCardTime({ ...operation, told: { ...told, status } }, now);
}

/**
 * Takes over from a run that was reset by hand: what it had sent is not known here, so everything may have been. When the
 * fan-out knows that the hub has the request, or that nobody wants it, nothing more is sent.
 */
export function takeOver(
  operation: CardOperation,
  standing: FanOutStanding | undefined,
  now: number,
): CardOperation {
  const taken: CardOperation = { ...operation, told: standing, possiblySent: true };
  const acceptedAt = standing?.acceptedAt;
  if (acceptedAt === undefined) return passCardTime(taken, now);
  return { ...taken, sending: { kind: 'over' }, acceptedAt, isResultTold: true };
}

/** Whether the fan-out is to be told that nothing was ever sent: no attempt has told of a reset, which may hide one that was. */
export function saysNothingWasSent({ result }: CardOperation): boolean {
  return (result?.kind === 'stopped' || result?.kind === 'superseded') && !result.possiblySent;
}

/** The run was reset: what it had sent before nobody knows (design 5.1). */
export function recordCardReset(operation: CardOperation): CardOperation {
  const { result } = operation;
  const known = { ...operation, possiblySent: true };
  return result?.kind === 'stopped' || result?.kind === 'superseded'
    ? { ...known, result: { ...result, possiblySent: true } }
    : known;
}

export function recordResultTold(operation: CardOperation): CardOperation {
  return { ...operation, isResultTold: true };
}

/** Lets time pass: what is only due, and no longer wanted or too late, is not sent (design 5.1). */
export function passCardTime(operation: CardOperation, now: number): CardOperation {
  const watched = watchHub(operation, now);
  const isTooLate = now >= operation.request.hardDeadlineAt;
  if (watched.sending.kind !== 'due' || !(isTooLate || isUnwanted(watched))) return watched;
  return {
    ...watched,
    sending: { kind: 'over' },
    result: { kind: 'stopped', possiblySent: watched.possiblySent },
  };
}

function isUnwanted({ cancelled, told }: CardOperation): boolean {
  return cancelled || told?.stopsSending === true;
}

export function cardAgendaOf(operation: CardOperation, now: number): CardOperationAgenda {
  const { request, sending, result, isResultTold } = operation;
  const { hardDeadlineAt } = request;
  const sendAt = sendingDueAt(operation, { hardDeadlineAt, now });
  const isTooLate = now >= hardDeadlineAt;
  const isInFlight = sending.kind === 'in-flight';
  return {
    send: sendAt !== undefined && sendAt <= now,
    stopSending: isInFlight && (isUnwanted(operation) || isTooLate),
    tellResult: result !== undefined && !isResultTold,
    wake: firstOf(
      { at: sendAt, reason: 'sending again' },
      { at: sending.kind === 'over' || isTooLate ? undefined : hardDeadlineAt, reason: 'hard deadline' },
      { at: unreachableAt(operation), reason: 'hub counts as unreachable' },
    ),
  };
}

function firstOf(...candidates: { at: number | undefined; reason: string }[]): Wake | undefined {
  const known = candidates.filter((candidate): candidate is Wake => candidate.at !== undefined);
  return known.toSorted((left, right) => left.at - right.at)[0];
}

export function statusOfCard({ told, acceptedAt }: CardOperation): OperationStatus {
  return told?.status ?? (acceptedAt === undefined ? 'REQUESTED' : 'AWAITING_CALLBACK');
}

export function attentionOfCard(operation: CardOperation, isFinal: boolean): AttentionReason | undefined {
  // What is settled no longer waits for the hub.
  const own = isFinal ? withoutAttention(operation, 'HUB_UNREACHABLE') : operation;
  const { told } = operation;
  return mostUrgent([...own.attention, ...(told?.attention === undefined ? [] : [told.attention])]);
}
