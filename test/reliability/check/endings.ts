import type { Outage, ShownOperation } from '../records.js';
import type { Story } from './story.js';

/** What never ends is later than this by any measure; on a machine that has more to do than it can, an end may take its time. */
const GRACE_MS = 60_000;
/** What an operation on a card waits for the child that sends: two attempts at the hub, with their time-outs (design 5.3). */
const SENDER_MS = 13_000;
/** What Temporal waits for a worker that is gone: a workflow task (10 s), then an attempt at the hub. */
const RECOVERY_MS = 25_000;

/** I3: every operation ends by its hard deadline, or soon after those it needs have come back. */
export function checkEnd({ shown, outages, told }: Story): string[] {
  if (shown === undefined) return ['clients were told of it, and GET does not find it'];
  const { final, settledAt, status } = shown;
  if (!final || settledAt === undefined) return [`it has not ended: ${status}`];
  const limit = limitOf(shown, outages);
  const lateMs = Date.parse(settledAt) - limit;
  if (lateMs > 0) return [`it ended ${lateMs} ms after ${new Date(limit).toISOString()}, its latest end`];
  const isTold = told.some(({ body }) => (body as Partial<ShownOperation> | undefined)?.final === true);
  return isTold ? [] : ['no client was ever told its end'];
}

function limitOf({ requestedAt, hardDeadlineAt, scope }: ShownOperation, outages: readonly Outage[]): number {
  let limit = Date.parse(hardDeadlineAt) + GRACE_MS + (scope === 'CARD' ? SENDER_MS : 0);
  for (const { from, to } of outages.toSorted((left, right) => left.from - right.from)) {
    const concerns = from <= limit && to + RECOVERY_MS >= Date.parse(requestedAt);
    if (concerns) limit = Math.max(limit, to + RECOVERY_MS + GRACE_MS);
  }
  return limit;
}
