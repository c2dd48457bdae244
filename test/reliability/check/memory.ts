import type { ShownChange, ShownOperation, Told } from '../records.js';
import { groupBy, type Story } from './story.js';
import { isOwnWord, isSuccess, provesNothing } from './words.js';

/**
 * I5: whoever asks after a client was told the end, by whatever call, is told the same end; and of two who asked at the same
 * time nobody is told another.
 */
export function checkSameEnd({ told, operationId }: Story): string[] {
  const answers = told.filter((entry) => isAbout(entry, operationId));
  const ends = answers.filter(isEnd);
  return answers.flatMap((later) => {
    const [earlier] = ends.filter((end) => comesBefore(end, later) && !isSame(later, end));
    if (earlier === undefined) return [];
    return [`a client was told ${describe(earlier)}, and later another ${describe(later)}`];
  });
}

/** An end may be told beside an answer that was under way before it, but not beside another end. Lists may be a moment behind. */
function comesBefore(end: Told, later: Told): boolean {
  if (isEnd(later)) return end.answeredAt <= later.answeredAt && end !== later;
  return later.call !== 'list' && end.answeredAt <= later.sentAt;
}

/** I5: an operation that a client was told of is there for everybody who asks later. */
export function checkStillThere({ told, operationId }: Story): string[] {
  const known = told.filter((entry) => isAbout(entry, operationId)).map(({ answeredAt }) => answeredAt);
  const knownAt = Math.min(...known);
  return told
    .filter(({ status, sentAt }) => status === 404 && sentAt >= knownAt)
    .map(({ call }) => `a client was told of it, and later ${call} did not find it`);
}

/** I5: words on one token that contradict each other are shown as such. */
export function checkContradictions({ shown, words }: Story): string[] {
  if (shown === undefined || !shown.final) return [];
  const stored = words.filter((word) => isOwnWord(word, shown) && word.storedAt !== undefined);
  return [...groupBy(stored, ({ virtualCardId }) => virtualCardId)].flatMap(([virtualCardId, own]) => {
    const failure = own.find(({ errorCode }) => errorCode !== undefined && !provesNothing(errorCode));
    if (!own.some(isSuccess) || failure === undefined || isConflictShown(shown, virtualCardId)) return [];
    return [`the hub has said success and ${failure.errorCode}, and no conflict is shown`];
  });
}

function isConflictShown({ conflicts, late, omitted }: ShownOperation, virtualCardId: string): boolean {
  const isAbout = (change: ShownChange | undefined): boolean =>
    change === undefined || change.virtualCardId === virtualCardId;
  return (
    omitted !== undefined ||
    conflicts.some(isAbout) ||
    late.some(({ kind, change }) => kind === 'conflict' && isAbout(change))
  );
}

/** I5: what is not as it was recorded asks for a look. */
export function checkAttention({ shown }: Story): string[] {
  if (shown === undefined || !shown.final) return [];
  const { status, effectiveStatus, attention, late } = shown;
  const faults: string[] = [];
  // A reading or a decision after the end was asked for by somebody, who has looked.
  const isLookedAt = ['reading', 'decision'].includes(lastOf(late, 'amendment') ?? '');
  if (effectiveStatus !== status && attention === undefined && !isLookedAt) {
    faults.push(`it is ${status}, in effect ${effectiveStatus}, and nobody is asked to look`);
  }
  if (effectiveStatus === 'UNKNOWN' && attention === undefined) {
    faults.push('nobody knows its outcome, and nobody is asked to look');
  }
  if (lastOf(late) === 'conflict' && (attention !== 'CONFLICT' || effectiveStatus !== 'UNKNOWN')) {
    faults.push(
      `a late word contradicts it, and it shows ${effectiveStatus}, ${attention ?? 'no attention'}`,
    );
  }
  return faults;
}

/** The last of the entries that change what is known. */
function lastOf(late: ShownOperation['late'], ...more: string[]): string | undefined {
  return late.findLast(({ kind }) => ['conflict', 'reading', 'decision', ...more].includes(kind))?.kind;
}

function isAbout({ status, body, call }: Told, operationId: string): boolean {
  const isShown = (status === 200 || status === 202) && call !== 'post another body';
  return isShown && (body as ShownOperation).operationId === operationId;
}

function isEnd(entry: Told): boolean {
  return shownIn(entry).final;
}

function shownIn({ body }: Told): ShownOperation {
  return body as ShownOperation;
}

function isSame(laterTold: Told, earlierTold: Told): boolean {
  const [later, earlier] = [shownIn(laterTold), shownIn(earlierTold)];
  const isRecordedSame = later.final && later.status === earlier.status;
  // A list knows no more than that.
  if (laterTold.call === 'list' || earlierTold.call === 'list') return isRecordedSame;
  return (
    isRecordedSame &&
    later.evidence === earlier.evidence &&
    later.errorCode === earlier.errorCode &&
    later.settledAt === earlier.settledAt &&
    outcomesOf(later) === outcomesOf(earlier)
  );
}

/** What became of each token, as it was recorded. */
function outcomesOf({ outcomes }: ShownOperation): string {
  return JSON.stringify(
    outcomes.map(({ virtualCardId, result, evidence, errorCode }) => [
      virtualCardId,
      result,
      evidence,
      errorCode,
    ]),
  );
}

function describe({ answeredAt, body }: Told): string {
  const { status, evidence, final, errorCode } = body as ShownOperation;
  const code = errorCode === undefined ? '' : ` with ${errorCode}`;
  return `${final ? 'end' : 'state'} (${status} by ${evidence}${code}, ${new Date(answeredAt).toISOString()})`;
}
