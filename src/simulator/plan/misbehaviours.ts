import { frontAnswers } from '../hub/in-front.js';
import {
  strangerTurns,
  type Answer,
  type CallbackPlan,
  type Plan,
  type PlainAnswer,
  type PlannedRequest,
  type RefusalPlan,
  accepted,
  busy,
  ordinaryPlan,
  refusal,
} from './plan.js';
import { type ResponseCode, responseCodes } from '../hub/response-codes.js';

/** The ends of a `virtualCardId` that select a misbehaviour, as the vendor's own sandbox does (contract 9). */
export type Suffix =
  | '-lost'
  | '-silent'
  | '-duplicate'
  | '-early'
  | '-slow'
  | '-never-accepted'
  | '-unavailable-503'
  | '-busy-321'
  | '-flaky-503'
  | '-limited-429'
  | '-timeout'
  | '-reset'
  | '-refused-119'
  | '-refused-432'
  | '-refused-160'
  | '-refused-403'
  | '-ok-with-code-111'
  | '-ok-with-body'
  | '-page-200'
  | '-page-200-done'
  | '-redirected'
  | '-ingress-503'
  | '-ingress-404'
  | '-gzip'
  | '-gzip-321'
  | '-gzip-119'
  | '-mislabelled'
  | '-unreachable-221'
  | '-unreachable-221-done'
  | '-expired-322'
  | '-failed-911'
  | '-failed-231'
  | '-contradicts'
  | '-unexpected'
  | '-stranger-turns'
  | '-other-suspender'
  | '-from-app'
  | '-string-code'
  | '-unknown-fields'
  | '-info-fails'
  | '-info-empty'
  | '-info-page'
  | '-info-gzip';

/** How `getCardInfo` shows a token, or, for all but the last, the whole card that holds it. */
export type Reading = 'fails' | 'empty' | 'page' | 'gzip' | 'unknown fields';

/** What a misbehaviour may look at. */
type NamedRequest = Pick<PlannedRequest, 'action' | 'attempt'> &
  Partial<Pick<PlannedRequest, 'correlationId'>>;

/** One row of the table in docs/simulator.md. */
export interface Misbehaviour {
  /** The row's text, word by word. */
  does: string;
  plan: (request: NamedRequest) => Plan;
  reading?: Reading;
}

const unavailable: Answer = { kind: 'answer', status: 503, retryAfter: true };
const successBody: PlainAnswer = { kind: 'answer', status: 200, body: { responseCode: 0 } };
const limited: Answer = { kind: 'answer', status: 429, retryAfter: true };

/** Fields and values that are not in the contract: readers have to ignore them (contract 7, S7). */
export const unknownFields = {
  status: 'HIBERNATED',
  networkReference: { region: 'EU', shard: 7 },
  tags: ['unannounced'],
};

/** What each suffix does. The compiler completes it, docs/simulator.md repeats it. */
export const misbehaviours: Record<Suffix, Misbehaviour> = {
  '-lost': {
    does: 'Accepted and done, but the callback is never sent.',
    plan: accepting({ callbacks: [] }),
  },
  '-silent': {
    does: 'Accepted, then nothing ever happens: no effect, no callback.',
    plan: accepting({ effect: 'none', callbacks: [] }),
  },
  '-duplicate': {
    does: 'The callback is sent three times.',
    plan: accepting({ callbacks: [{}, {}, {}] }),
  },
  '-early': {
    does: 'Effect and callback come first; the 200 is sent once the callback has been answered.',
    plan: accepting({ callbackFirst: true }),
  },
  '-slow': {
    does: 'The effect comes as usual, the callback 5 seconds later.',
    plan: accepting({ callbacks: [{ slow: true }] }),
  },
  '-never-accepted': {
    does: 'Always 503 with Retry-After: 1, no effect.',
    plan: turningAway(unavailable),
  },
  '-unavailable-503': {
    does: 'Always 503 with Retry-After: 1, no effect (another name for the one above).',
    plan: turningAway(unavailable),
  },
  '-busy-321': {
    does: 'The first two requests of an operation are refused with 321, then all is well.',
    plan: turningAwayFirst(2, busy),
  },
  '-flaky-503': {
    does: 'The first two requests of an operation get 503 without an effect, then all is well.',
    plan: turningAwayFirst(2, { kind: 'answer', status: 503 }),
  },
  '-limited-429': {
    does: 'The first request of an operation gets 429 with Retry-After: 1, then all is well.',
    plan: turningAwayFirst(1, limited),
  },
  '-timeout': {
    does: 'Effect and callback come, but the answer never does: the connection hangs until the client gives up.',
    plan: accepting({ answer: { kind: 'hang' } }),
  },
  '-reset': {
    does: 'Effect and callback come, but the connection is destroyed without an answer.',
    plan: accepting({ answer: { kind: 'destroy' } }),
  },
  '-refused-119': {
    does: 'Always 400 with code 119, as if the token were unknown.',
    plan: turningAway(refusal(responseCodes.virtualCardUnknown, 'Virtual card unknown')),
  },
  '-refused-432': {
    does: 'Always 400 with code 432, as if the state did not allow the action.',
    plan: turningAway(refusal(responseCodes.notAllowedInState, 'Not allowed in the present state')),
  },
  '-refused-160': {
    does: 'Always 400 with code 160, as if the card were deleted.',
    plan: turningAway(refusal(responseCodes.cardDeleted, 'Card deleted')),
  },
  '-refused-403': {
    does: 'Always 403 with the HTML page of a firewall in front, no effect.',
    plan: turningAway(frontAnswers.forbidden),
  },
  '-ok-with-code-111': {
    does: 'HTTP 200 whose body says responseCode 111; no effect.',
    plan: turningAway({
      kind: 'answer',
      status: 200,
      body: { responseCode: responseCodes.parameterMissing, errorMessage: 'Mandatory parameter missing' },
    }),
  },
  '-ok-with-body': {
    does: 'HTTP 200 whose body says responseCode 200; effect and callback as usual.',
    plan: accepting({
      answer: { kind: 'answer', status: 200, body: { responseCode: 200, responseMessage: 'OK' } },
    }),
  },
  '-page-200': {
    does: 'The first two requests get 200 with the HTML page of a firewall in front, no effect; then all is well.',
    plan: turningAwayFirst(2, frontAnswers.page),
  },
  '-page-200-done': {
    does: 'Effect and callback come, but a firewall in front answers 200 with its HTML page.',
    plan: accepting({ answer: frontAnswers.page }),
  },
  '-redirected': {
    does: 'The first request is redirected to a page to log in, no effect; then all is well.',
    plan: turningAwayFirst(1, frontAnswers.redirection),
  },
  '-ingress-503': {
    does: 'The first two requests get 503 with the HTML page of an ingress, no effect; then all is well.',
    plan: turningAwayFirst(2, frontAnswers.noBackend),
  },
  '-ingress-404': {
    does: 'Always 404 with JSON that is not the hub’s, no effect.',
    plan: turningAway(frontAnswers.noRoute),
  },
  '-gzip': {
    does: 'Accepted with a body in gzip that says responseCode 0; effect and callback as usual.',
    plan: accepting({ answer: { ...successBody, packing: 'gzip' } }),
  },
  '-gzip-321': {
    does: 'The first two requests of an operation are refused with 321 in gzip, then all is well.',
    plan: turningAwayFirst(2, { ...busy, packing: 'gzip' }),
  },
  '-gzip-119': {
    does: 'HTTP 200 whose body says responseCode 119, in gzip; no effect.',
    plan: turningAway({
      kind: 'answer',
      status: 200,
      body: { responseCode: responseCodes.virtualCardUnknown, errorMessage: 'Virtual card unknown' },
      packing: 'gzip',
    }),
  },
  '-mislabelled': {
    does: 'Accepted with a plain JSON body that is called gzip, HTML and UTF-16; effect and callback as usual.',
    plan: accepting({ answer: { ...successBody, packing: 'called gzip' } }),
  },
  '-unreachable-221': {
    does: 'No effect; the callback says errorCode 221.',
    plan: failing(responseCodes.deviceNotReachable),
  },
  '-unreachable-221-done': {
    does: 'The callback says errorCode 221, but the effect happened.',
    plan: accepting({ callbacks: [{ errorCode: responseCodes.deviceNotReachable }] }),
  },
  '-expired-322': {
    does: 'No effect; the callback says errorCode 322.',
    plan: failing(responseCodes.timeToLiveOver),
  },
  '-failed-911': {
    does: 'No effect; the callback says errorCode 911.',
    plan: failing(responseCodes.operationFailed),
  },
  '-failed-231': {
    does: 'No effect; the callback says errorCode 231.',
    plan: failing(responseCodes.unexpectedDeviceError),
  },
  '-contradicts': {
    does: 'Done, with a callback that says so, then a second callback with errorCode 231.',
    plan: accepting({ callbacks: [{}, { errorCode: responseCodes.unexpectedDeviceError }] }),
  },
  '-unexpected': {
    does: 'A callback with the action ACTIVATE, then the right one.',
    plan: accepting({ callbacks: [{ action: 'ACTIVATE' }, {}] }),
  },
  '-stranger-turns': {
    does: 'As usual, then SUSPEND, RESUME, SUSPEND of the token under one correlation id that nobody knows.',
    plan: ({ correlationId = '' }) => ({
      ...ordinaryPlan,
      callbacks: [{}, ...strangerTurns(`turns-${correlationId}`.slice(0, 64))],
    }),
  },
  '-other-suspender': {
    does: 'A RESUME succeeds by its callback, but the wallet suspends the token too: it stays SUSPENDED.',
    plan: ({ action }) =>
      action === 'RESUME' ? { ...ordinaryPlan, effect: 'applied, wallet suspends' } : ordinaryPlan,
  },
  '-from-app': {
    does: 'A DELETE is called back as DELETE_FROM_APP, then as DELETE.',
    plan: ({ action }) =>
      action === 'DELETE'
        ? { ...ordinaryPlan, callbacks: [{ action: 'DELETE_FROM_APP' }, {}] }
        : ordinaryPlan,
  },
  '-string-code': {
    does: 'The callback of a success carries errorCode "0", a string.',
    plan: accepting({ callbacks: [{ errorCode: '0' }] }),
  },
  '-unknown-fields': {
    does: 'The callback has fields that nobody announced; getCardInfo too, and a status nobody knows.',
    plan: accepting({ callbacks: [{ extraFields: unknownFields }] }),
    reading: 'unknown fields',
  },
  '-info-fails': {
    does: 'getCardInfo of the card that holds it answers 500; operations work as usual.',
    plan: () => ordinaryPlan,
    reading: 'fails',
  },
  '-info-empty': {
    does: 'getCardInfo of the card that holds it answers an empty list; operations work as usual.',
    plan: () => ordinaryPlan,
    reading: 'empty',
  },
  '-info-page': {
    does: 'getCardInfo of the card that holds it gets the HTML page of a firewall; operations work as usual.',
    plan: () => ordinaryPlan,
    reading: 'page',
  },
  '-info-gzip': {
    does: 'getCardInfo of the card that holds it answers in gzip; operations work as usual.',
    plan: () => ordinaryPlan,
    reading: 'gzip',
  },
};

const suffixes = (Object.keys(misbehaviours) as Suffix[]).sort((a, b) => b.length - a.length);

/** The end of a token's name that selects a misbehaviour, the longest that fits; undefined for a good token. */
export function suffixOf(virtualCardId: string): Suffix | undefined {
  return suffixes.find((candidate) => virtualCardId.endsWith(candidate));
}

/** What that suffix does. */
export function misbehaviourOf(virtualCardId: string): Misbehaviour | undefined {
  const suffix = suffixOf(virtualCardId);
  return suffix === undefined ? undefined : misbehaviours[suffix];
}

/**
 * The same for a whole card, by its reference. Only what is about answers and readings counts, because its tokens have
 * names of their own for what follows.
 */
export function suffixOfCard(issuerCardRefId: string): Suffix | undefined {
  const suffix = suffixOf(issuerCardRefId);
  if (suffix === undefined) return undefined;
  const misbehaviour = misbehaviours[suffix];
  return isAboutAnswers(misbehaviour) || misbehaviour.reading !== undefined ? suffix : undefined;
}

/** Is it about how requests are answered, and not about what follows? No misbehaviour is about both. */
export function isAboutAnswers({ plan }: Misbehaviour): boolean {
  const first = plan({ action: 'SUSPEND', attempt: 1 });
  return first.kind === 'refuse' || first.answer !== accepted || first.callbackFirst === true;
}

function accepting(difference: Partial<typeof ordinaryPlan>): () => Plan {
  return () => ({ ...ordinaryPlan, ...difference });
}

function failing(errorCode: ResponseCode): () => Plan {
  const callback: CallbackPlan = { errorCode };
  return accepting({ effect: 'none', callbacks: [callback] });
}

function turningAway(answer: Answer): () => RefusalPlan {
  return () => ({ kind: 'refuse', answer });
}

function turningAwayFirst(requests: number, answer: Answer): (request: NamedRequest) => Plan {
  return ({ attempt }) => (attempt <= requests ? { kind: 'refuse', answer } : ordinaryPlan);
}
