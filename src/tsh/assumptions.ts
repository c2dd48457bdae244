import type { Action } from '../domain/hub/token-state.js';

/**
 * What we assume of the hub where its public documentation is silent (contract section 11), one constant or mapping
 * each. When the real specification is at hand, this is the file to correct. The codes worth sending again are in
 * `src/domain/hub/hub-errors.ts`, the distance of attempts in `src/domain/operation/deadlines.ts`.
 */

/** one endpoint per method, named like it. The path of `getCardInfo` is documented (contract 2.3). */
export const HUB_PATHS = { updateCardState: '/updateCardState', getCardInfo: '/getCardInfo' } as const;

/** actions are asked for in the words that callbacks report them in. */
export const ACTION_SPELLING: Readonly<Record<Action, string>> = {
  SUSPEND: 'SUSPEND',
  RESUME: 'RESUME',
  DELETE: 'DELETE',
};

export interface UpdateCardStateRequest {
  readonly issuerId: string;
  /** the same for every attempt at one operation. */
  readonly correlationId: string;
  readonly issuerCardRefId: string;
  /** Absent: all tokens of the card. */
  readonly virtualCardId?: string | undefined;
  readonly action: Action;
  readonly reasonCode?: number | undefined;
}

/**
 * The body of `updateCardState`.
 * a card-wide request has no `virtualCardId`. A-21: `reason` is an integer, sent only when there is one.
 */
export function toUpdateCardStateBody(request: UpdateCardStateRequest): Record<string, string | number> {
  return {
    issuerCardRefId: request.issuerCardRefId,
    ...(request.virtualCardId === undefined ? {} : { virtualCardId: request.virtualCardId }),
    action: ACTION_SPELLING[request.action],
    ...(request.reasonCode === undefined ? {} : { reason: request.reasonCode }),
  };
}

/** any 2xx of the hub means accepted, not done; there is no body, or an object. */
export function meansAccepted(httpStatus: number): boolean {
  return httpStatus >= 200 && httpStatus <= 299;
}

/** the statuses worth sending again, whatever the body says. The documented ones are 200, 400 and 500 (contract 2). */
export function isStatusWorthSendingAgain(httpStatus: number): boolean {
  return httpStatus === 408 || httpStatus === 429 || (httpStatus >= 500 && httpStatus <= 599);
}

/** "too many requests" is refused at the hub's door: the only answer worth repeating that had no effect. */
export const NO_EFFECT_STATUS = 429;

/** besides nothing, null and 0, issuers are seen to say success with 200 in a body (contract 5.4). */
export const SUCCESS_CODE = 200;

/** a token listed without a status is there, in a state that we do not know. */
export const NO_STATUS = '';
