import { type ResponseCode, responseCodes } from '../hub/response-codes.js';
import { type Seeding } from './seeding.js';

/** What an issuer can ask for with `updateCardState` (contract 2.1; the spelling is A-03). */
export const updateActions = ['SUSPEND', 'RESUME', 'DELETE'] as const;
export type UpdateAction = (typeof updateActions)[number];

/** What a plan can be about. The last one the TSP starts by itself, and nobody asks for it. */
export type PlannedAction = UpdateAction | 'RENEW';

/** How an answer contradicts what was asked for, or its own labels. The last is plain JSON in the clothes of a packed page. */
export const packings = ['gzip', 'gzip that is not called so', 'called gzip'] as const;
export type Packing = (typeof packings)[number];

/** What goes back over the connection. `hang` answers never; `destroy` closes the connection instead. */
export type Answer =
  | {
      kind: 'answer';
      status: number;
      body?: Record<string, unknown> | string;
      retryAfter?: true;
      /** How long the answer is held back. */
      afterMs?: number;
      /** It is not the hub's: something before it has answered. A body that is a text is a page. */
      inFront?: true;
      /** Absent: plain JSON, and called so. */
      packing?: Packing;
    }
  | { kind: 'hang' }
  | { kind: 'destroy' };

export type PlainAnswer = Extract<Answer, { kind: 'answer' }>;

/** One callback of an operation, as far as it differs from a plain success. */
export interface CallbackPlan {
  /** Absent: the action of the request. */
  action?: string;
  /** Absent: the body has no `errorCode`, which is success. */
  errorCode?: number | string | null;
  slow?: true;
  /** Goes out this long after the effect, whatever becomes of the others. Absent: after the one before it. */
  afterMs?: number;
  /** Absent: as the token is. */
  isPrimary?: boolean;
  /** Absent: the token of the request. */
  virtualCardId?: string;
  /** Absent: that of the request. */
  correlationId?: string;
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
  /** Absent: drawn evenly from the settings. */
  effectAfterMs?: number;
  /** The answer to a request that was taken on already. Absent: the state of the token decides. */
  again?: Answer;
}

export type Plan = RefusalPlan | AcceptancePlan;

/** What a planner may look at. */
export interface PlannedRequest {
  correlationId: string;
  virtualCardId: string;
  action: PlannedAction;
  /** 1 for the first request with this correlation id for this token. */
  attempt: number;
  /** The seed that was set when the first request came. */
  seeding?: Seeding | undefined;
}

/** What a planner may look at when a request is for all tokens of a card. */
export interface PlannedCardRequest extends Pick<
  PlannedRequest,
  'correlationId' | 'action' | 'attempt' | 'seeding'
> {
  issuerCardRefId: string;
}

/** 200 without a body: accepted, not done. */
export const accepted: Answer = { kind: 'answer', status: 200 };

/** How a hub in good health treats a request. */
export const ordinaryPlan: AcceptancePlan = {
  kind: 'accept',
  answer: accepted,
  effect: 'applied',
  callbacks: [{}],
};

/** What others do to a token, one thing after the other: the last word is an urgent one and no copy of the first. */
export function strangerTurns(correlationId: string): CallbackPlan[] {
  return ['SUSPEND', 'RESUME', 'SUSPEND'].map((action) => ({ action, correlationId }));
}

/** HTTP 400 with the hub's error body (contract 4.1, S13). */
export function refusal(responseCode: ResponseCode, errorMessage: string): PlainAnswer {
  return { kind: 'answer', status: 400, body: { responseCode, errorMessage } };
}

/** The answer while another change of the token is under way. */
export const busy = refusal(responseCodes.alreadyRunning, 'Operation already running for this device');
