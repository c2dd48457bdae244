import { isAboutAnswers, misbehaviours, suffixOf, suffixOfCard } from './misbehaviours.js';
import { type Oddity, answerOddities, callbackOddities, contradictions } from './oddities.js';
import { type Answer, type CallbackPlan, type Plan } from './plan.js';
import { planCardRequest, planRenewal, planRequest } from './planner.js';
import { drawCardPlan, drawPlan } from './seeded-planner.js';
import { type AskedAddress, type AskedOperation } from '../cards/state.js';

/**
 * What the hub was to do with an operation, for people and for checks of what came of it. Without `virtualCardId` it is
 * the answer to a request for all tokens of a card; what follows is in the plan of each token.
 */
export interface PlanView extends AskedAddress {
  at: string;
  correlationId: string;
  action: string;
  /** Requests so far, or renewals. */
  attempts: number;
  /** A request was taken on: `effect` and `callbacks` follow, or have followed. */
  takenOn: boolean;
  /** Null: no seed was set. */
  seed: number | null;
  /** The names of docs/simulator.md; the suffix of a token or card that has one. Empty: ordinary. */
  oddities: string[];
  /** The same in sentences. */
  words: string;
  /** Of the first requests, then of the one that is taken on, or of all further ones. */
  answers: string[];
  /** The answer to a repetition of what was taken on, once the change is no longer under way. */
  again?: string;
  effect: 'none' | 'applied';
  /** In the order in which they go out. */
  callbacks: string[];
  /** The callbacks say two things, of which one is wrong. */
  contradicts: boolean;
}

export function toPlanView(asked: AskedOperation): PlanView {
  const { seeding, ...operation } = asked;
  const { oddities, sentences, turnedAway } = oddnessOf(asked);
  const standing = standingOf(asked);
  return {
    ...operation,
    seed: seeding?.seed ?? null,
    oddities,
    words: sentences.length === 0 ? 'As it should be.' : sentences.join(' '),
    answers: asked.action === 'RENEW' ? [] : [...turnedAway, standing.answer].map(describeAnswer),
    ...(standing.kind === 'accept' &&
      standing.again !== undefined && { again: describeAnswer(standing.again) }),
    effect: standing.kind === 'refuse' || standing.effect === 'none' ? 'none' : 'applied',
    callbacks:
      standing.kind === 'refuse' ? [] : standing.callbacks.map((it) => describeCallback(it, asked.action)),
    contradicts: oddities.some((oddity) => (contradictions as readonly string[]).includes(oddity)),
  };
}

function standingOf(asked: AskedOperation): Plan {
  const { virtualCardId, action } = asked;
  if (virtualCardId === undefined) return planCardRequest({ ...asked, attempt: Infinity });
  if (action === 'RENEW') return planRenewal({ ...asked, virtualCardId });
  return planRequest({ ...asked, virtualCardId, attempt: Infinity });
}

interface Oddness {
  oddities: string[];
  sentences: string[];
  turnedAway: Answer[];
}

function oddnessOf(asked: AskedOperation): Oddness {
  const { virtualCardId, issuerCardRefId, action, seeding } = asked;
  const suffix = virtualCardId === undefined ? suffixOfCard(issuerCardRefId) : suffixOf(virtualCardId);
  if (suffix !== undefined) {
    const isVoid = action === 'RENEW' && isAboutAnswers(misbehaviours[suffix]);
    return isVoid
      ? ordinary
      : { oddities: [suffix], sentences: [misbehaviours[suffix].does], turnedAway: [] };
  }
  if (seeding === undefined) return ordinary;
  const { oddities, turnedAway } =
    virtualCardId === undefined
      ? drawCardPlan(seeding, asked)
      : drawPlan(seeding, { ...asked, virtualCardId });
  return { oddities, sentences: oddities.map((oddity) => sentences[oddity]), turnedAway };
}

const ordinary: Oddness = { oddities: [], sentences: [], turnedAway: [] };
const sentences: Record<Oddity, string> = { ...answerOddities, ...callbackOddities };

function describeAnswer(answer: Answer): string {
  if (answer.kind !== 'answer') return answer.kind === 'hang' ? 'none: hangs' : 'none: connection destroyed';
  const { status, body, afterMs, inFront, packing } = answer;
  const code =
    typeof body === 'object' && 'responseCode' in body ? ` with code ${String(body['responseCode'])}` : '';
  const html = typeof body === 'string' ? ' with HTML' : '';
  const labels = packing === undefined ? '' : `, ${packing}`;
  const front = inFront ? ', by something in front' : '';
  return `${status}${code}${html}${labels}${front}${afterMs === undefined ? '' : ` after ${afterMs} ms`}`;
}

function describeCallback(callback: CallbackPlan, action: string): string {
  const { errorCode, afterMs, isPrimary, virtualCardId, correlationId, extraFields } = callback;
  const facts = [
    callback.action ?? action,
    errorCode !== undefined && `with code ${JSON.stringify(errorCode)}`,
    isPrimary === false && 'not primary',
    virtualCardId !== undefined && `for token ${virtualCardId}`,
    correlationId !== undefined && `under ${correlationId}`,
    extraFields !== undefined && 'with unknown fields',
    afterMs !== undefined && `after ${afterMs} ms`,
  ];
  return facts.filter(Boolean).join(' ');
}
