import { withAttention, withoutAttention } from '../operation/dispatch.js';
import type { ErrorCode } from '../hub/change.js';
import { endWithWhatIsKnown, isSettled, settle, type Operation, type Settlement } from '../token/index.js';
import type { Evidence, FinalStatus } from '../report/status.js';
import { isWantedStatus, mustLeaveNoneExposed, toTokenState } from '../hub/token-state.js';
import type { CardList } from './card-list.js';
import { statusOfParts } from './card-status.js';
import { isRead, mayHaveBeenSent, withTokens, type CardOperation, type Refused } from './state.js';

/** Echoes of an earlier attempt need two readings that agree, a first refusal one (design 5.1). */
export function readingsOfRefusal({ echo }: Refused): number {
  return echo ? 2 : 1;
}

/**
 * Ends the operation by what is known: the last words, and this look at the card if there was one. Nothing that was merely
 * silent counts as done (design 5.3).
 */
export function finish(operation: CardOperation, list: CardList | undefined, now: number): CardOperation {
  const { phase } = operation;
  const cause = phase.kind === 'expired' ? phase.before : phase;
  return cause.kind === 'refused'
    ? finishRefused(operation, cause, list, now)
    : settleCard(showContradictions(closeTokens(operation, list, now)), toSettlement, { list, now });
}

/**
 * What the last list says against successes stands, repeated or not, when no further look will clear it up: after a RESUME
 * somebody else's suspension explains it, everything else is a conflict (design 5.2).
 */
function showContradictions(operation: CardOperation): CardOperation {
  const statuses = new Map(
    operation.contradicted.map(({ virtualCardId, status }) => [virtualCardId, status]),
  );
  return withTokens(
    operation,
    ({ token }) => statuses.has(token.request.virtualCardId),
    (token) => {
      const isSuspended = toTokenState(statuses.get(token.request.virtualCardId) ?? '') === 'SUSPENDED';
      return token.request.action === 'RESUME' && isSuspended && token.conflicts.length === 0
        ? withAttention(token, 'OTHER_SUSPENDER')
        : withAttention({ ...token, conflictOpen: true }, 'CONFLICT');
    },
  );
}

/** The hub refused the whole card: what is not in the wanted state has been refused. */
function finishRefused(
  operation: CardOperation,
  refused: Refused,
  list: CardList | undefined,
  now: number,
): CardOperation {
  const { errorCode, echo, answeredReadings } = refused;
  const answered = answeredReadings + (list === undefined ? 0 : 1);
  // What a first attempt was refused for has had no effect, whatever the card looks like.
  const isRefused = !echo || answered >= readingsOfRefusal(refused);
  const verdict: Settlement = isRefused
    ? { status: 'REJECTED', evidence: 'ANSWER', errorCode, provisional: echo }
    : { status: 'UNKNOWN', evidence: 'NONE', errorCode };
  const closed = settleOpenTokens(operation, verdict, now);
  // After an echo, what is as wanted is what the earlier attempt has done, as far as anybody can tell.
  const confirmed = closed.members.map(({ token }) => token).filter(isConfirmed);
  const isPartlyDone = echo && confirmed.length > 0;
  const known: Settlement = isPartlyDone
    ? { status: 'PARTIALLY_CONFIRMED', evidence: weakestEvidence(confirmed), errorCode }
    : verdict;
  return settleCard(closed, () => (isAsWanted(closed, list) ? asWanted : known), { list, now });
}

/** A refused request for a card of which the hub lists nothing: the reference may be wrong, so nobody knows. */
export function finishWithoutTokens(
  operation: CardOperation,
  errorCode: ErrorCode | undefined,
  now: number,
): CardOperation {
  const verdict: Settlement = { status: 'UNKNOWN', evidence: 'NONE', errorCode };
  return settleCard(settleOpenTokens(operation, verdict, now), () => verdict, { list: undefined, now });
}

/** Refused for good, as the answer alone proves. */
export function finishRejected(
  operation: CardOperation,
  errorCode: ErrorCode | undefined,
  now: number,
): CardOperation {
  const verdict: Settlement = { status: 'REJECTED', evidence: 'ANSWER', errorCode };
  const closed = settleOpenTokens(operation, verdict, now);
  return settleCard({ ...closed, exposed: [] }, () => verdict, { list: undefined, now });
}

/** Nothing was ever sent, and nobody wants it any more. */
export function finishUnsent(
  operation: CardOperation,
  status: 'CANCELLED' | 'SUPERSEDED',
  now: number,
): CardOperation {
  const verdict: Settlement = { status, evidence: 'NONE' };
  const closed = settleOpenTokens(operation, verdict, now);
  return settleCard({ ...closed, exposed: [] }, () => verdict, { list: undefined, now });
}

const asWanted: Settlement = { status: 'CONFIRMED', evidence: 'READING' };

/** Whether the card is as the request wanted it: some token in the wanted state, no expected one elsewhere, none that can pay. */
export function isAsWanted({ request, members }: CardOperation, list: CardList | undefined): boolean {
  if (list === undefined) return false;
  return (
    list.tokens().some(({ status }) => isWantedStatus(request.action, status)) &&
    members.filter(({ role }) => role === 'expected').every(({ token }) => isConfirmed(token)) &&
    exposedOf(request.action, list).length === 0
  );
}

export function exposedOf(action: CardOperation['request']['action'], list: CardList): readonly string[] {
  return mustLeaveNoneExposed(action) ? list.exposed() : [];
}

function settleOpenTokens(operation: CardOperation, verdict: Settlement, now: number): CardOperation {
  return withTokens(
    operation,
    (member) => isRead(member) && !isSettled(member.token),
    (token) => settle(token, verdict, now),
  );
}

function closeTokens(operation: CardOperation, list: CardList | undefined, now: number): CardOperation {
  return withTokens(operation, isRead, (token) =>
    endWithWhatIsKnown(token, { readingAnswered: list?.has(token.request.virtualCardId) === true, now }),
  );
}

function toSettlement(operation: CardOperation, list: CardList | undefined): Settlement {
  const { members, request, exposed } = operation;
  const ended = members.filter(({ token }) => settlementOf(token) !== undefined);
  const expected = ended.filter(({ role }) => role === 'expected').map(({ token }) => token);
  const all = ended.map(({ token }) => token);
  const confirmed = all.filter(isConfirmed);
  const failed = all.filter((token) => settlementOf(token)?.status === 'FAILED');
  const errorCode = failed.map((token) => settlementOf(token)?.errorCode).find((code) => code !== undefined);
  const isProven = !mustLeaveNoneExposed(request.action) || list !== undefined;
  const isExposed = exposed.length > 0 || !isProven;

  switch (statusOfParts({ expected: statusesOf(expected), all: statusesOf(all), isExposed })) {
    case 'CONFIRMED':
      return { status: 'CONFIRMED', evidence: weakestEvidence(confirmed) };
    case 'PARTIALLY_CONFIRMED':
      return { status: 'PARTIALLY_CONFIRMED', evidence: weakestEvidence(confirmed), errorCode };
    case 'FAILED': {
      const provisional = failed.some((token) => settlementOf(token)?.provisional === true);
      return { status: 'FAILED', evidence: weakestEvidence(failed), errorCode, provisional };
    }
    case undefined:
      if (expected.length === 0 && isAsWanted(operation, list) && isAnybodysToDo(operation)) return asWanted;
      if (!mayHaveBeenSent(operation)) return { status: 'FAILED', evidence: 'NONE' };
      return { status: 'UNKNOWN', evidence: 'NONE', errorCode };
  }
}

/** A suspension that others have placed goes away with them: only one that was possibly asked for is as wanted. */
function isAnybodysToDo(operation: CardOperation): boolean {
  return operation.request.action !== 'SUSPEND' || mayHaveBeenSent(operation);
}

function statusesOf(tokens: readonly Operation[]): readonly FinalStatus[] {
  return tokens.flatMap((token) => settlementOf(token)?.status ?? []);
}

/** An outcome of many rests on the weakest of what its parts rest on. */
function weakestEvidence(tokens: readonly Operation[]): Evidence {
  const all = tokens.map((token) => settlementOf(token)?.evidence ?? 'NONE');
  return (['NONE', 'READING'] as const).find((evidence) => all.includes(evidence)) ?? 'CALLBACK';
}

export function isConfirmed(token: Operation): boolean {
  return settlementOf(token)?.status === 'CONFIRMED';
}

function settlementOf({ phase }: Operation): Settlement | undefined {
  return phase.kind === 'final' ? phase.settlement : undefined;
}

function settleCard(
  operation: CardOperation,
  decide: (operation: CardOperation, list: CardList | undefined) => Settlement,
  { list, now }: { list: CardList | undefined; now: number },
): CardOperation {
  const seen: CardOperation = { ...operation, exposed: exposedAtTheEnd(operation, list) };
  const settlement = decide(seen, list);
  const settled = withFinal(seen, settlement, now);
  const isUnproven =
    settlement.status === 'PARTIALLY_CONFIRMED' &&
    list === undefined &&
    mustLeaveNoneExposed(operation.request.action);
  const isNeverSent = settlement.status === 'FAILED' && !mayHaveBeenSent(operation);
  return [
    { reason: 'TOKEN_EXPOSED', applies: seen.exposed.length > 0 } as const,
    { reason: 'UNKNOWN_OUTCOME', applies: settlement.status === 'UNKNOWN' || isUnproven } as const,
    { reason: 'NEVER_SENT', applies: isNeverSent } as const,
  ].reduce((after, { reason, applies }) => (applies ? withAttention(after, reason) : after), settled);
}

/** Ends the operation. What is settled is no longer overdue. */
export function withFinal(operation: CardOperation, settlement: Settlement, now: number): CardOperation {
  return {
    ...withoutAttention(
      operation,
      'OVERDUE',
      'TOKEN_EXPOSED',
      'UNKNOWN_OUTCOME',
      'NEVER_SENT',
      'HUB_UNREACHABLE',
    ),
    phase: { kind: 'final', settlement },
    settledAt: now,
    nextReadingAt: undefined,
    readingRequestedAt: undefined,
  };
}

/**
 * Without a last look: those that could pay when the card was seen last, but for the tokens that have been confirmed since.
 * What was confirmed before that look, and could pay all the same, still can.
 */
function exposedAtTheEnd(
  { request, exposed, members, lastListAt }: CardOperation,
  list: CardList | undefined,
): readonly string[] {
  if (list !== undefined) return exposedOf(request.action, list);
  // All of it is since the snapshot, which was taken before anything was sent.
  const isSince = (instant = 0): boolean => lastListAt === undefined || instant > lastListAt;
  const confirmedSince = new Set(
    members
      .filter(({ token }) => isConfirmed(token) && !token.conflictOpen && isSince(token.settledAt))
      .map(({ token }) => token.request.virtualCardId),
  );
  return exposed.filter((virtualCardId) => !confirmedSince.has(virtualCardId));
}
