import {
  checkCancelled,
  checkSuperseded,
  decidingBefore,
  isRefusedWith,
  isShownByReadings,
  mustHaveBeenUndone,
  mayBeItsDoing,
  mustNotHaveReached,
  type Told,
} from './evidence.js';
import type { Story } from './story.js';
import { isOwnWord, isSuccess, provesNothing, type Word } from './words.js';

interface ToldOfToken extends Told {
  /** The hub's words on this token and this action. */
  readonly own: readonly Word[];
}

/**
 * I4: the recorded outcome agrees with the hub, or says UNKNOWN. The hub's truth is what its tokens were at the time, and
 * what it said last; a hub that contradicts itself cannot be agreed with, but has to be shown (I5).
 */
export function checkTruth(story: Story): string[] {
  const { shown } = story;
  if (shown === undefined || !shown.final || shown.scope !== 'TOKEN') return [];
  const told = { ...story, shown, own: story.words.filter((word) => isOwnWord(word, shown)) };
  return [...checkStatus(told), ...checkEffective(told)];
}

function checkStatus(story: ToldOfToken): string[] {
  const { status, evidence } = story.shown;
  switch (`${status} ${evidence}`) {
    case 'CONFIRMED CALLBACK':
      return checkConfirmedByCallback(story);
    case 'CONFIRMED READING':
      return [
        ...(isShownByReading(story) ? [] : ['no reading of its own has shown the wanted state']),
        ...mayBeItsDoing(story),
      ];
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

function checkConfirmedByCallback({ own, effects }: ToldOfToken): string[] {
  if (!own.some(isSuccess)) return ['the hub has sent no callback of success for it'];
  const isContradicted = own.some((word) => !isSuccess(word));
  if (effects.length > 0 || isContradicted) return [];
  return ['CONFIRMED, and the hub has done nothing for it'];
}

function isShownByReading({ readings, shown, planned }: ToldOfToken): boolean {
  const { virtualCardId = planned.body.virtualCardId ?? '', action } = shown;
  return isShownByReadings(readings, { action, virtualCardId });
}

function checkFailed(story: ToldOfToken): string[] {
  const { own, shown, readings } = story;
  const { errorCode } = shown;
  if (!own.some((word) => !isSuccess(word) && word.errorCode === errorCode)) {
    return [`the hub has sent no callback with ${errorCode} for it`];
  }
  // The hub's own final word stands, whatever it did.
  if (!provesNothing(errorCode)) return [];
  if (!readings.some(({ status, inFront }) => status === 200 && inFront !== true)) {
    return [`FAILED by ${errorCode}, which proves nothing, and no reading was answered`];
  }
  return mustHaveBeenUndone(story, story.effects, 'FAILED');
}

function checkRejected(story: ToldOfToken): string[] {
  const { errorCode } = story.shown;
  if (!isRefusedWith(story.requests, errorCode)) {
    return [`the hub has not refused it with ${errorCode ?? 'no code'}`];
  }
  return mustHaveBeenUndone(story, story.effects, 'REJECTED');
}

function checkUnknown({ own, shown }: ToldOfToken): string[] {
  const decisive = decidingBefore(own, shown);
  if (decisive === undefined) return [];
  return [`UNKNOWN, although a word was stored before: ${decisive.errorCode ?? 'success'}`];
}

/** Words that all say success, stored before the end or after it, are what is known in the end, unless a conflict is shown. */
function checkEffective({ own, shown }: ToldOfToken): string[] {
  const { effectiveStatus, attention } = shown;
  const isStored = own.some(({ storedAt }) => storedAt !== undefined);
  if (!isStored || !own.every(isSuccess) || effectiveStatus === 'CONFIRMED') return [];
  if (effectiveStatus === 'UNKNOWN' && attention === 'CONFLICT') return [];
  return [`every word of the hub says success, but its effectiveStatus is ${effectiveStatus}`];
}
