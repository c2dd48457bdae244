import express, { type Router } from 'express';
import { z } from 'zod';
import { type Clock } from '../callbacks/clock.js';
import { answerNotFound, issuerOf } from './control-answers.js';
import { type Renewals } from '../callbacks/renewals.js';
import { cardKey } from '../cards/state.js';
import { type Store } from '../cards/store.js';

const secondsPerDay = 86_400;
const renewalSchema = z.strictObject({
  virtualCardIds: z.array(z.string().min(1).max(64)).min(1).optional(),
  correlationId: z.string().min(1).max(64).optional(),
});
const longestTurnDays = 36_525; // A hundred years.
const turnSchema = z
  .strictObject({
    advanceSeconds: z
      .number()
      .positive()
      .max(longestTurnDays * secondsPerDay)
      .optional(),
    advanceDays: z.number().positive().max(longestTurnDays).optional(),
  })
  .refine(
    ({ advanceSeconds, advanceDays }) => (advanceSeconds === undefined) !== (advanceDays === undefined),
    {
      message: 'either advanceSeconds or advanceDays says how far',
    },
  )
  .transform(({ advanceSeconds, advanceDays = 0 }) => advanceSeconds ?? advanceDays * secondsPerDay);

/** How tests and people make the TSP renew tokens. No part of the wire contract. */
export function createRenewalRoutes(dependencies: {
  store: Store;
  clock: Clock;
  renewals: Renewals;
  issuerIds: readonly string[];
}): Router {
  const { store, clock, renewals, issuerIds } = dependencies;
  const router = express.Router();

  router.post('/cards/:issuerCardRefId/renew', async (request, response) => {
    const wanted = renewalSchema.parse(request.body ?? {});
    const card = store.state.cards.get(cardKey(issuerOf(request, issuerIds), request.params.issuerCardRefId));
    if (card === undefined) return answerNotFound(response, 'No such card');
    const names = new Set(card.tokens.map(({ virtualCardId }) => virtualCardId));
    if (wanted.virtualCardIds?.some((name) => !names.has(name))) {
      return answerNotFound(response, 'No such token');
    }
    const renewal = renewals.renew(card, wanted);
    await store.stored();
    return response.status(202).json(renewal);
  });

  router.get('/clock', (_request, response) => {
    response.json(toView(clock));
  });

  router.post('/clock', async (request, response) => {
    clock.advance(turnSchema.parse(request.body) * 1_000);
    const begun = renewals.renewDue();
    await store.stored();
    response.status(202).json({ ...toView(clock), renewals: begun });
  });

  return router;
}

function toView(clock: Clock): { now: string; advancedSeconds: number } {
  return { now: new Date(clock.now()).toISOString(), advancedSeconds: clock.advancedMs() / 1_000 };
}
