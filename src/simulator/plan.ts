import { type ResponseCode } from './response-codes.js';

/** What an issuer can ask for with `updateCardState` (contract 2.1; the spelling is A-03). */
export const updateActions = ['SUSPEND', 'RESUME', 'DELETE'] as const;
export type UpdateAction = (typeof updateActions)[number];

/** What goes back over the connection. `hang` answers never; `destroy` closes the connection instead. */
export type Answer =
  | { kind: 'answer'; status: number; body?: Record<string, unknown> | string; retryAfter?: true }
  | { kind: 'hang' }
  | { kind: 'destroy' };

/** One callback of an operation, as far as it differs from a plain success. */
export interface CallbackPlan {
  /** Absent: the action of the request. */
  action?: string;
  /** Absent: the body has no `errorCode`, which is success. */
  errorCode?: number | string;
  slow?: true;
  extraFields?: Record<string, unknown>;
}

/** What happens at the token. The second is RESUME's nasty case: the wallet suspends the token as well. */
export type PlannedEffect = 'none' | 'applied' | 'applied, wallet suspends';

/** The request is turned away: no effect, no callback. */
export interface RefusalPlan {
  kind: 'refuse';
  answer: Answer;
}

/** The request is taken on: an answer now, later an effect and then callbacks, in this order. */
export interface AcceptancePlan {
  kind: 'accept';
  answer: Answer;
  effect: PlannedEffect;
  callbacks: CallbackPlan[];
  /** Effect and first callback come before the answer goes out. */
  callbackFirst?: true;
}

export type Plan = RefusalPlan | AcceptancePlan;

/** What a planner may look at. */
export interface PlannedRequest {
  virtualCardId: string;
  action: UpdateAction;
  /** 1 for the first request with this correlation id for this token. */
  attempt: number;
}

/** Decides how the hub treats one request for one token. */
export type Planner = (request: PlannedRequest) => Plan;

/** 200 without a body: accepted, not done. */
export const accepted: Answer = { kind: 'answer', status: 200 };

/** How a hub in good health treats a request. */
export const ordinaryPlan: AcceptancePlan = {
  kind: 'accept',
  answer: accepted,
  effect: 'applied',
  callbacks: [{}],
};

/** HTTP 400 with the hub's error body (contract 4.1, S13). */
export function refusal(responseCode: ResponseCode, errorMessage: string): Answer {
  return { kind: 'answer', status: 400, body: { responseCode, errorMessage } };
}
