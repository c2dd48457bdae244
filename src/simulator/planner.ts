import { misbehaviourOf } from './misbehaviours.js';
import { type AcceptancePlan, type Plan, type PlannedRequest, ordinaryPlan } from './plan.js';
import { planBySeed } from './seeded-planner.js';

/** A token's name decides, then the seed; without either all is well. */
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
