import { type Chance } from './chance.js';
import { type AnswerOddity } from './oddities.js';
import { anyFrontAnswer } from '../hub/in-front.js';
import { type Answer, accepted, busy, packings, refusal } from './plan.js';
import { responseCodes } from '../hub/response-codes.js';

/** Ordinary operations have nothing odd; mildly odd ones lose nothing and say nothing wrong about the token. */
export type Mood = 'ordinary' | 'mildly odd' | 'nasty';

/** The answers to one operation's requests, in order. */
export interface DrawnAnswers {
  oddities: AnswerOddity[];
  /** Of the first requests, which have no effect. At most three, so that there is an end. */
  turnedAway: Answer[];
  /** Of the request that is taken on, or, if `isRefused`, of every further one. */
  answer: Answer;
  isRefused: boolean;
}

/** What is drawn for an ordinary operation, and for one that nobody asks for. */
export const ordinaryAnswers: DrawnAnswers = {
  oddities: [],
  turnedAway: [],
  answer: accepted,
  isRefused: false,
};

type Drawn = [AnswerOddity, Answer];

const serverErrors = [500, 502, 503, 504];
const mostTurnedAway = 3;

export function drawAnswers(chance: Chance, mood: Mood): DrawnAnswers {
  if (mood === 'ordinary') return ordinaryAnswers;
  if (mood === 'nasty' && chance.is(0.07)) {
    const answer = chance.pick([serverError(503), chance.pick(anyFrontAnswer)]);
    return { oddities: ['never-accepted'], turnedAway: [], answer, isRefused: true };
  }
  const first = chance.is(0.3) ? drawTurnedAway(chance) : [];
  const isRefused = mood === 'nasty' && chance.is(0.15);
  const last = isRefused ? drawRefusal(chance) : drawAcceptance(chance, mood);
  const drawn: DrawnAnswers = {
    oddities: [...new Set([...first, ...last].map(([oddity]) => oddity))],
    turnedAway: first.map(([, answer]) => answer),
    answer: last[0]?.[1] ?? accepted,
    isRefused,
  };
  return chance.is(0.12) ? packed(chance, drawn) : drawn;
}

/** Whatever the hub itself says, in the same clothes. */
function packed(chance: Chance, { oddities, turnedAway, answer, isRefused }: DrawnAnswers): DrawnAnswers {
  const packing = chance.pick(packings);
  const pack = (it: Answer): Answer =>
    it.kind !== 'answer' || it.inFront || it.status === 204 ? it : { ...it, packing };
  return {
    oddities: [...oddities, 'packed'],
    turnedAway: turnedAway.map(pack),
    answer: pack(answer),
    isRefused,
  };
}

function drawTurnedAway(chance: Chance): Drawn[] {
  const drawn = [drawOneTurnedAway(chance)];
  while (drawn.length < mostTurnedAway && chance.is(0.4)) drawn.push(drawOneTurnedAway(chance));
  return drawn;
}

function drawOneTurnedAway(chance: Chance): Drawn {
  return chance.pick<Drawn>([
    ['turned-away-5xx', serverError(chance.pick(serverErrors))],
    ['turned-away-429', { kind: 'answer', status: 429, retryAfter: true }],
    ['turned-away-321', busy],
    ['turned-away-hang', { kind: 'hang' }],
    ['turned-away-break', { kind: 'destroy' }],
    ['turned-away-front', chance.pick(anyFrontAnswer)],
  ]);
}

/** None is an ordinary 200. */
function drawAcceptance(chance: Chance, mood: Mood): Drawn[] {
  if (mood === 'nasty' && chance.is(0.35)) return [drawLostAnswer(chance)];
  if (!chance.is(0.35)) return [];
  return [
    chance.pick<Drawn>([
      ['other-2xx', { kind: 'answer', status: chance.pick([202, 204]) }],
      ['body-code', { kind: 'answer', status: 200, body: { responseCode: chance.pick([0, 200]) } }],
      ['slow-answer', { kind: 'answer', status: 200, afterMs: chance.between(100, 900) }],
    ]),
  ];
}

function drawLostAnswer(chance: Chance): Drawn {
  return chance.pick<Drawn>([
    ['answer-lost-5xx', serverError(chance.pick(serverErrors))],
    ['answer-lost-hang', { kind: 'hang' }],
    ['answer-lost-break', { kind: 'destroy' }],
    ['answer-lost-front', chance.pick(anyFrontAnswer)],
  ]);
}

function drawRefusal(chance: Chance): Drawn[] {
  const missing = {
    responseCode: responseCodes.parameterMissing,
    errorMessage: 'Mandatory parameter missing',
  };
  const answer = chance.pick<Answer>([
    refusal(responseCodes.notAllowedInState, 'Not allowed in the present state'),
    refusal(responseCodes.cardDeleted, 'Card deleted'),
    refusal(responseCodes.virtualCardUnknown, 'Virtual card unknown'),
    { kind: 'answer', status: 400, body: missing },
    refusal(responseCodes.issuerUnknown, 'Issuer unknown'),
    { kind: 'answer', status: 200, body: missing },
  ]);
  return [['refused', answer]];
}

function serverError(status: number): Answer {
  return { kind: 'answer', status, ...(status === 503 && { retryAfter: true }) };
}
