import { meaningOf } from '../hub/hub-errors.js';
import { toRequestLine } from '../operation/remark.js';
import { toIsoTime } from '../report/report.js';
import { isWantedStatus } from '../hub/token-state.js';
import { cardAgendaOf } from './agenda.js';
import { isOpen, statusOfCard, type CardOperation } from './state.js';
import { attentionOfCard, toProgress } from './to-report.js';

const MOST_NAMED = 10;

/**
 * How the operation stands, in a few lines of Markdown for a tired person who looks at the Temporal UI.
 * @param senderIdOf the workflow id of the n-th child that sends
 */
export function toCardDetails(
  operation: CardOperation,
  now: number,
  senderIdOf: (n: number) => string,
): string {
  const attention = attentionOfCard(operation);
  const { wake } = cardAgendaOf(operation, now);
  const open = operation.members.filter(isOpen).map(({ token }) => token.request.virtualCardId);
  return [
    `**${statusOfCard(operation)}**${attention === undefined ? '' : ` · attention **${attention}**`}: ${toProgress(operation)}`,
    describePhase(operation),
    ...describeSending(operation, senderIdOf),
    ...describeSilence(operation),
    ...(open.length > 0 ? [`Open: ${name(open)}.`] : []),
    ...(operation.phase.kind === 'final' && operation.exposed.length > 0
      ? [`Can still pay: ${name(operation.exposed)}.`]
      : []),
    describeReadings(operation),
    ...toRequestLine(operation),
    ...(wake === undefined ? [] : [`Next: ${wake.reason}, ${toIsoTime(wake.at)}.`]),
  ].join('\n\n');
}

/** Why a reading is made, for the summary of its activity. */
export function purposeOfCardReading({ phase, readingRequestedAt, nextReadingAt }: CardOperation): string {
  if (readingRequestedAt !== undefined && nextReadingAt === undefined) return 'asked for';
  switch (phase.kind) {
    case 'gathering':
      return 'tokens without a final word';
    case 'refused':
      return 'is it so already?';
    case 'cancelling':
      return 'did it happen before it was given up?';
    case 'closing':
      return 'do all tokens agree, and can none pay?';
    case 'expired':
      return 'last look at the hard deadline';
    case 'final':
      return 'asked for';
  }
}

/** What a look after the hub's answer says against it: nothing has come of the request. */
function describeSilence({ request, sending, overdue, phase, members, lastListAt }: CardOperation): string[] {
  const isSeenSince = sending.kind === 'accepted' && lastListAt !== undefined && lastListAt > sending.at;
  if (!overdue || phase.kind !== 'gathering' || !isSeenSince) return [];
  const expected = members.filter(({ role }) => role === 'expected');
  const isUnchanged = expected.every(
    ({ token }) =>
      token.phase.kind === 'waiting' &&
      token.lastSeenStatus !== undefined &&
      !isWantedStatus(request.action, token.lastSeenStatus),
  );
  return expected.length > 0 && isUnchanged
    ? [
        'The hub has taken the request, and still lists all tokens as they were: most likely it was lost. Cancel, then retry.',
      ]
    : [];
}

/** Where the attempts are to be seen, while the request is being sent. */
function describeSending({ sender, sending }: CardOperation, senderIdOf: (n: number) => string): string[] {
  if (sending.kind === 'lost')
    return ['The child that sent the request has left no result: nothing more is sent.'];
  return sender === undefined ? [] : [`The request is sent by the child \`${senderIdOf(sender.n)}\`.`];
}

function describePhase({ phase, hasSnapshot, supersededBy }: CardOperation): string {
  switch (phase.kind) {
    case 'gathering':
      return hasSnapshot
        ? 'Not every expected token has its outcome yet.'
        : 'The hub has not listed the tokens of this card yet; it is asked again once it has the request.';
    case 'refused':
      return `The hub refused${phase.errorCode === undefined ? '' : ` with ${phase.errorCode} (${meaningOf(phase.errorCode)})`}; readings decide.`;
    case 'cancelling':
      return `${supersededBy === undefined ? 'Cancelled' : `The newer ${supersededBy} took over`} after something may have been sent; the next reading decides.`;
    case 'closing':
      return 'Every expected token has its outcome; a reading of the card compares.';
    case 'expired':
      return 'The hard deadline has passed; one last reading decides.';
    case 'final': {
      const { status, evidence, errorCode } = phase.settlement;
      if (status === 'SUPERSEDED') return `The newer ${supersededBy} took over before anything was sent.`;
      return `Evidence ${evidence}${errorCode === undefined ? '' : `, code ${errorCode} (${meaningOf(errorCode)})`}.`;
    }
  }
}

function describeReadings({ readings, lastReadingAt, failedReadingsInARow }: CardOperation): string {
  if (lastReadingAt === undefined) return 'The card has not been read since the request.';
  const answered = failedReadingsInARow > 0 ? 'no list' : 'answered';
  return `Readings: ${readings}, last ${toIsoTime(lastReadingAt)}: ${answered}.`;
}

function name(ids: readonly string[]): string {
  const more = ids.length - MOST_NAMED;
  return `${ids.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
