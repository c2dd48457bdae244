import { checkingIntervalMs, silenceIntervalMs } from '../operation/deadlines.js';
import { sightingOf, type Reading, type Sighting } from '../hub/reading.js';
import { withOdd } from './odd-words.js';
import { endCheck, outcomeAtTheEnd } from './endings.js';
import {
  settle,
  type Cancelling,
  type Checking,
  type Doubtful,
  type Operation,
  type Refused,
} from './state.js';

/** After this many failures in a row a reading is no longer repeated every checking interval, but every reading interval. */
const PATIENT_AFTER_FAILURES = 10;
const READINGS_OF_A_DOUBT = 3;
const READINGS_OF_AN_ECHO = 2;

export function beginReading(operation: Operation, now: number): Operation {
  const scheduled = operation.nextReadingAt !== undefined && operation.nextReadingAt <= now;
  return { ...operation, readingInFlight: { at: now, scheduled, beforeSending: !operation.possiblySent } };
}

/**
 * Notes whether the token was there before anything was sent. It settles nothing: only a token that was seen
 * under this reference can prove a DELETE by its absence later (design 5.2).
 */
export function recordFirstSighting(operation: Operation, reading: Reading): Operation {
  const sighting = sightingOf(reading, operation.request);
  return sighting.kind === 'wanted' || sighting.kind === 'other'
    ? { ...operation, tokenSeen: true }
    : operation;
}

/**
 * Records what a reading showed: the wanted state settles, anything else moves the present series on.
 * @param mayBeOurDoing whether the wanted state can be what the request has done; by default as the operation knows it
 */
export function recordReading(
  operation: Operation,
  reading: Reading,
  now: number,
  mayBeOurDoing = showsOurDoing(operation),
): Operation {
  const { at: startedAt, scheduled } = operation.readingInFlight ?? { at: now, scheduled: false };
  const noticed = noteSighting(operation, sightingOf(reading, operation.request), now);
  const { noted } = noticed;
  const sighting = mayBeOurDoing ? noticed.sighting : asOthersDoing(noticed.sighting);
  const read = withRequestAnswered(
    {
      ...noted,
      readingInFlight: undefined,
      readings: operation.readings + 1,
      lastReadingAt: startedAt,
      lastSeenStatus: seenStatus(operation, sighting),
      failedReadingsInARow: sighting.kind === 'nothing' ? operation.failedReadingsInARow + 1 : 0,
    },
    sighting,
    { startedAt, now },
  );
  if (sighting.kind === 'wanted') return recordWantedState(read, now);
  return scheduled ? moveSeriesOn(read, sighting, now) : read;
}

/**
 * Suspensions have owners, and the wallet's own goes away with the wallet's resume: a token that is read as SUSPENDED proves a
 * SUSPEND only if something was possibly sent (design 5.2), or if the hub itself has refused because it is so (5.1). A RESUMED
 * token has no suspension left, and a deletion is never taken back: those are as wanted whoever has done it.
 */
function showsOurDoing({ request, possiblySent, readingInFlight, phase }: Operation): boolean {
  if (request.action !== 'SUSPEND') return true;
  const cause = phase.kind === 'expired' ? phase.before : phase;
  if (cause.kind === 'refused') return true;
  return possiblySent && readingInFlight?.beforeSending !== true;
}

function asOthersDoing(sighting: Sighting): Sighting {
  return sighting.kind === 'wanted' ? { ...sighting, kind: 'other' } : sighting;
}

function seenStatus({ lastSeenStatus }: Operation, sighting: Sighting): string | undefined {
  if (sighting.kind === 'nothing') return lastSeenStatus;
  return 'status' in sighting ? sighting.status : undefined;
}

/** A token that a DELETE no longer finds was deleted only if it was seen before and two complete lists, an interval apart, lack it. */
function noteSighting(
  operation: Operation,
  sighting: Sighting,
  now: number,
): { noted: Operation; sighting: Sighting } {
  switch (sighting.kind) {
    case 'wanted':
    case 'other':
      return { noted: { ...operation, tokenSeen: true, absentSince: undefined }, sighting };
    case 'nothing':
      return { noted: operation, sighting };
    case 'absent': {
      if (operation.request.action !== 'DELETE' || !operation.tokenSeen)
        return { noted: operation, sighting };
      const absentSince = operation.absentSince ?? now;
      const isProof = now - absentSince >= intervalMs(operation);
      return {
        noted: { ...operation, absentSince },
        sighting: isProof ? { kind: 'wanted', status: 'absent' } : sighting,
      };
    }
  }
}

/** A reading that was asked for is done once the hub has answered it; otherwise it is repeated. */
function withRequestAnswered(
  operation: Operation,
  sighting: Sighting,
  { startedAt, now }: { startedAt: number; now: number },
): Operation {
  const { readingRequestedAt } = operation;
  if (readingRequestedAt === undefined || readingRequestedAt > startedAt) return operation;
  const again = sighting.kind === 'nothing' ? now + repeatDelayMs(operation) : undefined;
  return { ...operation, readingRequestedAt: again };
}

function recordWantedState(operation: Operation, now: number): Operation {
  const { phase } = operation;
  const decided = { ...operation, conflictOpen: false };
  // What is final stays; a look that shows the opposite decides nothing about it.
  if (phase.kind === 'final') return phase.settlement.status === 'CONFIRMED' ? decided : operation;
  // A reading that agrees never replaces the evidence of a callback.
  if (phase.kind === 'checking' && phase.first.status === 'CONFIRMED')
    return settle(decided, phase.first, now);
  const overruled = phase.kind === 'checking' ? phase.first.word : undefined;
  const shown = overruled === undefined ? decided : withOdd(decided, 'conflicts', overruled);
  return settle(shown, { status: 'CONFIRMED', evidence: 'READING' }, now);
}

/** What a reading does that did not show the wanted state, by what the operation is doing. */
function moveSeriesOn(operation: Operation, sighting: Sighting, now: number): Operation {
  const { phase } = operation;
  switch (phase.kind) {
    case 'waiting':
      return moveSilenceOn(operation, sighting, now);
    case 'checking':
      return moveCheckOn(operation, phase, sighting, now);
    case 'doubtful':
      return moveDoubtOn(operation, phase, sighting, now);
    case 'refused':
      return moveRefusalOn(operation, phase, sighting, now);
    case 'cancelling':
      return moveCancellationOn(operation, phase, sighting, now);
    case 'expired':
      return outcomeAtTheEnd(operation, phase.before, { readingAnswered: sighting.kind === 'other', now });
    case 'final':
      return operation;
  }
}

function moveSilenceOn(operation: Operation, sighting: Sighting, now: number): Operation {
  if (sighting.kind === 'nothing' || isFirstAbsence(operation, sighting)) return readAgain(operation, now);
  const { silenceReadings, policy } = operation;
  return {
    ...operation,
    silenceReadings: silenceReadings + 1,
    nextReadingAt: now + silenceIntervalMs(policy.readIntervalMs, silenceReadings),
  };
}

function moveCheckOn(operation: Operation, phase: Checking, sighting: Sighting, now: number): Operation {
  const { first } = phase;
  if (sighting.kind !== 'other') {
    if (phase.triesLeft <= 1) return endCheck(operation, phase, now);
    return readAgain({ ...operation, phase: { ...phase, triesLeft: phase.triesLeft - 1 } }, now);
  }
  // The reading agrees that the change did not happen.
  if (first.status !== 'CONFIRMED') return settle({ ...operation, conflictOpen: false }, first, now);
  if (!phase.contradicted) return readAgain({ ...operation, phase: { ...phase, contradicted: true } }, now);
  return endCheck(operation, phase, now);
}

/** Readings at once, after one and after two more intervals; only answered ones count. */
function moveDoubtOn(operation: Operation, phase: Doubtful, sighting: Sighting, now: number): Operation {
  if (sighting.kind === 'nothing' || isFirstAbsence(operation, sighting)) return readAgain(operation, now);
  const answeredReadings = phase.answeredReadings + 1;
  if (answeredReadings >= READINGS_OF_A_DOUBT) {
    return settle(
      { ...operation, conflictOpen: false },
      { status: 'FAILED', evidence: 'CALLBACK', errorCode: phase.errorCode, provisional: true },
      now,
    );
  }
  return {
    ...operation,
    phase: { ...phase, answeredReadings },
    nextReadingAt: now + answeredReadings * intervalMs(operation),
  };
}

/** A first attempt that was refused needs one reading; after a possible first attempt two that agree. */
function moveRefusalOn(operation: Operation, phase: Refused, sighting: Sighting, now: number): Operation {
  if (sighting.kind === 'nothing' || isFirstAbsence(operation, sighting)) return readAgain(operation, now);
  const answeredReadings = phase.answeredReadings + 1;
  if (phase.echo && answeredReadings < READINGS_OF_AN_ECHO) {
    return readAgain({ ...operation, phase: { ...phase, answeredReadings } }, now);
  }
  return settle(
    operation,
    { status: 'REJECTED', evidence: 'ANSWER', errorCode: phase.errorCode, provisional: phase.echo },
    now,
  );
}

function moveCancellationOn(
  operation: Operation,
  phase: Cancelling,
  sighting: Sighting,
  now: number,
): Operation {
  const isAnswered = sighting.kind !== 'nothing' && !isFirstAbsence(operation, sighting);
  if (isAnswered || phase.triesLeft <= 1) {
    return outcomeAtTheEnd(operation, phase, { readingAnswered: isAnswered, now });
  }
  return readAgain({ ...operation, phase: { ...phase, triesLeft: phase.triesLeft - 1 } }, now);
}

/** Whether this absence is the first of the two that prove a DELETE. */
function isFirstAbsence(operation: Operation, sighting: Sighting): boolean {
  return sighting.kind === 'absent' && operation.absentSince !== undefined;
}

function readAgain(operation: Operation, now: number): Operation {
  return { ...operation, nextReadingAt: now + repeatDelayMs(operation) };
}

function repeatDelayMs(operation: Operation): number {
  return operation.failedReadingsInARow > PATIENT_AFTER_FAILURES
    ? operation.policy.readIntervalMs
    : intervalMs(operation);
}

function intervalMs(operation: Operation): number {
  return checkingIntervalMs(operation.policy.readIntervalMs);
}
