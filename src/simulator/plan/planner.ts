import { misbehaviourOf, misbehaviours, suffixOfCard } from './misbehaviours.js';
import {
  type AcceptancePlan,
  type Plan,
  type PlannedCardRequest,
  type PlannedRequest,
  ordinaryPlan,
} from './plan.js';
import { planBySeed, planCardBySeed } from './seeded-planner.js';

/** How the hub treats one request for one token. The token's name decides, then the seed; without either all is well. */
export function planRequest(request: PlannedRequest): Plan {
  const misbehaviour = misbehaviourOf(request.virtualCardId);
  if (misbehaviour !== undefined) return misbehaviour.plan(request);
  return request.seeding === undefined ? ordinaryPlan : planBySeed(request.seeding, request);
}

/** The same for a renewal. Nobody asks for it, so whoever turns requests away has nobody to turn away. */
export function planRenewal(
  renewal: Pick<PlannedRequest, 'correlationId' | 'virtualCardId' | 'seeding'>,
): AcceptancePlan {
  const plan = planRequest({ ...renewal, action: 'RENEW', attempt: Infinity });
  return plan.kind === 'accept' ? plan : ordinaryPlan;
}

/**
 * How one request for all tokens of a card is answered: the card's reference decides, then the seed. What follows is
 * planned for each token, so there are no callbacks here.
 */
export function planCardRequest(request: PlannedCardRequest): Plan {
  const plan = planCardAnswer(request);
  return plan.kind === 'refuse' ? plan : { ...plan, callbacks: [] };
}

function planCardAnswer(request: PlannedCardRequest): Plan {
  const suffix = suffixOfCard(request.issuerCardRefId);
  if (suffix !== undefined) return misbehaviours[suffix].plan(request);
  return request.seeding === undefined ? ordinaryPlan : planCardBySeed(request.seeding, request);
}
