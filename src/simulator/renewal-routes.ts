import express, { type Router } from 'express';
import { z } from 'zod';
import { answerNotFound, issuerOf } from './control-answers.js';
import { type Renewals } from './renewals.js';
import { cardKey } from './state.js';
import { type Store } from './store.js';

const renewalSchema = z.strictObject({
  virtualCardIds: z.array(z.string().min(1).max(64)).min(1).optional(),
  correlationId: z.string().min(1).max(64).optional(),
});

/** How tests and people make the TSP renew tokens. No part of the wire contract. */
export function createRenewalRoutes(dependencies: {
  store: Store;
  renewals: Renewals;
  issuerIds: readonly string[];
}): Router {
  const { store, renewals, issuerIds } = dependencies;
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

  return router;
}
