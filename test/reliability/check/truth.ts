import type { HubRequest, ShownOperation } from '../records.js';
import type { Story } from './story.js';
import { isNewer, IN_VAIN } from './intents.js';
import { isWanted, wasOtherwise } from './timeline.js';
import { isOwnWord, provesNothing, type Word } from './words.js';

/** Between the storing of a callback and the hub's note of it. */
const NOTING_MS = 1_000;
/** How old the visibility store's word on a newer operation may be. */
const VISIBILITY_MS = 10_000;

interface Told extends Story {
  readonly shown: ShownOperation;
  /** The hub's words on this token and this action. */
  readonly own: readonly Word[];
}

/**
 * I4: the recorded outcome agrees with the hub, or says UNKNOWN. The hub's truth is what its tokens were at the time, and
 * what it said last; a hub that contradicts itself cannot be agreed with, but has to be shown (I5).
 */
export function checkTruth(story: Story): string[] {
  const { shown } = story;
  if (shown === undefined || !shown.final) return [];
  const told = { ...story, shown, own: story.words.filter((word) => isOwnWord(word, shown)) };
  return [...checkStatus(told), ...checkEffective(told)];
}

function checkStatus(story: Told): string[] {
  const { status, evidence } = story.shown;
  switch (`${status} ${evidence}`) {
    case 'CONFIRMED CALLBACK':
      return checkConfirmedByCallback(story);
    case 'CONFIRMED READING':
      return isShownByReading(story) ? [] : ['no reading of its own has shown the wanted state'];
    case 'FAILED CALLBACK':
      return checkFailed(story);
    case 'FAILED NONE':
      return mustNotHaveReached(story, 'FAILED as never sent');
    case 'REJECTED ANSWER':
      return checkRejected(story);
    case 'UNKNOWN NONE':
      return checkUnknown(story);
    case 'CANCELLED NONE':
      return [...checkCancelled(story), ...mustNotHaveReached(story, 'CANCELLED')];
    case 'SUPERSEDED NONE':
      return [...checkSuperseded(story), ...mustNotHaveReached(story, 'SUPERSEDED')];
    default:
      return [`${status} by ${evidence} is no outcome of these operations`];
  }
}

function checkConfirmedByCallback({ own, effects }: Told): string[] {
  if (!own.some(isSuccess)) return ['the hub has sent no callback of success for it'];
  const isContradicted = own.some((word) => !isSuccess(word));
  if (effects.length > 0 || isContradicted) return [];
  return ['CONFIRMED, and the hub has done nothing for it'];
}

function isShownByReading({ readings, shown }: Told): boolean {
  return readings.some(({ listed = [] }) => listed.some((status) => isWanted(shown.action, status)));
}

function checkFailed(story: Told): string[] {
  const { own, shown, readings } = story;
  const { errorCode } = shown;
  if (!own.some((word) => !isSuccess(word) && word.errorCode === errorCode)) {
    return [`the hub has sent no callback with ${errorCode} for it`];
  }
  // The hub's own final word stands, whatever it did.
  if (!provesNothing(errorCode)) return [];
  if (!readings.some(({ status }) => status === 200)) {
    return [`FAILED by ${errorCode}, which proves nothing, and no reading was answered`];
  }
  return mustHaveBeenUndone(story, 'FAILED');
}

function checkRejected(story: Told): string[] {
  const { errorCode } = story.shown;
  const isRefusal = ({ status, responseCode }: HubRequest): boolean =>
    responseCode === errorCode && status !== null && (status < 300 ? errorCode !== undefined : status < 500);
  if (!story.requests.some(isRefusal)) return [`the hub has not refused it with ${errorCode ?? 'no code'}`];
  return mustHaveBeenUndone(story, 'REJECTED');
}

/** What the hub did for it may be denied only if somebody has changed the token since. */
function mustHaveBeenUndone({ effects, timeline, shown }: Told, as: string): string[] {
  const [effect] = effects;
  if (effect === undefined) return [];
  const between = { from: Date.parse(effect.at), to: Date.parse(shown.settledAt ?? effect.at) };
  // The state before the effect still holds in its first instant.
  const isUndone = wasOtherwise(timeline, shown.action, { ...between, from: between.from + 1 });
  return isUndone ? [] : [`${as}, but the hub has done it at ${effect.at}, and nobody has undone it`];
}

function mustNotHaveReached({ effects, requests }: Told, as: string): string[] {
  if (effects.length > 0) return [`${as}, but the hub has done it at ${effects[0]?.at}`];
  const possible = requests.find(mayHaveHadAnEffect);
  return possible === undefined ? [] : [`${as}, but a request of ${possible.at} may have had an effect`];
}

/** Everything but an answer which says that nothing was done: a refusal, a 429. */
function mayHaveHadAnEffect({ status, ended, responseCode }: HubRequest): boolean {
  if (ended !== 'answered' || status === null || status >= 500) return true;
  return status < 300 && (responseCode === undefined || responseCode === 0 || responseCode === 200);
}

function checkUnknown({ own, shown }: Told): string[] {
  const settledAt = Date.parse(shown.settledAt ?? shown.requestedAt);
  const inTime = own.filter(({ storedAt = Number.POSITIVE_INFINITY }) => storedAt < settledAt - NOTING_MS);
  const decisive = inTime.find(({ errorCode }) => !provesNothing(errorCode));
  if (decisive === undefined) return [];
  return [`UNKNOWN, although a word was stored before: ${decisive.errorCode ?? 'success'}`];
}

function checkCancelled({ told }: Told): string[] {
  return told.some(({ call }) => call === 'cancel') ? [] : ['CANCELLED, and nobody has cancelled it'];
}

/** A newer operation wanted something else of the token, and had not ended in vain for long. */
function checkSuperseded({ shown, others }: Told): string[] {
  const { settledAt, requestedAt, hardDeadlineAt } = shown;
  // Nothing is sent after the hard deadline, so nobody looks for a reason not to.
  const lookedAt = Math.min(Date.parse(settledAt ?? requestedAt), Date.parse(hardDeadlineAt));
  const isReason = (other: ShownOperation): boolean => {
    if (other.action === shown.action || !isNewer(other, shown)) return false;
    const endedAt = Date.parse(other.settledAt ?? '');
    return !IN_VAIN.includes(other.status) || endedAt > lookedAt - VISIBILITY_MS;
  };
  return others.some(isReason) ? [] : ['SUPERSEDED, and no newer operation wants something else'];
}

/** Words that all say success, stored before the end or after it, are what is known in the end, unless a conflict is shown. */
function checkEffective({ own, shown }: Told): string[] {
  const { effectiveStatus, attention } = shown;
  const isStored = own.some(({ storedAt }) => storedAt !== undefined);
  if (!isStored || !own.every(isSuccess) || effectiveStatus === 'CONFIRMED') return [];
  if (effectiveStatus === 'UNKNOWN' && attention === 'CONFLICT') return [];
  return [`every word of the hub says success, but its effectiveStatus is ${effectiveStatus}`];
}

function isSuccess({ errorCode }: Word): boolean {
  return errorCode === undefined;
}
