import { randomUUID } from 'node:crypto';
import { toCardInfo } from './messages.js';
import { type Operations } from './operations.js';
import { type AcceptancePlan, type Answer, type Planner, accepted, refusal } from './plan.js';
import { type CardInfoRequest, type UpdateRequest } from './requests.js';
import { responseCodes } from './response-codes.js';
import { type SimulatorSettings } from './settings.js';
import {
  type Card,
  type PendingOperation,
  type TokenAddress,
  cardKey,
  findToken,
  tokenKey,
} from './state.js';
import { type Store } from './store.js';
import { type TokenStatus, changeToken } from './tokens.js';

/** The two operations of the hub, without HTTP. */
export interface Hub {
  updateCardState(request: UpdateRequest): Promise<Answer>;
  getCardInfo(request: CardInfoRequest): Promise<Answer>;
  /** Forgets how often each operation has asked; see `PlannedRequest.attempt`. */
  forgetAttempts(): void;
}

export function createHub(dependencies: {
  store: Store;
  operations: Operations;
  planner: Planner;
  settings: SimulatorSettings;
}): Hub {
  const { store, operations, planner, settings } = dependencies;
  /** In memory only: after a restart a token that turns the first requests away does so once more. */
  const attempts = new Map<string, number>();

  async function updateToken(address: TokenAddress, request: UpdateRequest): Promise<Answer> {
    const token = findToken(store.state, address);
    if (token === undefined) return refusal(responseCodes.virtualCardUnknown, 'Virtual card unknown');
    const { virtualCardId } = address;
    const attempt = countAttempt(address, request.correlationId);
    const plan = planner({ virtualCardId, action: request.action, attempt });
    if (plan.kind === 'refuse') return plan.answer;
    if (operations.isRunning(address)) return alreadyRunning();
    const change = changeToken(token, request.action, 'ISSUER');
    if (change.kind === 'refused') return refusal(change.responseCode, 'Not possible for this token');
    const operation = toOperation(address, request, plan);
    if (plan.callbackFirst) await operations.beginWithCallback(operation);
    else operations.begin([operation]);
    return plan.answer;
  }

  /** The answer is the ordinary one; each token's misbehaviour shows in its own effect and callbacks. */
  function updateCard(card: Card, request: UpdateRequest): Answer {
    const tokens = card.tokens.map((token) => ({ token, address: addressOf(card, token.virtualCardId) }));
    if (tokens.some(({ address }) => operations.isRunning(address))) return alreadyRunning();
    const allowed = tokens.filter(
      ({ token }) => changeToken(token, request.action, 'ISSUER').kind === 'changed',
    );
    if (allowed.length === 0) return refusal(codeForNoToken(card), 'Not possible for any token of the card');
    operations.begin(
      allowed.flatMap(({ address }) => {
        const { virtualCardId } = address;
        const plan = planner({ virtualCardId, action: request.action, attempt: Infinity });
        return plan.kind === 'refuse' ? [] : [toOperation(address, request, plan)];
      }),
    );
    return accepted;
  }

  function toOperation(
    address: TokenAddress,
    request: UpdateRequest,
    plan: AcceptancePlan,
  ): PendingOperation {
    const { min, max } = settings.effectDelayMs;
    return {
      ...address,
      id: randomUUID(),
      correlationId: request.correlationId,
      action: request.action,
      effect: plan.effect,
      callbacks: plan.callbacks,
      dueAt: Date.now() + min + Math.random() * (max - min),
    };
  }

  function countAttempt(address: TokenAddress, correlationId: string): number {
    const key = JSON.stringify([correlationId, tokenKey(address)]);
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, attempt);
    const oldest = attempts.keys().next();
    if (attempts.size > settings.logEntries && oldest.done !== true) attempts.delete(oldest.value);
    return attempt;
  }

  async function answerUpdate(request: UpdateRequest): Promise<Answer> {
    const card = findCard(request);
    if (card === undefined) return cardUnknown();
    if (request.virtualCardId === undefined) return updateCard(card, request);
    return updateToken(addressOf(card, request.virtualCardId), request);
  }

  function findCard({ issuerId, issuerCardRefId }: CardInfoRequest): Card | undefined {
    return store.state.cards.get(cardKey(issuerId, issuerCardRefId));
  }

  return {
    async updateCardState(request) {
      const answer = await answerUpdate(request);
      await store.stored(); // No answer may tell what a kill could undo.
      return answer;
    },
    async getCardInfo(request) {
      const card = findCard(request);
      const answer = card === undefined ? cardUnknown() : toCardInfo(card);
      await store.stored();
      return answer;
    },
    forgetAttempts: () => attempts.clear(),
  };
}

function addressOf({ issuerId, issuerCardRefId }: Card, virtualCardId: string): TokenAddress {
  return { issuerId, issuerCardRefId, virtualCardId };
}

function cardUnknown(): Answer {
  return refusal(responseCodes.cardUnknown, 'Card unknown');
}

function alreadyRunning(): Answer {
  return refusal(responseCodes.alreadyRunning, 'Operation already running for this device');
}

function codeForNoToken(card: Card): 160 | 432 {
  const gone: TokenStatus[] = ['DELETED', 'ERASED'];
  const allGone = card.tokens.length > 0 && card.tokens.every(({ status }) => gone.includes(status));
  return allGone ? responseCodes.cardDeleted : responseCodes.notAllowedInState;
}
