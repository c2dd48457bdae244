import { mostUrgent, type AttentionReason } from '../report/attention.js';
import { toTokenOutcome } from '../token/index.js';
import { toIsoTime, type OperationReport, type TokenOutcome } from '../report/report.js';
import { hasWord, isFinal, isRead, statusOfCard, type CardOperation, type Member } from './state.js';

const MOST_SHOWN = 100;

/** The operation on a card as it stands. */
export function toCardReport(operation: CardOperation): OperationReport {
  const { request, phase, members, strangers, sending, dispatch } = operation;
  const acceptedAt = sending.kind === 'accepted' ? sending.at : dispatch?.acceptedAt;
  const settlement = phase.kind === 'final' ? phase.settlement : undefined;
  const status = statusOfCard(operation);
  const attention = attentionOfCard(operation);
  const tokens = members.map(({ token }) => token);
  const conflicts = tokens.flatMap((token) => token.conflicts);
  const unexpected = [...strangers.unexpected, ...tokens.flatMap((token) => token.unexpected)];
  const unshown = Math.max(conflicts.length - MOST_SHOWN, 0) + Math.max(unexpected.length - MOST_SHOWN, 0);
  const omitted = tokens.reduce((sum, token) => sum + token.omitted, strangers.omitted + unshown);
  return {
    operationId: request.correlationId,
    correlationId: request.correlationId,
    issuerId: request.issuerId,
    scope: 'CARD',
    action: request.action,
    issuerCardRefId: request.issuerCardRefId,
    status,
    effectiveStatus: settlement !== undefined && hasOpenConflict(operation) ? 'UNKNOWN' : status,
    final: settlement !== undefined,
    provisional: settlement?.provisional === true,
    evidence: settlement?.evidence ?? 'NONE',
    ...(settlement?.errorCode !== undefined && { errorCode: settlement.errorCode }),
    ...(attention !== undefined && { attention }),
    outcomes: members.map((member) => toOutcome(member, isFinal(operation))),
    exposed: settlement === undefined ? [] : operation.exposed,
    duplicates: tokens.reduce((sum, token) => sum + token.duplicates, strangers.duplicates),
    conflicts: conflicts.slice(0, MOST_SHOWN),
    unexpected: unexpected.slice(0, MOST_SHOWN),
    ...(omitted > 0 && { omitted }),
    attempts: attemptsOf(operation),
    requestedAt: toIsoTime(request.requestedAt),
    ...(acceptedAt !== undefined && { acceptedAt: toIsoTime(acceptedAt) }),
    ...(settlement !== undefined &&
      operation.settledAt !== undefined && { settledAt: toIsoTime(operation.settledAt) }),
    softDeadlineAt: toIsoTime(request.softDeadlineAt),
    hardDeadlineAt: toIsoTime(request.hardDeadlineAt),
    ...(request.retryOf !== undefined && { retryOf: request.retryOf }),
    ...(operation.supersededBy !== undefined && { supersededBy: operation.supersededBy }),
    ...(operation.requests !== undefined && { requests: operation.requests }),
    ...toLastReading(operation),
    ...toDecision(operation),
    heard: [...strangers.heard, ...tokens.flatMap((token) => token.heard)],
  };
}

/** Exact once the child that sends has told; while it runs, or when it never will, there is one at least. */
function attemptsOf({ dispatch, sender, sending }: CardOperation): number {
  const known = dispatch?.attempts ?? 0;
  const isTold = sender === undefined && sending.kind !== 'lost';
  return isTold ? known : Math.max(known, 1);
}

/** What is known of one token. NOT_ELIGIBLE and what appeared keep what they report; without a word nothing is expected of them. */
function toOutcome(member: Member, isOver: boolean): TokenOutcome {
  const outcome: TokenOutcome = {
    ...toTokenOutcome(member.token),
    expected: member.role === 'expected',
    ...(member.token.lastSeenStatus !== undefined && { listedAs: member.token.lastSeenStatus }),
    ...(member.token.conflictOpen && { disputed: true }),
  };
  if (!isRead(member) && member.role === 'not-eligible') return { ...outcome, result: 'NOT_ELIGIBLE' };
  // A person may decide while words are still awaited.
  return isOver && outcome.result === 'PENDING' ? { ...outcome, result: 'SILENT' } : outcome;
}

/** The one reason to look: the card's own and its tokens'. */
export function attentionOfCard({ attention, members }: CardOperation): AttentionReason | undefined {
  return mostUrgent([...attention, ...members.flatMap(({ token }) => token.attention)]);
}

function hasOpenConflict({ members }: CardOperation): boolean {
  return members.some(({ token }) => token.conflictOpen);
}

function toDecision({ phase, settledAt }: CardOperation): Pick<OperationReport, 'decision'> {
  if (phase.kind !== 'final' || settledAt === undefined) return {};
  const { note, by } = phase.settlement;
  if (note === undefined) return {};
  return { decision: { at: toIsoTime(settledAt), note, ...(by !== undefined && { by }) } };
}

function toLastReading({
  lastReadingAt,
  failedReadingsInARow,
}: CardOperation): Pick<OperationReport, 'lastReading'> {
  if (lastReadingAt === undefined) return {};
  return { lastReading: { at: toIsoTime(lastReadingAt), answered: failedReadingsInARow === 0 } };
}

/** How far it is, in one line: what an operator finds without a worker. */
export function toProgress({ members, hasSnapshot, exposed, phase }: CardOperation): string {
  const expected = members.filter(({ role }) => role === 'expected');
  const counted = hasSnapshot ? expected : members;
  const count = (status: string): number =>
    counted.filter(({ token }) => token.phase.kind === 'final' && token.phase.settlement.status === status)
      .length;
  const confirmed = count('CONFIRMED');
  const failed = count('FAILED') + count('REJECTED');
  const others = members.filter((member) => member.role !== 'expected' && hasWord(member)).length;
  const parts = [
    hasSnapshot
      ? `${confirmed} of ${expected.length} confirmed`
      : `${confirmed} confirmed, the number of tokens is not known yet`,
    failed > 0 && `${failed} failed`,
    hasSnapshot && others > 0 && `${others} more reported`,
    phase.kind === 'final' && exposed.length > 0 && `${exposed.length} can still pay`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}
