import type { Advice } from './advice-codes.js';
import type { AttentionReason } from './attention.js';
import type { ErrorCode, ShownChange } from '../hub/change.js';
import type { Evidence, OperationStatus, TokenResult } from './status.js';
import type { Action } from '../hub/token-state.js';

/** One requested change, as the workflow receives it. Instants are milliseconds since 1970. */
export interface OperationRequest {
  readonly issuerId: string;
  /** Also the operation's id. */
  readonly correlationId: string;
  readonly action: Action;
  readonly issuerCardRefId: string;
  /** Absent: all tokens of the card. */
  readonly virtualCardId?: string;
  /** The hub's integer, sent to it; the text stays with us. */
  readonly reasonCode?: number;
  readonly reasonText?: string;
  readonly requestedBy?: string;
  readonly retryOf?: string;
  /** The first id of the request was held by somebody else's change. */
  readonly idTaken?: boolean;
  readonly requestedAt: number;
  readonly softDeadlineAt: number;
  readonly hardDeadlineAt: number;
}

/** Settings that an operation keeps for life: a new configuration does not change what is already running. */
export interface OperationPolicy {
  readonly readIntervalMs: number;
  /** After which successes the token is read before they count as checked. */
  readonly confirmByReading: 'resume' | 'always' | 'never';
}

export interface TokenOutcome {
  readonly virtualCardId: string;
  readonly result: TokenResult;
  readonly expected: boolean;
  readonly evidence: Evidence;
  readonly errorCode?: ErrorCode;
  readonly device?: Device;
  readonly at?: string;
  /** Of a card: the raw status with which the hub listed the token last. */
  readonly listedAs?: string;
  /** A FAILED that a later success may amend. */
  readonly provisional?: true;
  /** Words contradict each other, and neither a reading nor a person has decided. */
  readonly disputed?: true;
}

/** What is known of the device, apart from the network: not reached (221), or removed there (DELETE_FROM_APP). */
export const DEVICES = ['NOT_REACHED', 'REMOVED'] as const;

export type Device = (typeof DEVICES)[number];

/** Whether an operation is on one token, or on all tokens of a card. */
export const OPERATION_SCOPES = ['TOKEN', 'CARD'] as const;

/** Who asks for something, and why, in their own words; nobody checks who they are until there is authentication. */
export interface Remark {
  readonly by?: string;
  readonly note?: string;
}

export const PERSON_REQUEST_KINDS = ['cancel', 'read'] as const;

/** What a person asked of an operation while it ran. */
export interface PersonRequest extends Remark {
  readonly kind: (typeof PERSON_REQUEST_KINDS)[number];
  readonly at: string;
}

/**
 * A look at the card; `answered` with a list that is not empty, and what that showed of the token: the hub's own word for
 * its state, absent when it is not listed.
 */
export interface LastReading {
  readonly at: string;
  readonly answered: boolean;
  readonly status?: string;
}

/** An operation as its workflow reports it, running or closed. Times are RFC 3339 UTC. */
export interface OperationReport {
  readonly operationId: string;
  readonly correlationId: string;
  readonly issuerId: string;
  readonly scope: (typeof OPERATION_SCOPES)[number];
  readonly action: Action;
  readonly issuerCardRefId: string;
  readonly virtualCardId?: string;
  readonly status: OperationStatus;
  readonly effectiveStatus: OperationStatus;
  readonly final: boolean;
  /** A final FAILED or REJECTED that a later success may amend. */
  readonly provisional: boolean;
  readonly evidence: Evidence;
  readonly errorCode?: ErrorCode;
  readonly device?: Device;
  readonly attention?: AttentionReason;
  readonly outcomes: readonly TokenOutcome[];
  readonly exposed: readonly string[];
  readonly duplicates: number;
  readonly conflicts: readonly ShownChange[];
  readonly unexpected: readonly ShownChange[];
  /** How many more came that are not in the lists, the late one included; they are in the workflows' histories. */
  readonly omitted?: number;
  readonly attempts: number;
  readonly requestedAt: string;
  readonly acceptedAt?: string;
  readonly settledAt?: string;
  readonly softDeadlineAt: string;
  readonly hardDeadlineAt: string;
  readonly retryOf?: string;
  /** The newer operation on the same token or its card that made this one stop sending. */
  readonly supersededBy?: string;
  /** The last look at its token, which need not have settled anything; of a token's operation only. */
  readonly lastReading?: LastReading;
  /** What people asked for while it ran, the last 20. */
  readonly requests?: readonly PersonRequest[];
  /** What a person decided while it ran. */
  readonly decision?: { readonly at: string; readonly note: string; readonly by?: string };
  /** Duplicate keys of every callback it has counted, so that a late copy is known as one. */
  readonly heard: readonly string[];
}

/** How what came late is to be understood (design section 5.4). */
export const LATE_KINDS = [
  'duplicate',
  'amendment',
  'conflict',
  'unexpected',
  'reading',
  'decision',
] as const;

/** What came after an operation had ended. */
export interface LateEntry {
  readonly kind: (typeof LATE_KINDS)[number];
  readonly at: string;
  readonly change?: ShownChange;
  /** What a person decided. */
  readonly status?: OperationStatus;
  /** Why a person decided so, or what a reading showed. */
  readonly note?: string;
  /** Who decided, or asked for the reading. */
  readonly by?: string;
  /** What the reading was asked for. */
  readonly why?: string;
}

/** An operation as the API shows it: the report and what came late. */
export type OperationView = Omit<OperationReport, 'heard' | 'provisional' | 'decision' | 'outcomes'> & {
  readonly outcomes: readonly Omit<TokenOutcome, 'provisional' | 'disputed'>[];
  readonly late: readonly LateEntry[];
  readonly retriedBy?: string;
  /** What to do next; absent when it is final and needs nobody. */
  readonly advice?: Advice;
  /** No worker answered: taken from search attributes and memo, without outcomes. */
  readonly partial?: true;
};

/**
 * An operation as a list shows it: what the server itself knows, without asking the workflow. What only the workflow could
 * tell is left out, but for `outcomes`, which is empty as in every partial answer.
 */
export type ListedOperation = Pick<
  OperationView,
  | 'operationId'
  | 'correlationId'
  | 'issuerId'
  | 'scope'
  | 'action'
  | 'issuerCardRefId'
  | 'virtualCardId'
  | 'status'
  | 'effectiveStatus'
  | 'final'
  | 'errorCode'
  | 'attention'
  | 'requestedAt'
  | 'softDeadlineAt'
  | 'hardDeadlineAt'
  | 'retryOf'
> & { readonly outcomes: readonly never[]; readonly partial: true };

export function toIsoTime(instant: number): string {
  return new Date(instant).toISOString();
}
