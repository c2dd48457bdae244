import { frontAnswers } from './in-front.js';
import { misbehaviourOf, unknownFields } from '../plan/misbehaviours.js';
import { type Answer, type CallbackPlan } from '../plan/plan.js';
import { type CallbackBody, type Card } from '../cards/state.js';
import { type Token } from '../cards/tokens.js';

/** Who started a change (contract 5.1, S18). */
export type Source = 'ISSUER' | 'WALLET' | 'TSP';

/** The body of `notifyVirtualCardChange` (contract 5.1): the action, never the resulting state. */
export function toCallbackBody(
  token: Token,
  change: { issuerCardRefId: string; action: string; source: Source },
  callback: CallbackPlan,
): CallbackBody {
  return {
    issuerCardRefId: change.issuerCardRefId,
    virtualCardId: callback.virtualCardId ?? token.virtualCardId,
    walletProviderId: token.walletProviderId,
    isPrimary: callback.isPrimary ?? token.isPrimary,
    action: callback.action ?? change.action,
    source: change.source,
    ...(callback.errorCode !== undefined && { errorCode: callback.errorCode }),
    tokenStorageId: token.tokenStorageId,
    ...callback.extraFields,
  };
}

/** The answer of `getCardInfo` (contract 2.3, S12). One misbehaving token spoils the whole card, and so does its own name. */
export function toCardInfo(card: Card): Answer {
  const ofTokens = card.tokens.map(({ virtualCardId }) => misbehaviourOf(virtualCardId)?.reading);
  const ofCard = misbehaviourOf(card.issuerCardRefId)?.reading;
  const readings = [ofCard, ...ofTokens];
  if (readings.includes('fails')) return { kind: 'answer', status: 500 };
  if (readings.includes('page')) return frontAnswers.page;
  // An erased token is no longer referenced (contract 3.1, S4).
  const listed = readings.includes('empty') ? [] : card.tokens.filter(({ status }) => status !== 'ERASED');
  const { issuerCardRefId } = card;
  const virtualCardList = listed.map((token) => ({
    ...toListItem(issuerCardRefId, token),
    ...(ofCard === 'unknown fields' && unknownFields),
  }));
  const answer: Answer = { kind: 'answer', status: 200, body: { issuerCardRefId, virtualCardList } };
  return readings.includes('gzip') ? { ...answer, packing: 'gzip' } : answer;
}

function toListItem(issuerCardRefId: string, token: Token): Record<string, unknown> {
  return {
    virtualCardId: token.virtualCardId,
    issuerCardRefId,
    walletProviderId: token.walletProviderId,
    deviceInformation: { tokenStorageId: token.tokenStorageId, deviceName: 'Simulated device' },
    status: token.status,
    ...(misbehaviourOf(token.virtualCardId)?.reading === 'unknown fields' && unknownFields),
  };
}
