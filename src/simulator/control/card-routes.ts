import express, { type Request, type Router } from 'express';
import { z } from 'zod';
import { answerNotFound, issuerOf } from './control-answers.js';
import { sampleToken } from '../cards/sample-cards.js';
import {
  type Card,
  type TokenAddress,
  addToken,
  cardKey,
  findToken,
  putCard,
  removeToken,
} from '../cards/state.js';
import { type Store } from '../cards/store.js';
import { type Token, suspenders, tokenStatuses } from '../cards/tokens.js';

const tokenSchema = z
  .strictObject({
    virtualCardId: z.string().min(1).max(64),
    walletProviderId: z.string().min(1).max(128).optional(),
    status: z.enum(tokenStatuses).optional(),
    suspenders: z.array(z.enum(suspenders)).optional(),
    renewsAt: z.iso.datetime({ offset: true }).optional(),
  })
  .transform(toToken)
  .refine(({ status, suspenders: held }) => (status === 'SUSPENDED') === held.length > 0, {
    message: 'suspenders belong to a SUSPENDED token, and to no other',
  });
const cardSchema = z.strictObject({ tokens: z.array(tokenSchema).max(10_000) }).refine(namesAreUnique, {
  message: 'two tokens have the same virtualCardId',
});

/** The cards of the hub and what is on them, for tests and people. No part of the wire contract. */
export function createCardRoutes({
  store,
  issuerIds,
}: {
  store: Store;
  issuerIds: readonly string[];
}): Router {
  const router = express.Router();

  router.get('/cards/:issuerCardRefId', (request, response) => {
    const card = findCard(request);
    if (card === undefined) return answerNotFound(response, 'No such card');
    return response.json(toView(card));
  });

  router.put('/cards/:issuerCardRefId', async (request, response) => {
    const issuerId = issuerOf(request, issuerIds);
    if (!issuerIds.includes(issuerId)) return answerNotFound(response, 'No such issuer');
    const { tokens } = cardSchema.parse(request.body);
    const card = { issuerId, issuerCardRefId: request.params.issuerCardRefId, tokens };
    store.change((state) => putCard(state, card));
    await store.stored();
    return response.json(toView(card));
  });

  router.post('/cards/:issuerCardRefId/tokens', async (request, response) => {
    const token = tokenSchema.parse(request.body);
    const card = findCard(request);
    if (card === undefined) return answerNotFound(response, 'No such card');
    if (findToken(store.state, addressOf(card, token.virtualCardId)) !== undefined) {
      return response.status(409).json({ error: 'The card has a token of that name' });
    }
    const changed = store.change((state) => addToken(state, card, token));
    await store.stored();
    return response.status(201).json(toView(changed));
  });

  router.delete('/cards/:issuerCardRefId/tokens/:virtualCardId', async (request, response) => {
    const { virtualCardId } = request.params;
    const card = findCard(request);
    if (card === undefined || findToken(store.state, addressOf(card, virtualCardId)) === undefined) {
      return answerNotFound(response, 'No such token');
    }
    const changed = store.change((state) => removeToken(state, card, virtualCardId));
    await store.stored();
    return response.json(toView(changed));
  });

  function findCard(request: Request<{ issuerCardRefId: string }>): Card | undefined {
    return store.state.cards.get(cardKey(issuerOf(request, issuerIds), request.params.issuerCardRefId));
  }

  return router;
}

function addressOf({ issuerId, issuerCardRefId }: Card, virtualCardId: string): TokenAddress {
  return { issuerId, issuerCardRefId, virtualCardId };
}

function toView({ issuerCardRefId, tokens }: Card): Record<string, unknown> {
  return {
    issuerCardRefId,
    tokens: tokens.map(({ virtualCardId, walletProviderId, status, suspenders: held, renewsAt }) => ({
      virtualCardId,
      walletProviderId,
      status,
      suspenders: held,
      ...(renewsAt !== undefined && { renewsAt }),
    })),
  };
}

function toToken(given: {
  virtualCardId: string;
  walletProviderId?: string | undefined;
  status?: Token['status'] | undefined;
  suspenders?: Token['suspenders'] | undefined;
  renewsAt?: string | undefined;
}): Token {
  return sampleToken(given.virtualCardId, {
    ...(given.walletProviderId !== undefined && { walletProviderId: given.walletProviderId }),
    ...(given.status !== undefined && { status: given.status }),
    ...(given.renewsAt !== undefined && { renewsAt: new Date(given.renewsAt).toISOString() }),
    suspenders: given.suspenders ?? (given.status === 'SUSPENDED' ? ['ISSUER'] : []),
  });
}

function namesAreUnique({ tokens }: { tokens: Token[] }): boolean {
  return new Set(tokens.map(({ virtualCardId }) => virtualCardId)).size === tokens.length;
}
