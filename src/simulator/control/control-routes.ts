import { randomUUID } from 'node:crypto';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import { answerNotFound, issuerOf } from './control-answers.js';
import {
  type CallbackEntry,
  type EntryFilter,
  type Log,
  type RequestEntry,
  matches,
} from '../cards/journal.js';
import { type Operations } from '../hub/operations.js';
import { type Outage, outageModes } from '../hub/outage.js';
import { toPlanView } from '../plan/plan-words.js';
import { type Seeds, defaultNastyShare, largestSeed } from '../plan/seeding.js';
import { type TokenAddress } from '../cards/state.js';
import { type Store } from '../cards/store.js';

const changeSchema = z.strictObject({
  action: z.string().min(1).max(64),
  source: z.enum(['WALLET', 'TSP']),
  errorCode: z.union([z.int(), z.string()]).optional(),
  correlationId: z.string().min(1).max(64).optional(),
});
const outageSchema = z.strictObject({
  mode: z.enum(outageModes),
  seconds: z.number().positive().optional(),
});
const seedSchema = z.strictObject({
  seed: z.int().min(0).max(largestSeed).nullable(),
  nastyShare: z.number().min(0).max(1).default(defaultNastyShare),
});
const filterSchema = z.object({
  correlationId: z.string().optional(),
  issuerCardRefId: z.string().optional(),
  virtualCardId: z.string().optional(),
});
const pageSchema = z.object({
  from: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).optional(),
});

/** What tests and people use to look at the hub, and to make things happen. No part of the wire contract. */
export function createControlRoutes(dependencies: {
  store: Store;
  operations: Operations;
  outage: Outage;
  seeds: Seeds;
  issuerIds: readonly string[];
  requests: Log<RequestEntry>;
  callbacks: Log<CallbackEntry>;
  reset: () => Promise<void>;
}): Router {
  const { store, operations, outage, seeds, issuerIds, requests, callbacks, reset } = dependencies;
  const router = express.Router();

  router.get('/health', (_request, response) => {
    const { cards, operations: pending, deliveries } = store.state;
    response.json({
      status: 'ok',
      cards: cards.size,
      pendingOperations: pending.size,
      pendingCallbacks: deliveries.size,
      outage: outage.current() ?? null,
    });
  });

  router.post('/tokens/:virtualCardId/change', async (request, response) => {
    const change = changeSchema.parse(request.body);
    const address = findAddress(issuerOf(request, issuerIds), request.params.virtualCardId);
    if (address === undefined) return answerNotFound(response, 'No such token');
    const correlationId = change.correlationId ?? `outside-${randomUUID()}`;
    const result = await operations.changeFromOutside({ ...change, ...address, correlationId });
    return response.status(202).json(result);
  });

  router.get('/requests', (request, response) => list(requests, request, response));
  router.get('/callbacks', (request, response) => list(callbacks, request, response));
  router.get('/effects', (request, response) => list(store.state.effects, request, response));
  router.get('/plans', (request, response) => {
    const { asked } = store.state;
    const plans = { entries: () => [...asked.values()], forgotten: () => asked.forgotten };
    list(plans, request, response, toPlanView);
  });

  router.get('/seed', (_request, response) => {
    response.json(seeds.current() ?? { seed: null });
  });

  router.put('/seed', (request, response) => {
    const { seed, nastyShare } = seedSchema.parse(request.body);
    seeds.set(seed === null ? undefined : { seed, nastyShare });
    response.json(seeds.current() ?? { seed: null });
  });

  router.post('/outage', (request, response) => {
    const { mode, seconds } = outageSchema.parse(request.body);
    outage.begin(mode, seconds);
    response.json({ outage: mode, ...(seconds !== undefined && { seconds }) });
  });

  router.delete('/outage', (_request, response) => {
    outage.end();
    response.json({ outage: null });
  });

  router.post('/reset', async (_request, response) => {
    await reset();
    response.json({ status: 'ok' });
  });

  function findAddress(issuerId: string, virtualCardId: string): TokenAddress | undefined {
    for (const card of store.state.cards.values()) {
      const isHere = card.tokens.some((token) => token.virtualCardId === virtualCardId);
      if (card.issuerId === issuerId && isHere) {
        return { issuerId, issuerCardRefId: card.issuerCardRefId, virtualCardId };
      }
    }
    return undefined;
  }

  return router;
}

/**
 * Entries are numbered from 0, since the last reset, and keep their numbers when older ones are forgotten. `from` is the
 * first number that is looked at, `limit` how many entries are answered, and `next` the number to go on with.
 */
function list<T extends EntryFilter>(
  log: Pick<Log<T>, 'entries' | 'forgotten'>,
  request: Request,
  response: Response,
  toItem: (entry: T) => unknown = (entry) => entry,
): void {
  const filter = filterSchema.parse(request.query);
  const { from, limit = Infinity } = pageSchema.parse(request.query);
  const forgotten = log.forgotten();
  const entries = log.entries();
  const items: unknown[] = [];
  let index = Math.max(0, from - forgotten);
  for (; index < entries.length && items.length < limit; index += 1) {
    const entry = entries[index];
    if (entry !== undefined && matches(entry, filter)) items.push(toItem(entry));
  }
  response.json({ items, next: forgotten + index, total: forgotten + entries.length, forgotten });
}
