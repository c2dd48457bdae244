import { createChance } from './chance.js';
import { anyFrontAnswer } from '../hub/in-front.js';
import { type Oddity, type ReadingOddity, readingOddities } from './oddities.js';
import {
  type Answer,
  type CallbackPlan,
  type Packing,
  type Plan,
  type PlannedAction,
  type PlannedCardRequest,
  type PlannedRequest,
  accepted,
  packings,
  refusal,
  strangerTurns,
} from './plan.js';
import { responseCodes } from '../hub/response-codes.js';
import { type Mood, drawAnswers, ordinaryAnswers } from './seeded-answers.js';
import { drawCallbacks } from './seeded-callbacks.js';
import { type Seeding } from './seeding.js';

/** All that a seed has planned for an operation: one correlation id for one token or card. */
export interface SeededPlan {
  /** Empty: an ordinary operation. */
  oddities: Oddity[];
  /** How the first requests are answered, which have no effect. */
  turnedAway: Answer[];
  /** What every further one meets: the word that stands. */
  standing: Plan;
}

/** What a plan follows from, besides the seed: not the time, not what else was asked, and not where it was asked. */
export type SeededOperation = Pick<PlannedRequest, 'correlationId' | 'virtualCardId' | 'action'>;

/** The same for all tokens of a card. */
export type SeededCardOperation = Pick<PlannedCardRequest, 'correlationId' | 'issuerCardRefId' | 'action'>;

/** The plan of one operation. A pure function. */
export function drawPlan(seeding: Seeding, operation: SeededOperation): SeededPlan {
  const { correlationId, virtualCardId, action } = operation;
  const chance = createChance([seeding.seed, 'operation', correlationId, virtualCardId, action]);
  const mood = drawMood(chance.is(seeding.nastyShare), chance.is(0.6));
  const { oddities, turnedAway, answer, isRefused } =
    action === 'RENEW' ? ordinaryAnswers : drawAnswers(chance, mood);
  if (isRefused) return { oddities, turnedAway, standing: { kind: 'refuse', answer } };

  const { effect, callbacks, callbackFirst, ...more } = drawCallbacks(chance, mood, action);
  const turns = mood === 'ordinary' ? [] : drawTurns(seeding, operation);
  return {
    oddities: [...oddities, ...more.oddities, ...(turns.length > 0 ? (['stranger-turns'] as const) : [])],
    turnedAway,
    standing: {
      kind: 'accept',
      answer,
      effect,
      effectAfterMs: chance.between(10, 150),
      callbacks: [...callbacks, ...turns],
      ...(action !== 'RENEW' && { again: chance.pick(answersToRepeats(action, effect)) }),
      ...(callbackFirst && { callbackFirst }),
    },
  };
}

/** Drawn apart, so that a seed plans everything else as it always has. */
function drawTurns(
  seeding: Seeding,
  { correlationId, virtualCardId, action }: SeededOperation,
): CallbackPlan[] {
  const chance = createChance([seeding.seed, 'turns', correlationId, virtualCardId, action]);
  return chance.is(0.06) ? strangerTurns(`turns-${chance.letters(8)}`) : [];
}

/**
 * The plan of an operation for all tokens of a card: how it is answered, and whether a callback comes before that. What
 * follows at each token is the plan of that token. A pure function.
 */
export function drawCardPlan(seeding: Seeding, operation: SeededCardOperation): SeededPlan {
  const { correlationId, issuerCardRefId, action } = operation;
  const chance = createChance([seeding.seed, 'card operation', correlationId, issuerCardRefId, action]);
  const mood = drawMood(chance.is(seeding.nastyShare), chance.is(0.6));
  const { oddities, turnedAway, answer, isRefused } = drawAnswers(chance, mood);
  if (isRefused) return { oddities, turnedAway, standing: { kind: 'refuse', answer } };

  const again = chance.pick(answersToRepeats(action, 'applied'));
  const standing: Plan = { kind: 'accept', answer, effect: 'applied', callbacks: [], again };
  const isEarly = mood !== 'ordinary' && chance.is(0.12);
  if (!isEarly) return { oddities, turnedAway, standing };
  return { oddities: [...oddities, 'early'], turnedAway, standing: { ...standing, callbackFirst: true } };
}

/** The plan of one request. A pure function. */
export function planBySeed(seeding: Seeding, request: PlannedRequest): Plan {
  return planOfAttempt(drawPlan(seeding, request), request.attempt);
}

/** The same for all tokens of a card. */
export function planCardBySeed(seeding: Seeding, request: PlannedCardRequest): Plan {
  return planOfAttempt(drawCardPlan(seeding, request), request.attempt);
}

/** One reading of a card; `reading` is 1 for the first with this correlation id. */
export interface PlannedReading {
  correlationId: string;
  issuerCardRefId: string;
  reading: number;
}

/** What is odd about a reading: never what it says about a token. */
export type ReadingPlan =
  | { oddity?: undefined }
  | { oddity: ReadingOddity; status: number; afterMs: number; front: Answer; packing: Packing };

/** The plan of one reading. A pure function. */
export function planReading(seeding: Seeding, planned: PlannedReading): ReadingPlan {
  const { correlationId, issuerCardRefId, reading } = planned;
  const chance = createChance([seeding.seed, 'reading', correlationId, issuerCardRefId, reading]);
  if (!chance.is(seeding.nastyShare)) return {};
  return {
    oddity: chance.pick(Object.keys(readingOddities) as ReadingOddity[]),
    status: chance.pick([500, 502, 503, 504]),
    afterMs: chance.between(100, 900),
    front: chance.pick(anyFrontAnswer),
    packing: chance.pick(packings),
  };
}

function planOfAttempt({ turnedAway, standing }: SeededPlan, attempt: number): Plan {
  const answer = turnedAway[attempt - 1];
  return answer === undefined ? standing : { kind: 'refuse', answer };
}

function drawMood(isNasty: boolean, isOdd: boolean): Mood {
  if (isNasty) return 'nasty';
  return isOdd ? 'mildly odd' : 'ordinary';
}

/** A hub that knows the correlation id accepts once more; one that looks at the token only refuses by its state. */
function answersToRepeats(action: PlannedAction, effect: 'none' | 'applied'): Answer[] {
  if (effect === 'none') return [accepted, notAllowed];
  return action === 'DELETE' ? [accepted, cardDeleted, tokenUnknown] : [accepted, notAllowed];
}

const notAllowed = refusal(responseCodes.notAllowedInState, 'Not allowed in the present state');
const cardDeleted = refusal(responseCodes.cardDeleted, 'Card deleted');
const tokenUnknown = refusal(responseCodes.virtualCardUnknown, 'Virtual card unknown');
