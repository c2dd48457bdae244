import { type Attempts } from './attempts.js';
import { toCardInfo } from './messages.js';
import { suffixOf, suffixOfCard } from '../plan/misbehaviours.js';
import { type Operations } from './operations.js';
import { type AcceptancePlan, type Answer, busy, refusal } from '../plan/plan.js';
import { planCardRequest, planRequest } from '../plan/planner.js';
import { spoil } from './readings.js';
import { type CardInfoRequest, type UpdateRequest } from './requests.js';
import { responseCodes } from './response-codes.js';
import { planReading } from '../plan/seeded-planner.js';
import { type Seeds } from '../plan/seeding.js';
import {
  type AskedOperation,
  type Card,
  type PendingOperation,
  type TokenAddress,
  cardKey,
  findToken,
} from '../cards/state.js';
import { type Store } from '../cards/store.js';
import { type TokenStatus, changeToken } from '../cards/tokens.js';

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
    const plan = planRequest({ ...asked, ...address, action: request.action, attempt: asked.attempts });
    if (plan.kind === 'refuse') return plan.answer;
    if (operations.isRunning(address)) return busy;
    if (asked.takenOn && plan.again !== undefined) return plan.again;
    const change = changeToken(token, request.action, 'ISSUER');
    if (change.kind === 'refused') return refusal(change.responseCode, 'Not possible for this token');
    await begin([attempts.takeOn(address, request, plan)], plan);
    return plan.answer;
  }

  /** The answer is the card's; each token's misbehaviour shows in its own effect and callbacks. */
  async function updateCard(card: Card, request: UpdateRequest): Promise<Answer> {
    const ofCard = { issuerId: card.issuerId, issuerCardRefId: card.issuerCardRefId };
    const asked = attempts.note(ofCard, request);
    const plan = planCardRequest({ ...asked, action: request.action, attempt: asked.attempts });
    if (plan.kind === 'refuse') return plan.answer;
    const tokens = card.tokens.map((token) => ({ token, address: addressOf(card, token.virtualCardId) }));
    if (tokens.some(({ address }) => operations.isRunning(address))) return busy;
    if (asked.takenOn && plan.again !== undefined) return plan.again;
    const allowed = tokens.filter(
      ({ token, address }) =>
        changeToken(token, request.action, 'ISSUER').kind === 'changed' &&
        !attempts.wasTakenOn(address, request), // Once for each correlation id, whatever has become of the token since.
    );
    if (allowed.length === 0) return refusal(codeForNoToken(card), 'Not possible for any token of the card');
    attempts.noteTakenOn(ofCard, request);
    await begin(
      allowed.flatMap(({ address }) => takeOnWithCard(address, request, asked)),
      plan,
    );
    return plan.answer;
  }

  /** A token that turns every request away is left alone. */
  function takeOnWithCard(
    address: TokenAddress,
    request: UpdateRequest,
    ofCard: AskedOperation,
  ): PendingOperation[] {
    const asked = attempts.note(address, request, ofCard);
    const plan = planRequest({ ...asked, ...address, action: request.action, attempt: Infinity });
    return plan.kind === 'refuse' ? [] : [attempts.takeOn(address, request, plan)];
  }

  /** Resolves when the answer may go out: at once, or after the first attempt to call back. */
  async function begin(taken: PendingOperation[], { callbackFirst }: AcceptancePlan): Promise<void> {
    const first = callbackFirst ? taken.find(({ callbacks }) => callbacks.length > 0) : undefined;
    operations.begin(taken.filter((operation) => operation !== first));
    if (first !== undefined) await operations.beginWithCallback(first);
  }

  /** A card that has a name that selects a misbehaviour, or a token with one, is read so, seed or not. */
  function readCard(card: Card, request: CardInfoRequest): Answer {
    const seeding = seeds.current();
    const isNamed =
      suffixOfCard(card.issuerCardRefId) !== undefined ||
      card.tokens.some(({ virtualCardId }) => suffixOf(virtualCardId) !== undefined);
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
