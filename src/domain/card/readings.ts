import { checkingIntervalMs, silenceIntervalMs } from '../operation/deadlines.js';
import { evolve, isAmendable, isSettled, settle, type Operation } from '../token/index.js';
import type { ListedToken, Reading } from '../hub/reading.js';
import { isEligible, isExposed, isWantedStatus, mustLeaveNoneExposed } from '../hub/token-state.js';
import { isEmptyList, toCardList, type CardList } from './card-list.js';
import {
  exposedOf,
  finish,
  finishWithoutTokens,
  isAsWanted,
  isConfirmed,
  readingsOfRefusal,
} from './outcome.js';
import { review } from './review.js';
import {
  beginMember,
  hasWord,
  isFinal,
  isRead,
  isSenderDone,
  hasReachedHub,
  mayHaveBeenSent,
  withTokens,
  type Closing,
  type CardOperation,
  type Member,
  type Refused,
} from './state.js';

/** After this many failures in a row a reading is no longer repeated every checking interval, but every reading interval. */
const PATIENT_AFTER_FAILURES = 10;
/** Tokens that are listed without being in the snapshot are kept up to this many; all that can pay are named in `exposed`. */
const MOST_MEMBERS = 3_000;

/** Takes the card's tokens as they were before anything was sent. An answer that proves nothing is no snapshot. */
export function recordSnapshot(operation: CardOperation, reading: Reading): CardOperation {
  const list = toCardList(reading);
  if (list === undefined || operation.hasSnapshot) return operation;
  const { action } = operation.request;
  const isExpected = ({ status }: ListedToken): boolean => isEligible(action, status);
  return { ...withSnapshot(operation, list, isExpected), exposed: exposedOf(action, list) };
}

export function beginReading(operation: CardOperation, now: number): CardOperation {
  const scheduled = operation.nextReadingAt !== undefined && operation.nextReadingAt <= now;
  return {
    ...withTokens(operation, isRead, (token) => evolve(token, { kind: 'begun', effect: 'read' }, now)),
    readingInFlight: {
      at: now,
      scheduled,
      duringSending: isSending(operation, now),
      isAsked: isAskedFor(operation, now),
    },
  };
}

/** Records what a look at the card showed, of every token and of the card as a whole. */
export function recordReading(operation: CardOperation, reading: Reading, now: number): CardOperation {
  if (isFinal(operation)) return { ...operation, readingInFlight: undefined };
  const {
    at: startedAt,
    scheduled,
    duringSending,
    isAsked,
  } = operation.readingInFlight ?? {
    at: now,
    scheduled: false,
    duringSending: isSending(operation, now),
    isAsked: isAskedFor(operation, now),
  };
  const list = toCardList(reading);
  const noted = withRequestAnswered(
    {
      ...operation,
      readingInFlight: undefined,
      readings: operation.readings + 1,
      lastReadingAt: startedAt,
      failedReadingsInARow: list === undefined ? operation.failedReadingsInARow + 1 : 0,
    },
    { startedAt, isAnswered: list !== undefined, now },
  );
  const seen =
    list === undefined
      ? withFailedReading(noted, now)
      : withList(noted, list, { startedAt, duringSending, isAsked, now });
  const read = { ...seen, nextReadingAt: scheduled ? undefined : seen.nextReadingAt };
  return moveOn(read, { reading, list, scheduled, startedAt, now });
}

/** A person wanted this look, or a word that explains nothing. */
function isAskedFor({ readingRequestedAt }: CardOperation, startedAt: number): boolean {
  return readingRequestedAt !== undefined && readingRequestedAt <= startedAt;
}

/** Nobody knows yet whether the hub has the request. */
function isSending(operation: CardOperation, now: number): boolean {
  return !operation.wordCame && !isSenderDone(operation, now);
}

interface Look {
  readonly reading: Reading;
  readonly list: CardList | undefined;
  /** It was made for the present phase. */
  readonly scheduled: boolean;
  readonly startedAt: number;
  readonly now: number;
}

function withFailedReading(operation: CardOperation, now: number): CardOperation {
  return withTokens(
    operation,
    (member) => isRead(member) && !isSettled(member.token),
    (token) => evolve(token, { kind: 'reading', reading: { kind: 'failed' } }, now),
  );
}

/**
 * Whether the wanted state that a look shows can be what the request has done. During the sending nobody knows; a SUSPENDED
 * proves a SUSPEND only if something was possibly sent, since suspensions have owners (design 5.2), or if the hub has refused
 * the whole card because it is so (5.1).
 */
function mayShowOurDoing(operation: CardOperation, { duringSending }: { duringSending: boolean }): boolean {
  const { request, phase } = operation;
  if (duringSending) return false;
  const cause = phase.kind === 'expired' ? phase.before : phase;
  return request.action !== 'SUSPEND' || cause.kind === 'refused' || mayHaveBeenSent(operation);
}

function withList(
  operation: CardOperation,
  list: CardList,
  {
    startedAt,
    duringSending,
    isAsked,
    now,
  }: { startedAt: number; duringSending: boolean; isAsked: boolean; now: number },
): CardOperation {
  const { request, phase, overdue } = operation;
  const isPatient = !overdue && phase.kind === 'gathering';
  const isFirstList = !operation.hasSnapshot && (!isPatient || hasReachedHub(operation));
  const known = isFirstList ? withLateSnapshot(operation, list) : withAppeared(operation, list);
  // A first list in time, which nobody has asked for, only says whose words are awaited.
  const isSnapshot = isFirstList && isPatient && !isAsked;
  const isProof = !isSnapshot && mayShowOurDoing(operation, { duringSending });
  const read = withTokens(known, isRead, (token) => readToken(token, list, { isProof, now }));
  return {
    ...read,
    exposed: exposedOf(request.action, list),
    contradicted: contradictedBy(read, list, startedAt),
    lastListAt: startedAt,
  };
}

/** Of a token that has settled a look tells something only when it fills a gap: a failure that was not final, or silence. */
function readToken(
  token: Operation,
  list: CardList,
  { isProof, now }: { isProof: boolean; now: number },
): Operation {
  const { virtualCardId, action } = token.request;
  if (!isSettled(token)) {
    const reading = list.about(virtualCardId);
    return evolve(token, { kind: 'reading', reading, mayBeOurDoing: isProof }, now);
  }
  const status = list.statusOf(virtualCardId);
  const isGap = token.phase.kind === 'final' && isAmendable(token.phase.settlement);
  return isProof && isGap && status !== undefined && isWantedStatus(action, status)
    ? settle(token, { status: 'CONFIRMED', evidence: 'READING' }, now)
    : token;
}

/**
 * A list that comes only after the request takes the place of the snapshot. By now the tokens that the action took are in the
 * wanted state, so these and the ones that have reported are expected too.
 */
function withLateSnapshot(operation: CardOperation, list: CardList): CardOperation {
  const { action } = operation.request;
  return withSnapshot(
    operation,
    list,
    ({ status }, member) =>
      isWantedStatus(action, status) ||
      isEligible(action, status) ||
      (member !== undefined && hasWord(member)),
  );
}

function withSnapshot(
  operation: CardOperation,
  list: CardList,
  isExpected: (listed: ListedToken, member: Member | undefined) => boolean,
): CardOperation {
  const known = new Map(operation.members.map((member) => [member.token.request.virtualCardId, member]));
  const listed = list.tokens().map((token): Member => {
    const member = known.get(token.virtualCardId);
    const role = isExpected(token, member) ? 'expected' : 'not-eligible';
    const { token: part } = member ?? beginMember(operation, token.virtualCardId, role);
    // It was seen under this card: only then does its absence mean anything later (design 5.2).
    return { role, token: { ...part, tokenSeen: true } };
  });
  const others = operation.members.filter(({ token }) => !list.has(token.request.virtualCardId));
  return { ...operation, hasSnapshot: true, members: [...listed, ...others] };
}

function withAppeared(operation: CardOperation, list: CardList): CardOperation {
  if (!operation.hasSnapshot) return operation;
  const known = new Set(operation.members.map(({ token }) => token.request.virtualCardId));
  const room = Math.max(MOST_MEMBERS - operation.members.length, 0);
  const appeared = list
    .tokens()
    .filter(({ virtualCardId }) => !known.has(virtualCardId))
    .slice(0, room)
    .map(({ virtualCardId }) => beginMember(operation, virtualCardId, 'appeared'));
  return appeared.length === 0 ? operation : { ...operation, members: [...operation.members, ...appeared] };
}

/** A reading that was asked for is done once the hub has answered it; otherwise it is repeated. */
function withRequestAnswered(
  operation: CardOperation,
  { startedAt, isAnswered, now }: { startedAt: number; isAnswered: boolean; now: number },
): CardOperation {
  const { readingRequestedAt } = operation;
  if (readingRequestedAt === undefined || readingRequestedAt > startedAt) return operation;
  return { ...operation, readingRequestedAt: isAnswered ? undefined : now + repeatDelayMs(operation) };
}

/** What a look does to the card as a whole, by what the operation is doing. */
function moveOn(operation: CardOperation, look: Look): CardOperation {
  const { phase } = operation;
  switch (phase.kind) {
    case 'refused':
      return look.scheduled ? moveRefusalOn(operation, phase, look) : operation;
    case 'cancelling': {
      if (!look.scheduled) return operation;
      if (look.list !== undefined || phase.triesLeft <= 1) return finish(operation, look.list, look.now);
      return readAgain({ ...operation, phase: { ...phase, triesLeft: phase.triesLeft - 1 } }, look.now);
    }
    case 'expired':
      return look.scheduled ? finish(operation, look.list, look.now) : operation;
    case 'gathering':
    case 'closing':
      return moveGatheringOn(operation, look);
    case 'final':
      return operation;
  }
}

function moveGatheringOn(operation: CardOperation, look: Look): CardOperation {
  const gathered = review(operation, look.now);
  const { phase } = gathered;
  if (phase.kind === 'closing') return moveClosingOn(gathered, phase, look);
  if (operation.hasSnapshot || !look.scheduled) return gathered;
  if (look.list === undefined) return readAgain(gathered, look.now);
  const { readings, policy } = gathered;
  return { ...gathered, nextReadingAt: look.now + silenceIntervalMs(policy.readIntervalMs, readings - 1) };
}

/** The comparison at the end. A look that began before the last fact was known says nothing of it. */
function moveClosingOn(
  operation: CardOperation,
  phase: Closing,
  { list, startedAt, scheduled, now }: Look,
): CardOperation {
  const isOutOfDate = startedAt < (operation.lastFactAt ?? startedAt);
  if (isOutOfDate) return scheduled ? { ...operation, nextReadingAt: now } : operation;
  if (list === undefined) {
    if (!scheduled) return operation;
    // Whether a token is left that can pay only the hub can say; after a RESUME the words stand by themselves.
    const isPatient = mustLeaveNoneExposed(operation.request.action);
    if (!isPatient && phase.triesLeft <= 1) return finish(operation, undefined, now);
    return readAgain({ ...operation, phase: { ...phase, triesLeft: phase.triesLeft - 1 } }, now);
  }
  const contradicted = operation.contradicted.map(({ virtualCardId }) => virtualCardId);
  // Somebody wanted this look sooner: the one that repeats the first is still to come.
  if (contradicted.length > 0 && phase.contradicted.length > 0 && !scheduled) return operation;
  const known = new Set(phase.contradicted);
  if (contradicted.some((virtualCardId) => !known.has(virtualCardId))) {
    const nextReadingAt = now + checkingIntervalMs(operation.policy.readIntervalMs);
    return { ...operation, phase: { ...phase, contradicted }, nextReadingAt };
  }
  return finish(operation, list, now);
}

/** What a list says against successes: after a SUSPEND or DELETE the tokens that can pay, after a RESUME those that cannot. */
function contradictedBy(
  { request, members }: CardOperation,
  list: CardList,
  startedAt: number,
): readonly ListedToken[] {
  const { action } = request;
  const confirmed = new Set(
    members
      .filter(({ token }) => isConfirmed(token) && (token.settledAt ?? startedAt) <= startedAt)
      .map(({ token }) => token.request.virtualCardId),
  );
  const contradicts = ({ virtualCardId, status }: ListedToken): boolean =>
    confirmed.has(virtualCardId) &&
    (mustLeaveNoneExposed(action) ? isExposed(status) : !isWantedStatus(action, status));
  return list.tokens().filter(contradicts);
}

/** A first refusal needs one reading, the possible echo of an earlier attempt two that agree. */
function moveRefusalOn(
  operation: CardOperation,
  phase: Refused,
  { list, reading, now }: Look,
): CardOperation {
  if (list === undefined) {
    // The hub answers, and lists nothing: the reference may be wrong, and waiting does not mend it.
    if (isEmptyList(reading) && !phase.echo) return finishWithoutTokens(operation, phase.errorCode, now);
    return readAgain(operation, now);
  }
  const answeredReadings = phase.answeredReadings + 1;
  if (answeredReadings < readingsOfRefusal(phase) && !isAsWanted(operation, list)) {
    return readAgain({ ...operation, phase: { ...phase, answeredReadings } }, now);
  }
  return finish(operation, list, now);
}

function readAgain(operation: CardOperation, now: number): CardOperation {
  return { ...operation, nextReadingAt: now + repeatDelayMs(operation) };
}

function repeatDelayMs({ failedReadingsInARow, policy }: CardOperation): number {
  return failedReadingsInARow > PATIENT_AFTER_FAILURES
    ? policy.readIntervalMs
    : checkingIntervalMs(policy.readIntervalMs);
}
