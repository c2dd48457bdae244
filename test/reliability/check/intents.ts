import type { HubRequest, Outage, ShownOperation } from '../records.js';
import type { Story } from './story.js';

/** What a newer operation that ended so had wanted counts no longer (design 5.1). */
export const IN_VAIN: readonly string[] = ['REJECTED', 'FAILED', 'CANCELLED', 'SUPERSEDED'];

/** From here on a first attempt looks for newer operations (design 5.1), and what it takes to get to the hub. */
const LOOKS_AFTER_MS = 2_000 + 500;
/** From the start of a newer operation to its sight, and from the look to the arrival at the hub. */
const SEEN_AFTER_MS = 2_500;
/** Around a time without Temporal a look fails, and a SUSPEND goes ahead. */
const BLIND_MS = 5_000;

/** Last intent wins: what is sent late, or again, is not sent while a newer operation wants something else of the token. */
export function checkLastIntent({ shown, requests, effects, others, outages, starts }: Story): string[] {
  if (shown === undefined) return [];
  return effects.flatMap((effect) => {
    const index = requests.findLastIndex(({ at }) => Date.parse(at) <= Date.parse(effect.at));
    const request = requests[index];
    if (request === undefined || !looks(request, index, startOf(shown, starts))) return [];
    if (shown.action === 'SUSPEND' && isBlind(request, outages)) return [];
    const newer = others.find((other) =>
      isInForce(other, shown, { instant: Date.parse(request.at), starts }),
    );
    if (newer === undefined) return [];
    return [
      `it was sent at ${request.at} and had its effect, although ${newer.operationId} wanted ${newer.action} since ${new Date(startOf(newer, starts)).toISOString()}`,
    ];
  });
}

/** Who says to be superseded names a newer operation on the same token that wanted something else. */
export function checkSupersededBy({ shown, others, starts }: Story): string[] {
  if (shown?.supersededBy === undefined) return [];
  const by = others.find(({ operationId }) => operationId === shown.supersededBy);
  if (by !== undefined && by.action !== shown.action && isNewer(by, shown, starts)) return [];
  return [`it says that ${shown.supersededBy} took over, which is no newer operation with another action`];
}

type Starts = Story['starts'];

/** From the least to the most safe. */
const BY_SAFETY: readonly string[] = ['RESUME', 'SUSPEND', 'DELETE'];

/**
 * Whether an operation counts as newer than one that wants something else: Temporal started it later; the safer may have
 * been started earlier by less than a second for each step (design 5.1, record 16).
 */
export function isNewer(other: ShownOperation, shown: ShownOperation, starts: Starts): boolean {
  const laterMs = startOf(other, starts) - startOf(shown, starts);
  const saferBy = BY_SAFETY.indexOf(other.action) - BY_SAFETY.indexOf(shown.action);
  return saferBy > 0 ? laterMs > -1_000 * saferBy : laterMs >= -1_000 * saferBy;
}

/** One whose history is not there is newer than none, and none than it. */
function startOf({ operationId }: ShownOperation, starts: Starts): number {
  return starts.get(operationId) ?? Number.NaN;
}

function looks({ at }: HubRequest, index: number, startedAt: number): boolean {
  return index > 0 || Date.parse(at) - startedAt > LOOKS_AFTER_MS;
}

function isBlind({ at }: HubRequest, outages: readonly Outage[]): boolean {
  const instant = Date.parse(at);
  return outages.some(({ from, to }) => from - BLIND_MS < instant && instant < to + BLIND_MS);
}

function isInForce(
  other: ShownOperation,
  shown: ShownOperation,
  { instant, starts }: { instant: number; starts: Starts },
): boolean {
  if (other.action === shown.action || !isNewer(other, shown, starts)) return false;
  if (startOf(other, starts) > instant - SEEN_AFTER_MS) return false;
  return !IN_VAIN.includes(other.status) || Date.parse(other.settledAt ?? '') > instant;
}
