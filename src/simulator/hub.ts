import { type Attempts } from './attempts.js';
import { toCardInfo } from './messages.js';
import { misbehaviourOf } from './misbehaviours.js';
import { type Operations } from './operations.js';
import { type Answer, accepted, busy, refusal } from './plan.js';
import { planRequest } from './planner.js';
import { spoil } from './readings.js';
import { type CardInfoRequest, type UpdateRequest } from './requests.js';
import { responseCodes } from './response-codes.js';
import { planReading } from './seeded-planner.js';
import { type Seeds } from './seeding.js';
import { type Card, type TokenAddress, cardKey, findToken } from './state.js';
import { type Store } from './store.js';
import { type TokenStatus, changeToken } from './tokens.js';

/** The two operations of the hub, without HTTP. */
export interface Hub {
  updateCardState(request: UpdateRequest): Promise<Answer>;
  getCardInfo(request: CardInfoRequest): Promise<Answer>;
}

export function createHub(dependencies: {
  store: Store;
  operations: Operations;
  attempts: Attempts;
  seeds: Seeds;
}): Hub {
  const { store, operations, attempts, seeds } = dependencies;

  async function updateToken(address: TokenAddress, request: UpdateRequest): Promise<Answer> {
    const token = findToken(store.state, address);
    if (token === undefined) return refusal(responseCodes.virtualCardUnknown, 'Virtual card unknown');
    const asked = attempts.note(address, request);
    const plan = planRequest({ ...asked, action: request.action, attempt: asked.attempts });
    if (plan.kind === 'refuse') return plan.answer;
    if (operations.isRunning(address)) return busy;
    if (asked.takenOn && plan.again !== undefined) return plan.again;
    const change = changeToken(token, request.action, 'ISSUER');
    if (change.kind === 'refused') return refusal(change.responseCode, 'Not possible for this token');
    const operation = attempts.takeOn(address, request, plan);
    if (plan.callbackFirst) await operations.beginWithCallback(operation);
    else operations.begin([operation]);
    return plan.answer;
  }

  /** The answer is the ordinary one; each token's misbehaviour shows in its own effect and callbacks. */
  function updateCard(card: Card, request: UpdateRequest): Answer {
    const tokens = card.tokens.map((token) => ({ token, address: addressOf(card, token.virtualCardId) }));
    if (tokens.some(({ address }) => operations.isRunning(address))) return busy;
    const allowed = tokens.filter(
      ({ token }) => changeToken(token, request.action, 'ISSUER').kind === 'changed',
    );
    if (allowed.length === 0) return refusal(codeForNoToken(card), 'Not possible for any token of the card');
    operations.begin(
      allowed.flatMap(({ address }) => {
        const asked = attempts.note(address, request);
        const plan = planRequest({ ...asked, action: request.action, attempt: Infinity });
        const isOver = plan.kind === 'refuse' || (asked.takenOn && plan.again !== undefined);
        return isOver ? [] : [attempts.takeOn(address, request, plan)];
      }),
    );
    return accepted;
  }

  /** A card with a token whose name says how it is read is read so, seed or not. */
  function readCard(card: Card, request: CardInfoRequest): Answer {
    const seeding = seeds.current();
    const isNamed = card.tokens.some(({ virtualCardId }) => misbehaviourOf(virtualCardId) !== undefined);
    if (seeding === undefined || isNamed) return toCardInfo(card);
    const { correlationId, issuerCardRefId } = request;
    const key = JSON.stringify([correlationId, request.issuerId, issuerCardRefId]);
    const reading = (store.state.readings.get(key) ?? 0) + 1;
    store.change((state) => state.readings.set(key, reading));
    return spoil(toCardInfo(card), planReading(seeding, { correlationId, issuerCardRefId, reading }));
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
      const answer = card === undefined ? cardUnknown() : readCard(card, request);
      await store.stored();
      return answer;
    },
  };
}

function addressOf({ issuerId, issuerCardRefId }: Card, virtualCardId: string): TokenAddress {
  return { issuerId, issuerCardRefId, virtualCardId };
}

function cardUnknown(): Answer {
  return refusal(responseCodes.cardUnknown, 'Card unknown');
}

function codeForNoToken(card: Card): 160 | 432 {
  const gone: TokenStatus[] = ['DELETED', 'ERASED'];
  const allGone = card.tokens.length > 0 && card.tokens.every(({ status }) => gone.includes(status));
  return allGone ? responseCodes.cardDeleted : responseCodes.notAllowedInState;
}
