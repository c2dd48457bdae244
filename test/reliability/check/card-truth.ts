import type { HubRequest, ShownOperation, ShownOutcome } from '../records.js';
import {
  checkCancelled,
  checkSuperseded,
  decidingBefore,
  isComplete,
  isRefusedWith,
  isShownByReadings,
  mayBeItsDoing,
  mustHaveBeenUndone,
  mustNotHaveReached,
  statusIn,
  type Told,
} from './evidence.js';
import type { Story } from './story.js';
import { canPay, isEligible, isWanted } from './timeline.js';
import { isOwnWord, isSuccess, provesNothing, type Word } from './words.js';

interface ToldOfCard extends Told {
  /** The hub's words on this action, of whichever token. */
  readonly own: readonly Word[];
  /** The complete lists under its correlation id that came back to it before its end, in order. */
  readonly lists: readonly HubRequest[];
}

/** I4, of an operation on all tokens of a card: each token's outcome agrees with the hub, and the card's with its tokens'. */
export function checkCardTruth(story: Story): string[] {
  const { shown } = story;
  if (shown === undefined || !shown.final || shown.scope !== 'CARD') return [];
  const endedAt = shown.settledAt ?? shown.hardDeadlineAt;
  const told: ToldOfCard = {
    ...story,
    shown,
    own: story.words.filter((word) => isOwnWord(word, shown)),
    lists: story.readings.filter(
      (reading) => isComplete(reading) && reading.at <= endedAt && hasComeBack(reading, story),
    ),
  };
  return [
    ...shown.outcomes.flatMap((outcome) =>
      checkOutcome(told, outcome).map((says) => `${outcome.virtualCardId}: ${says}`),
    ),
    ...checkExpected(told),
    ...checkStatus(told),
    ...checkExposed(told),
    ...checkEffective(told),
  ];
}

/** What the hub has answered may come too late, or to a worker that is gone. */
function hasComeBack(
  { at }: HubRequest,
  { looks }: Story,
  { afterSending }: { afterSending: boolean } = { afterSending: false },
): boolean {
  const instant = Date.parse(at);
  return looks.some(
    (look) =>
      look.scheduledAt <= instant + 5 && instant <= look.endedAt && (look.afterSending || !afterSending),
  );
}

/** One token's part: the same evidence as for an operation on it alone. */
function checkOutcome(story: ToldOfCard, outcome: ShownOutcome): string[] {
  const { virtualCardId, result, evidence, errorCode } = outcome;
  const own = ownOf(story, virtualCardId);
  const effects = story.effects.filter((effect) => effect.virtualCardId === virtualCardId);
  switch (`${result} ${evidence}`) {
    case 'CONFIRMED CALLBACK': {
      if (!own.some(isSuccess)) return ['the hub has sent no callback of success for it'];
      // Of a token that the card never had the hub may say what it likes.
      const isOdd = !story.timelines.has(virtualCardId) || own.some((word) => !isSuccess(word));
      return effects.length > 0 || isOdd ? [] : ['CONFIRMED, and the hub has done nothing for it'];
    }
    case 'CONFIRMED READING': {
      // The list from before the request proves nothing of it.
      const since = story.requests[0]?.at ?? story.shown.requestedAt;
      const readings = story.readings.filter(({ at }) => at >= since);
      const { action } = story.shown;
      const isShown =
        isShownByReadings(readings, { action, virtualCardId }) ||
        (action === 'DELETE' && isMissingSince(story.readings, { virtualCardId, since }));
      return [
        ...(isShown ? [] : ['no reading since the request has shown the wanted state']),
        ...mayBeItsDoing(story),
      ];
    }
    case 'FAILED CALLBACK': {
      if (!own.some((word) => !isSuccess(word) && word.errorCode === errorCode)) {
        return [`the hub has sent no callback with ${errorCode} for it`];
      }
      if (!provesNothing(errorCode)) return [];
      return story.lists.length === 0
        ? [`FAILED by ${errorCode}, which proves nothing, and no reading was answered`]
        : mustHaveBeenUndone(story, effects, 'FAILED');
    }
    case 'FAILED ANSWER':
      return isRefusedWith(story.requests, errorCode)
        ? mustHaveBeenUndone(story, effects, 'FAILED by an answer')
        : [`the hub has not refused it with ${errorCode ?? 'no code'}`];
    case 'FAILED NONE':
      return mustNotHaveReached(story, 'FAILED as never sent');
    case 'SILENT NONE':
      return checkSilent(story, outcome, own);
    case 'NOT_ELIGIBLE NONE':
      return decidingBefore(own, story.shown) === undefined ? [] : ['NOT_ELIGIBLE, although it had a word'];
    default:
      return [`${result} by ${evidence} is no outcome of a token`];
  }
}

/** Two lists lack it; the first of them may be older than the request, since a deletion is as wanted whoever has done it. */
function isMissingSince(
  readings: readonly HubRequest[],
  { virtualCardId, since }: { virtualCardId: string; since: string },
): boolean {
  const lacking = readings.filter((list) => isComplete(list) && statusIn(list, virtualCardId) === undefined);
  return lacking.length >= 2 && (lacking.at(-1)?.at ?? '') >= since;
}

/** What a worker may notice a deadline late. */
const BUSY_MS = 1_000;

/** Ends that say nothing of single tokens: nothing was sent, or the hub would not have it. */
const WITHOUT_TOKENS: readonly string[] = ['CANCELLED', 'SUPERSEDED', 'REJECTED'];

function checkSilent(
  story: ToldOfCard,
  { virtualCardId, expected }: ShownOutcome,
  own: readonly Word[],
): string[] {
  const { shown, requests } = story;
  const decisive = decidingBefore(own, shown);
  if (decisive !== undefined) {
    return [`SILENT, although a word was stored before: ${decisive.errorCode ?? 'success'}`];
  }
  // A look that began while the request was still being sent settles nothing (design 5.3).
  const last = story.lists.findLast(
    (list) => hasComeBack(list, story, { afterSending: true }) && !mayBeSnapshot(list, story),
  );
  const [request] = requests;
  const isAfterRequest = last !== undefined && request !== undefined && last.at > request.at;
  if (!expected || !isAfterRequest || WITHOUT_TOKENS.includes(shown.status)) return [];
  const status = statusIn(last, virtualCardId);
  const isSeen = status !== undefined && isWanted(shown.action, status);
  return isSeen ? [`SILENT, although the last reading lists it as ${status}`] : [];
}

/** A list in time that nobody has seen before takes the place of the snapshot: it only says whose words are awaited (5.3). */
function mayBeSnapshot(list: HubRequest, { shown, planned, lists }: ToldOfCard): boolean {
  const softDeadlineAt = Date.parse(shown.requestedAt) + planned.body.softDeadlineSeconds * 1_000;
  return list === lists[0] && Date.parse(list.at) < softDeadlineAt + BUSY_MS;
}

/** Who is expected is what one complete list says; of a late one, also what the action has taken by then, or what has reported. */
function checkExpected(story: ToldOfCard): string[] {
  const { shown, lists, requests } = story;
  const [request] = requests;
  const early = lists.filter(({ at }) => request === undefined || at < request.at);
  const isExplained =
    early.length > 0
      ? early.some((list) => [false, true].some((isLate) => isExpectedBy(list, story, { isLate })))
      : lists.some((list) => isExpectedBy(list, story, { isLate: true, isHeard: true }));
  const expected = expectedOf(shown).map(({ virtualCardId }) => virtualCardId);
  if (isExplained || (expected.length === 0 && (lists.length === 0 || shown.outcomes.length === 0)))
    return [];
  return [`no list of the card explains what is expected: ${expected.join(', ') || 'nothing'}`];
}

function isExpectedBy(
  list: HubRequest,
  { shown, own }: ToldOfCard,
  { isLate, isHeard = false }: { isLate: boolean; isHeard?: boolean },
): boolean {
  const { action } = shown;
  const { listedIds = [] } = list;
  const expected = new Set(expectedOf(shown).map(({ virtualCardId }) => virtualCardId));
  return (
    [...expected].every((virtualCardId) => listedIds.includes(virtualCardId)) &&
    listedIds.every((virtualCardId) => {
      const status = statusIn(list, virtualCardId) ?? '';
      const isMeant = isEligible(action, status) || (isLate && isWanted(action, status));
      const hasSpoken = own.some((word) => word.virtualCardId === virtualCardId);
      return expected.has(virtualCardId) === isMeant || (isHeard && hasSpoken);
    })
  );
}

function checkStatus(story: ToldOfCard): string[] {
  const { status, evidence } = story.shown;
  switch (`${status} ${evidence}`) {
    case 'CONFIRMED CALLBACK':
    case 'CONFIRMED READING':
      return checkConfirmed(story);
    case 'PARTIALLY_CONFIRMED CALLBACK':
    case 'PARTIALLY_CONFIRMED READING':
      return checkPartial(story.shown);
    case 'FAILED CALLBACK':
      return expectedOf(story.shown).every(({ result }) => result === 'FAILED')
        ? []
        : ['FAILED, and not every expected token has failed'];
    case 'FAILED NONE':
      return mustNotHaveReached(story, 'FAILED as never sent');
    case 'REJECTED ANSWER':
      return isRefusedWith(story.requests, story.shown.errorCode)
        ? mustHaveBeenUndone(story, story.effects, 'REJECTED')
        : [`the hub has not refused it with ${story.shown.errorCode ?? 'no code'}`];
    case 'UNKNOWN NONE':
      return checkUnknown(story.shown);
    case 'CANCELLED NONE':
      return [...checkCancelled(story), ...mustNotHaveReached(story, 'CANCELLED')];
    case 'SUPERSEDED NONE':
      return [...checkSuperseded(story), ...mustNotHaveReached(story, 'SUPERSEDED')];
    default:
      return [`${status} by ${evidence} is no outcome of these operations`];
  }
}

/** Every expected token is confirmed, and the last look at the card shows none that can pay (design 5.3). */
function checkConfirmed({ shown, lists }: ToldOfCard): string[] {
  const { action, evidence } = shown;
  const expected = expectedOf(shown);
  const unconfirmed = expected.filter(({ result }) => result !== 'CONFIRMED');
  const last = lists.at(-1);
  const faults = unconfirmed.map(
    ({ virtualCardId, result }) => `CONFIRMED, and the expected ${virtualCardId} is ${result}`,
  );
  if (evidence === 'CALLBACK' && expected.some((outcome) => outcome.evidence !== 'CALLBACK')) {
    faults.push('CONFIRMED by callbacks, and some part of it rests on less');
  }
  if (expected.length === 0 && !(last?.listed ?? []).some((status) => isWanted(action, status))) {
    faults.push('CONFIRMED, and no token of the card was seen as wanted');
  }
  if (action === 'RESUME') return faults;
  if (last === undefined) return [...faults, 'CONFIRMED, and nobody has looked whether a token can pay'];
  const open = payingIn(last);
  return open.length === 0 ? faults : [...faults, `CONFIRMED, and the last list shows ${open.join(', ')}`];
}

function checkPartial(shown: ShownOperation): string[] {
  const { outcomes, exposed, attention } = shown;
  if (!outcomes.some(({ result }) => result === 'CONFIRMED')) {
    return ['PARTIALLY_CONFIRMED, and no token is confirmed'];
  }
  const expected = expectedOf(shown);
  const isWhole = expected.length > 0 && expected.every(({ result }) => result === 'CONFIRMED');
  return isWhole && exposed.length === 0 && attention === undefined
    ? ['PARTIALLY_CONFIRMED, although everything is confirmed and nobody is asked to look']
    : [];
}

function checkUnknown(shown: ShownOperation): string[] {
  const { outcomes } = shown;
  const confirmed = outcomes.find(({ result }) => result === 'CONFIRMED');
  if (confirmed !== undefined) return [`UNKNOWN, although ${confirmed.virtualCardId} is confirmed`];
  const expected = expectedOf(shown);
  return expected.length > 0 && expected.every(({ result }) => result === 'FAILED')
    ? ['UNKNOWN, although every expected token has failed']
    : [];
}

/**
 * `exposed` is what the last complete list shows, but for tokens that were confirmed after it; and whoever finds one there
 * is asked to look.
 */
function checkExposed({ shown, lists }: ToldOfCard): string[] {
  const { action, exposed, status, attention } = shown;
  const last = lists.at(-1);
  const seen = action === 'RESUME' || last === undefined ? [] : payingIn(last);
  const invented = exposed.filter((virtualCardId) => !seen.includes(virtualCardId));
  const faults = invented.map(
    (virtualCardId) => `${virtualCardId} is called exposed, and the last list does not`,
  );
  const isLookedAt = shown.late.some(({ kind }) => kind === 'reading' || kind === 'decision');
  if (exposed.length > 0 && !isLookedAt && !['TOKEN_EXPOSED', 'CONFLICT'].includes(attention ?? '')) {
    faults.push(`a token is exposed, and the attention is ${attention ?? 'none'}`);
  }
  if (WITHOUT_TOKENS.includes(status)) return faults;
  const hidden = seen.filter((virtualCardId) => !exposed.includes(virtualCardId));
  const isConfirmedSince = (virtualCardId: string): boolean =>
    shown.outcomes.some(
      (outcome) =>
        outcome.virtualCardId === virtualCardId &&
        outcome.result === 'CONFIRMED' &&
        (outcome.at ?? '') >= (last?.at ?? ''),
    );
  return [
    ...faults,
    ...hidden
      .filter((virtualCardId) => !isConfirmedSince(virtualCardId))
      .map(
        (virtualCardId) => `the last list shows that ${virtualCardId} can pay, and it is not called exposed`,
      ),
  ];
}

/** Words that all say success, of all that is expected, are what is known in the end, or somebody is asked to look. */
function checkEffective({ own, shown }: ToldOfCard): string[] {
  const { effectiveStatus, attention } = shown;
  const expected = expectedOf(shown);
  const isAllSaid = expected.every(({ virtualCardId }) =>
    own.some((word) => word.virtualCardId === virtualCardId && word.storedAt !== undefined),
  );
  if (expected.length === 0 || !isAllSaid || !own.every(isSuccess) || effectiveStatus === 'CONFIRMED')
    return [];
  return attention === undefined
    ? [`every word of the hub says success, but its effectiveStatus is ${effectiveStatus}`]
    : [];
}

function expectedOf({ outcomes }: ShownOperation): readonly ShownOutcome[] {
  return outcomes.filter(({ expected }) => expected);
}

function ownOf({ own }: ToldOfCard, virtualCardId: string): readonly Word[] {
  return own.filter((word) => word.virtualCardId === virtualCardId);
}

function payingIn(list: HubRequest): readonly string[] {
  return (list.listedIds ?? []).filter((virtualCardId) => canPay(statusIn(list, virtualCardId) ?? ''));
}
