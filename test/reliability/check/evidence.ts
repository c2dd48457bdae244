import type { HubEffect, HubRequest, ShownOperation } from '../records.js';
import type { PlannedAction } from '../workload.js';
import { isNewer, IN_VAIN } from './intents.js';
import type { Story } from './story.js';
import { isWanted, wasOtherwise } from './timeline.js';
import { provesNothing, type Word } from './words.js';

/** What outcomes rest on, of operations on one token and of the parts of those on a whole card alike (I4). */

/** Between the storing of a callback and the hub's note of it. */
const NOTING_MS = 1_000;
/** How old the visibility store's word on a newer operation may be. */
const VISIBILITY_MS = 10_000;

export interface Told extends Story {
  readonly shown: ShownOperation;
}

/** Whether readings prove that the token is as wanted: one lists it so, or, after a DELETE, two complete ones lack it. */
export function isShownByReadings(
  readings: readonly HubRequest[],
  { action, virtualCardId }: { action: PlannedAction; virtualCardId: string },
): boolean {
  const complete = readings.filter(isComplete);
  const statuses = complete.map((reading) => statusIn(reading, virtualCardId));
  if (statuses.some((status) => status !== undefined && isWanted(action, status))) return true;
  return action === 'DELETE' && statuses.filter((status) => status === undefined).length >= 2;
}

/** Answered, well formed and not empty. */
export function isComplete({ status, ended, inFront, listed = [] }: HubRequest): boolean {
  return status === 200 && inFront !== true && ended === 'answered' && listed.length > 0;
}

export function statusIn(
  { listed = [], listedIds = [] }: HubRequest,
  virtualCardId: string,
): string | undefined {
  const index = listedIds.indexOf(virtualCardId);
  return index < 0 ? undefined : listed[index];
}

/** The words that were stored before the end, and decide. */
export function decidingBefore(
  own: readonly Word[],
  { settledAt, requestedAt }: ShownOperation,
): Word | undefined {
  const endedAt = Date.parse(settledAt ?? requestedAt);
  return own
    .filter(({ storedAt = Number.POSITIVE_INFINITY }) => storedAt < endedAt - NOTING_MS)
    .find(({ errorCode }) => !provesNothing(errorCode));
}

export function isRefusedWith(
  requests: readonly HubRequest[],
  errorCode: number | string | undefined,
): boolean {
  return requests.some(
    ({ status, responseCode, inFront }) =>
      inFront !== true &&
      errorCode !== undefined &&
      responseCode === errorCode &&
      status !== null &&
      status < 500,
  );
}

/** What the hub did may be denied only if somebody has changed the token since. */
export function mustHaveBeenUndone(
  { timelines, shown }: Told,
  effects: readonly HubEffect[],
  as: string,
): string[] {
  return effects.flatMap(({ at, virtualCardId }) => {
    // The state before the effect still holds in its first instant.
    const between = { from: Date.parse(at) + 1, to: Date.parse(shown.settledAt ?? at) };
    const isUndone = wasOtherwise(timelines.get(virtualCardId) ?? [], shown.action, between);
    return isUndone ? [] : [`${as}, but the hub has done it at ${at}, and nobody has undone it`];
  });
}

/**
 * Suspensions have owners: one that is read is the operation's own only if a request of it has come to the hub before, or may
 * have: an attempt that ended with its worker, or in a time-out, counts as sent though none came.
 */
export function mayBeItsDoing({ requests, shown }: Pick<Told, 'requests' | 'shown'>): string[] {
  const isOwn = requests.some(({ at }) => Date.parse(at) <= Date.parse(shown.settledAt ?? at));
  const mayHaveLeft = requests.length === 0 && shown.attempts > 0;
  return shown.action !== 'SUSPEND' || isOwn || mayHaveLeft
    ? []
    : ["CONFIRMED by a SUSPENDED that was read, and nothing was sent: it is another's"];
}

export function mustNotHaveReached({ effects, requests }: Told, as: string): string[] {
  if (effects.length > 0) return [`${as}, but the hub has done it at ${effects[0]?.at}`];
  const possible = requests.find(mayHaveHadAnEffect);
  return possible === undefined ? [] : [`${as}, but a request of ${possible.at} may have had an effect`];
}

/** Everything but an answer of the hub which says that nothing was done: a refusal, a 429. */
function mayHaveHadAnEffect({ status, ended, responseCode, inFront }: HubRequest): boolean {
  if (ended !== 'answered' || status === null || status >= 500 || inFront === true) return true;
  return status < 300 && (responseCode === undefined || responseCode === 0 || responseCode === 200);
}

export function checkCancelled({ told }: Told): string[] {
  return told.some(({ call }) => call === 'cancel') ? [] : ['CANCELLED, and nobody has cancelled it'];
}

/** A newer operation wanted something else of the token, and had not ended in vain for long. */
export function checkSuperseded({ shown, others, starts }: Told): string[] {
  const { settledAt, requestedAt, hardDeadlineAt } = shown;
  // Nothing is sent after the hard deadline, so nobody looks for a reason not to.
  const lookedAt = Math.min(Date.parse(settledAt ?? requestedAt), Date.parse(hardDeadlineAt));
  const isReason = (other: ShownOperation): boolean => {
    if (other.action === shown.action || !isNewer(other, shown, starts)) return false;
    const endedAt = Date.parse(other.settledAt ?? '');
    return !IN_VAIN.includes(other.status) || endedAt > lookedAt - VISIBILITY_MS;
  };
  return others.some(isReason) ? [] : ['SUPERSEDED, and no newer operation wants something else'];
}
