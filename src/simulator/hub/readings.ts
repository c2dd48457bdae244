import { type Answer } from '../plan/plan.js';
import { type ReadingPlan } from '../plan/seeded-planner.js';

/** The answer of `getCardInfo` as planned: it may fail, come late or show nothing, but what it shows is so. */
export function spoil(answer: Answer, plan: ReadingPlan): Answer {
  if (plan.oddity === undefined || answer.kind !== 'answer' || typeof answer.body !== 'object') return answer;
  switch (plan.oddity) {
    case 'reading-fails':
      return { kind: 'answer', status: plan.status };
    case 'reading-slow':
      return { ...answer, afterMs: plan.afterMs };
    case 'reading-empty':
      return { ...answer, body: { ...answer.body, virtualCardList: [] } };
    case 'reading-unknown-fields':
      return { ...answer, body: withUnknownFields(answer.body) };
    case 'reading-front':
      return plan.front;
    case 'reading-packed':
      return { ...answer, packing: plan.packing };
  }
}

function withUnknownFields(body: Record<string, unknown>): Record<string, unknown> {
  const items = body['virtualCardList'] as object[];
  return { ...unannounced, ...body, virtualCardList: items.map((item) => ({ ...unannounced, ...item })) };
}

const unannounced = {
  networkReference: { region: 'EU', shard: 7 },
  tags: ['unannounced'],
  mood: 'HIBERNATED',
};
