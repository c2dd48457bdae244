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
  type FanOut,
  type Member,
  type Refused,
} from './state.js';

/** After this many failures in a row a reading is no longer repeated every checking interval, but every reading interval. */
const PATIENT_AFTER_FAILURES = 10;
/** Tokens that are listed without being in the snapshot are kept up to this many; all that can pay are named in `exposed`. */
const MOST_MEMBERS = 3_000;

/** Takes the card's tokens as they were before anything was sent. An answer that proves nothing is no snapshot. */
export function recordSnapshot(fanOut: FanOut, reading: Reading): FanOut {
  const list = toCardList(reading);
  if (list === undefined || fanOut.hasSnapshot) return fanOut;
  const { action } = fanOut.request;
  const isExpected = ({ status }: ListedToken): boolean => isEligible(action, status);
  return { ...withSnapshot(fanOut, list, isExpected), exposed: exposedOf(action, list) };
}

export function beginFanOutReading(fanOut: FanOut, now: number): FanOut {
  const scheduled = fanOut.nextReadingAt !== undefined && fanOut.nextReadingAt <= now;
  return {
    ...withTokens(fanOut, isRead, (token) => evolve(token, { kind: 'begun', effect: 'read' }, now)),
    readingInFlight: {
      at: now,
      scheduled,
      duringSending: isSending(fanOut, now),
      isAsked: isAskedFor(fanOut, now),
    },
  };
}

/** Records what a look at the card showed, of every token and of the card as a whole. */
export function recordFanOutReading(fanOut: FanOut, reading: Reading, now: number): FanOut {
  if (isFinal(fanOut)) return { ...fanOut, readingInFlight: undefined };
  const {
    at: startedAt,
    scheduled,
    duringSending,
    isAsked,
  } = fanOut.readingInFlight ?? {
    at: now,
    scheduled: false,
    duringSending: isSending(fanOut, now),
    isAsked: isAskedFor(fanOut, now),
  };
  const list = toCardList(reading);
  const noted = withRequestAnswered(
    {
      ...fanOut,
      readingInFlight: undefined,
      readings: fanOut.readings + 1,
      lastReadingAt: startedAt,
      failedReadingsInARow: list === undefined ? fanOut.failedReadingsInARow + 1 : 0,
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
function isAskedFor({ readingRequestedAt }: FanOut, startedAt: number): boolean {
  return readingRequestedAt !== undefined && readingRequestedAt <= startedAt;
}

/** Nobody knows yet whether the hub has the request. */
function isSending(fanOut: FanOut, now: number): boolean {
  return !fanOut.wordCame && !isSenderDone(fanOut, now);
}

interface Look {
  readonly reading: Reading;
  readonly list: CardList | undefined;
  /** It was made for the present phase. */
  readonly scheduled: boolean;
  readonly startedAt: number;
  readonly now: number;
}

function withFailedReading(fanOut: FanOut, now: number): FanOut {
  return withTokens(
    fanOut,
    (member) => isRead(member) && !isSettled(member.token),
    (token) => evolve(token, { kind: 'reading', reading: { kind: 'failed' } }, now),
  );
}

/**
 * Whether the wanted state that a look shows can be what the request has done. During the sending nobody knows; a SUSPENDED
 * proves a SUSPEND only if something was possibly sent, since suspensions have owners (design 5.2), or if the hub has refused
 * the whole card because it is so (5.1).
 */
function mayShowOurDoing(fanOut: FanOut, { duringSending }: { duringSending: boolean }): boolean {
  const { request, phase } = fanOut;
  if (duringSending) return false;
  const cause = phase.kind === 'expired' ? phase.before : phase;
  return request.action !== 'SUSPEND' || cause.kind === 'refused' || mayHaveBeenSent(fanOut);
}

function withList(
  fanOut: FanOut,
  list: CardList,
  {
    startedAt,
    duringSending,
    isAsked,
    now,
  }: { startedAt: number; duringSending: boolean; isAsked: boolean; now: number },
): FanOut {
  const { request, phase, overdue } = fanOut;
  const isPatient = !overdue && phase.kind === 'gathering';
  const isFirstList = !fanOut.hasSnapshot && (!isPatient || hasReachedHub(fanOut));
  const known = isFirstList ? withLateSnapshot(fanOut, list) : withAppeared(fanOut, list);
  // A first list in time, which nobody has asked for, only says whose words are awaited.
  const isSnapshot = isFirstList && isPatient && !isAsked;
  const isProof = !isSnapshot && mayShowOurDoing(fanOut, { duringSending });
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
function withLateSnapshot(fanOut: FanOut, list: CardList): FanOut {
  const { action } = fanOut.request;
  return withSnapshot(
    fanOut,
    list,
    ({ status }, member) =>
      isWantedStatus(action, status) ||
      isEligible(action, status) ||
      (member !== undefined && hasWord(member)),
  );
}

function withSnapshot(
  fanOut: FanOut,
  list: CardList,
  isExpected: (listed: ListedToken, member: Member | undefined) => boolean,
): FanOut {
  const known = new Map(fanOut.members.map((member) => [member.token.request.virtualCardId, member]));
  const listed = list.tokens().map((token): Member => {
    const member = known.get(token.virtualCardId);
    const role = isExpected(token, member) ? 'expected' : 'not-eligible';
    const { token: part } = member ?? beginMember(fanOut, token.virtualCardId, role);
    // It was seen under this card: only then does its absence mean anything later (design 5.2).
    return { role, token: { ...part, tokenSeen: true } };
  });
  const others = fanOut.members.filter(({ token }) => !list.has(token.request.virtualCardId));
  return { ...fanOut, hasSnapshot: true, members: [...listed, ...others] };
}

function withAppeared(fanOut: FanOut, list: CardList): FanOut {
  if (!fanOut.hasSnapshot) return fanOut;
  const known = new Set(fanOut.members.map(({ token }) => token.request.virtualCardId));
  const room = Math.max(MOST_MEMBERS - fanOut.members.length, 0);
  const appeared = list
    .tokens()
    .filter(({ virtualCardId }) => !known.has(virtualCardId))
    .slice(0, room)
    .map(({ virtualCardId }) => beginMember(fanOut, virtualCardId, 'appeared'));
  return appeared.length === 0 ? fanOut : { ...fanOut, members: [...fanOut.members, ...appeared] };
}

/** A reading that was asked for is done once the hub has answered it; otherwise it is repeated. */
function withRequestAnswered(
  fanOut: FanOut,
  { startedAt, isAnswered, now }: { startedAt: number; isAnswered: boolean; now: number },
): FanOut {
  const { readingRequestedAt } = fanOut;
  if (readingRequestedAt === undefined || readingRequestedAt > startedAt) return fanOut;
  return { ...fanOut, readingRequestedAt: isAnswered ? undefined : now + repeatDelayMs(fanOut) };
}

/** What a look does to the card as a whole, by what the fan-out is doing. */
function moveOn(fanOut: FanOut, look: Look): FanOut {
  const { phase } = fanOut;
  switch (phase.kind) {
    case 'refused':
      return look.scheduled ? moveRefusalOn(fanOut, phase, look) : fanOut;
    case 'cancelling': {
      if (!look.scheduled) return fanOut;
      if (look.list !== undefined || phase.triesLeft <= 1) return finish(fanOut, look.list, look.now);
      return readAgain({ ...fanOut, phase: { ...phase, triesLeft: phase.triesLeft - 1 } }, look.now);
    }
    case 'expired':
      return look.scheduled ? finish(fanOut, look.list, look.now) : fanOut;
    case 'gathering':
    case 'closing':
      return moveGatheringOn(fanOut, look);
    case 'final':
      return fanOut;
  }
}

function moveGatheringOn(fanOut: FanOut, look: Look): FanOut {
  const gathered = review(fanOut, look.now);
  const { phase } = gathered;
  if (phase.kind === 'closing') return moveClosingOn(gathered, phase, look);
  if (fanOut.hasSnapshot || !look.scheduled) return gathered;
  if (look.list === undefined) return readAgain(gathered, look.now);
  const { readings, policy } = gathered;
  return { ...gathered, nextReadingAt: look.now + silenceIntervalMs(policy.readIntervalMs, readings - 1) };
}

/** The comparison at the end. A look that began before the last fact was known says nothing of it. */
function moveClosingOn(fanOut: FanOut, phase: Closing, { list, startedAt, scheduled, now }: Look): FanOut {
  const isOutOfDate = startedAt < (fanOut.lastFactAt ?? startedAt);
  if (isOutOfDate) return scheduled ? { ...fanOut, nextReadingAt: now } : fanOut;
  if (list === undefined) {
    if (!scheduled) return fanOut;
    // Whether a token is left that can pay only the hub can say; after a RESUME the words stand by themselves.
    const isPatient = mustLeaveNoneExposed(fanOut.request.action);
    if (!isPatient && phase.triesLeft <= 1) return finish(fanOut, undefined, now);
    return readAgain({ ...fanOut, phase: { ...phase, triesLeft: phase.triesLeft - 1 } }, now);
  }
  const contradicted = fanOut.contradicted.map(({ virtualCardId }) => virtualCardId);
  // Somebody wanted this look sooner: the one that repeats the first is still to come.
  if (contradicted.length > 0 && phase.contradicted.length > 0 && !scheduled) return fanOut;
  const known = new Set(phase.contradicted);
  if (contradicted.some((virtualCardId) => !known.has(virtualCardId))) {
    const nextReadingAt = now + checkingIntervalMs(fanOut.policy.readIntervalMs);
    return { ...fanOut, phase: { ...phase, contradicted }, nextReadingAt };
  }
  return finish(fanOut, list, now);
}

/** What a list says against successes: after a SUSPEND or DELETE the tokens that can pay, after a RESUME those that cannot. */
function contradictedBy(
  { request, members }: FanOut,
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
function moveRefusalOn(fanOut: FanOut, phase: Refused, { list, reading, now }: Look): FanOut {
  if (list === undefined) {
    // The hub answers, and lists nothing: the reference may be wrong, and waiting does not mend it.
    if (isEmptyList(reading) && !phase.echo) return finishWithoutTokens(fanOut, phase.errorCode, now);
    return readAgain(fanOut, now);
  }
  const answeredReadings = phase.answeredReadings + 1;
  if (answeredReadings < readingsOfRefusal(phase) && !isAsWanted(fanOut, list)) {
    return readAgain({ ...fanOut, phase: { ...phase, answeredReadings } }, now);
  }
  return finish(fanOut, list, now);
}

function readAgain(fanOut: FanOut, now: number): FanOut {
  return { ...fanOut, nextReadingAt: now + repeatDelayMs(fanOut) };
}

function repeatDelayMs({ failedReadingsInARow, policy }: FanOut): number {
  return failedReadingsInARow > PATIENT_AFTER_FAILURES
    ? policy.readIntervalMs
    : checkingIntervalMs(policy.readIntervalMs);
}
