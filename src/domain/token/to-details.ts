import { meaningOf } from '../hub/hub-errors.js';
import { toRequestLine } from '../operation/remark.js';
import { toIsoTime } from '../report/report.js';
import { isWantedStatus } from '../hub/token-state.js';
import { agendaOf } from './agenda.js';
import { statusOf, type Operation } from './state.js';
import { attentionOf } from './to-report.js';

/** How the operation stands, in a few lines of Markdown for a tired person who looks at the Temporal UI. */
export function toDetails(operation: Operation, now: number): string {
  const attention = attentionOf(operation);
  const { wake } = agendaOf(operation, now);
  return [
    `**${statusOf(operation)}**${attention === undefined ? '' : ` · attention **${attention}**`}`,
    describePhase(operation),
    describeSending(operation),
    describeReadings(operation),
    ...toRequestLine(operation),
    ...(wake === undefined ? [] : [`Next: ${wake.reason}, ${toIsoTime(wake.at)}.`]),
  ].join('\n\n');
}

/** Why a reading is made, for the summary of its activity. */
export function purposeOfReading({ phase, supersededBy }: Operation): string {
  switch (phase.kind) {
    case 'waiting':
      return 'no callback yet';
    case 'checking':
      return 'does it agree with the callback?';
    case 'doubtful':
      return `error ${phase.errorCode} proves nothing`;
    case 'refused':
      return 'is it so already?';
    case 'cancelling':
      return `did it happen before ${supersededBy === undefined ? 'the cancellation' : `${supersededBy} took over`}?`;
    case 'expired':
      return 'last look at the hard deadline';
    case 'final':
      return 'asked for';
  }
}

function describePhase(operation: Operation): string {
  const { phase, supersededBy } = operation;
  switch (phase.kind) {
    case 'waiting':
      return describeSilence(operation);
    case 'checking':
      return `A callback says ${phase.first.status}; a reading checks it.`;
    case 'doubtful':
      return `A callback failed with ${phase.errorCode} (${meaningOf(phase.errorCode)}), which proves nothing; readings decide.`;
    case 'refused':
      return `The hub refused${phase.errorCode === undefined ? '' : ` with ${phase.errorCode} (${meaningOf(phase.errorCode)})`}; readings decide.`;
    case 'cancelling':
      return `${supersededBy === undefined ? 'Cancelled' : `The newer ${supersededBy} took over`} after something may have been sent; the next reading decides.`;
    case 'expired':
      return 'The hard deadline has passed; one last reading decides.';
    case 'final': {
      const { status, evidence, errorCode, provisional } = phase.settlement;
      if (status === 'SUPERSEDED') return `The newer ${supersededBy} took over before anything was sent.`;
      const code = errorCode === undefined ? '' : `, code ${errorCode} (${meaningOf(errorCode)})`;
      return `Evidence ${evidence}${code}${provisional === true ? '; a later success may amend it' : ''}.`;
    }
  }
}

function describeSilence({ acceptedAt, overdue, lastReadingAt, lastSeenStatus, request }: Operation): string {
  const silence = 'No word from the hub about the result yet.';
  const isSeenSince = acceptedAt !== undefined && lastReadingAt !== undefined && lastReadingAt > acceptedAt;
  if (!overdue || !isSeenSince || lastSeenStatus === undefined) return silence;
  return isWantedStatus(request.action, lastSeenStatus)
    ? silence
    : `${silence} The hub has taken the request, and still lists the token as ${lastSeenStatus}: most likely it was lost. Cancel, then retry.`;
}

function describeSending({ attempts, acceptedAt, possiblySent, sending }: Operation): string {
  const accepted = acceptedAt === undefined ? '' : `, accepted ${toIsoTime(acceptedAt)}`;
  if (sending.kind === 'in-flight') return `Attempt ${attempts} is under way.`;
  if (attempts === 0) return 'Nothing has been sent.';
  return `Attempts: ${attempts}${accepted}${possiblySent ? '' : ', none with an effect'}.`;
}

function describeReadings({
  readings,
  lastReadingAt,
  lastSeenStatus,
  failedReadingsInARow,
}: Operation): string {
  if (lastReadingAt === undefined) return 'The card has not been read.';
  const seen = failedReadingsInARow > 0 ? 'not answered' : `token ${lastSeenStatus ?? 'not listed'}`;
  return `Readings: ${readings}, last ${toIsoTime(lastReadingAt)}: ${seen}.`;
}
