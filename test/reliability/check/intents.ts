import type { HubRequest, Outage, ShownOperation } from '../records.js';
import type { Story } from './story.js';

/** What a newer operation that ended so had wanted counts no longer (design 5.1). */
export const IN_VAIN: readonly string[] = ['REJECTED', 'FAILED', 'CANCELLED', 'SUPERSEDED'];

/** From here on a first attempt looks for newer operations (design 5.1), and what it takes to get to the hub. */
const LOOKS_AFTER_MS = 2_000 + 500;
/** From the request of a newer operation to its sight, and from the look to the arrival at the hub. */
const SEEN_AFTER_MS = 2_500;
/** Around a time without Temporal a look fails, and a SUSPEND goes ahead. */
const BLIND_MS = 5_000;

/** Last intent wins: what is sent late, or again, is not sent while a newer operation wants something else of the token. */
export function checkLastIntent({ shown, requests, effects, others, outages }: Story): string[] {
  if (shown === undefined) return [];
  return effects.flatMap((effect) => {
    const index = requests.findLastIndex(({ at }) => Date.parse(at) <= Date.parse(effect.at));
    const request = requests[index];
    if (request === undefined || !looks(request, index, shown)) return [];
    if (shown.action === 'SUSPEND' && isBlind(request, outages)) return [];
    const newer = others.find((other) => isInForce(other, shown, Date.parse(request.at)));
    if (newer === undefined) return [];
    return [
      `it was sent at ${request.at} and had its effect, although ${newer.operationId} wanted ${newer.action} since ${newer.requestedAt}`,
    ];
  });
}

/** Who says to be superseded names a newer operation on the same token that wanted something else. */
export function checkSupersededBy({ shown, others }: Story): string[] {
  if (shown?.supersededBy === undefined) return [];
  const by = others.find(({ operationId }) => operationId === shown.supersededBy);
  if (by !== undefined && by.action !== shown.action && isNewer(by, shown)) return [];
  return [`it says that ${shown.supersededBy} took over, which is no newer operation with another action`];
}

export function isNewer(other: ShownOperation, shown: ShownOperation): boolean {
  const [theirs, ours] = [Date.parse(other.requestedAt), Date.parse(shown.requestedAt)];
  return theirs > ours || (theirs === ours && other.operationId > shown.operationId);
}

function looks({ at }: HubRequest, index: number, { requestedAt }: ShownOperation): boolean {
  return index > 0 || Date.parse(at) - Date.parse(requestedAt) > LOOKS_AFTER_MS;
}

function isBlind({ at }: HubRequest, outages: readonly Outage[]): boolean {
  const instant = Date.parse(at);
  return outages.some(({ from, to }) => from - BLIND_MS < instant && instant < to + BLIND_MS);
}

function isInForce(other: ShownOperation, shown: ShownOperation, instant: number): boolean {
  if (other.action === shown.action || !isNewer(other, shown)) return false;
  if (Date.parse(other.requestedAt) > instant - SEEN_AFTER_MS) return false;
  return !IN_VAIN.includes(other.status) || Date.parse(other.settledAt ?? '') > instant;
}
