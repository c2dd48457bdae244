import type { PlannedAction, TokenStatus, Workload } from './workload.js';

/**
 * Three records that know nothing of each other, and what is needed to read them: what clients were told, what the
 * simulator did to its tokens, what the operations say. Instants are milliseconds since 1970; all processes of a run
 * share one clock.
 */
export interface Records {
  readonly workload: Workload;
  /** The clients' record. */
  readonly told: readonly Told[];
  /** The hub's record. */
  readonly hub: HubRecord;
  /** The service's record: every operation as GET shows it in the end, by its id. */
  readonly operations: ReadonlyMap<string, ShownOperation>;
  /** Which callbacks Temporal holds, and for whom. */
  readonly stored: readonly StoredCallback[];
  /** Which looks at whole cards came back with a list, as Temporal's histories tell: an answer may get lost on its way. */
  readonly looks: readonly Look[];
  /** When Temporal started each operation, as its history tells, by its id. */
  readonly starts: ReadonlyMap<string, number>;
  /** What the foreign changes say of themselves, by correlation id. */
  readonly foreign: ReadonlyMap<string, readonly ShownChange[]>;
  /** The renewals of each card as GET shows them in the end, one answer per process. */
  readonly renewals: readonly ShownRenewals[];
  /** Which tokens came to a card, or vanished from it, during the run. */
  readonly comings: readonly Coming[];
  readonly outages: readonly Outage[];
  /** What should not have happened and is nobody's record: a process that ended by itself, a callback never taken. */
  readonly mishaps: readonly string[];
}

/** One call of a client and what it was told. */
export interface Told {
  readonly key: string;
  /** `list`: what the list of the card's operations shows of this one. */
  readonly call: 'post' | 'post another body' | 'get' | 'cancel' | 'read' | 'list';
  readonly api: number;
  readonly sentAt: number;
  readonly answeredAt: number;
  /** Null: no answer came, or the client did not wait for it. */
  readonly status: number | null;
  readonly body?: unknown;
}

export interface HubRecord {
  readonly effects: readonly HubEffect[];
  readonly requests: readonly HubRequest[];
  readonly callbacks: readonly HubCallback[];
  /** What the seed had planned for each operation; nothing is judged by it, but it explains much. */
  readonly plans: readonly { readonly correlationId?: string }[];
}

/** One change of state at a token. */
export interface HubEffect {
  readonly at: string;
  readonly correlationId: string;
  readonly virtualCardId: string;
  readonly action: string;
  readonly source: string;
  readonly from: string;
  readonly to: string;
}

/** One request that reached the hub. */
export interface HubRequest {
  readonly at: string;
  readonly operation: string;
  readonly correlationId?: string;
  readonly issuerCardRefId?: string;
  /** Absent: all tokens of the card. */
  readonly virtualCardId?: string;
  readonly action?: string;
  readonly status: number | null;
  readonly responseCode?: number;
  /** Something before the hub has answered. */
  readonly inFront?: boolean;
  /** The statuses that a reading listed, and the tokens that they belong to, in the same order. */
  readonly listed?: readonly string[];
  readonly listedIds?: readonly string[];
  readonly ended: string;
}

/** One attempt of the hub to deliver a callback. */
export interface HubCallback {
  /** When the attempt had ended. */
  readonly at: string;
  readonly correlationId: string;
  readonly issuerCardRefId: string;
  readonly virtualCardId: string;
  readonly isPrimary?: boolean;
  readonly action: string;
  readonly errorCode?: number | string | null;
  readonly status: number | null;
}

export interface ShownChange {
  readonly virtualCardId: string;
  readonly isPrimary?: boolean;
  readonly action?: string;
  readonly errorCode?: number | string | null;
}

/** An operation as the API shows it: what the comparison reads of it. */
export interface ShownOperation {
  readonly operationId: string;
  readonly scope: 'TOKEN' | 'CARD';
  readonly action: PlannedAction;
  readonly issuerCardRefId: string;
  readonly virtualCardId?: string;
  readonly status: string;
  readonly effectiveStatus: string;
  readonly final: boolean;
  readonly evidence: string;
  readonly errorCode?: number | string;
  readonly device?: string;
  readonly attention?: string;
  readonly outcomes: readonly ShownOutcome[];
  readonly exposed: readonly string[];
  /** How many words are in no list, because there are too many. */
  readonly omitted?: number;
  readonly attempts: number;
  readonly duplicates: number;
  readonly conflicts: readonly ShownChange[];
  readonly unexpected: readonly ShownChange[];
  readonly late: readonly { readonly kind: string; readonly change?: ShownChange }[];
  readonly requestedAt: string;
  readonly settledAt?: string;
  readonly hardDeadlineAt: string;
  readonly supersededBy?: string;
  readonly partial?: true;
}

/** What an operation says of one token. */
export interface ShownOutcome {
  readonly virtualCardId: string;
  readonly result: string;
  readonly expected: boolean;
  readonly evidence: string;
  readonly errorCode?: number | string;
  readonly device?: string;
  readonly at?: string;
}

/** What one process answers when it is asked for the renewals of a card. */
export interface ShownRenewals {
  readonly issuerCardRefId: string;
  readonly api: number;
  readonly status: number | null;
  readonly body?: {
    readonly tokens: readonly ShownTokenRenewals[];
    readonly open: boolean;
    readonly attention?: string;
    readonly omitted?: number;
    readonly partial?: true;
  };
}

export interface ShownTokenRenewals {
  readonly virtualCardId: string;
  readonly expected: boolean;
  readonly renewals: readonly {
    readonly correlationId: string;
    readonly isPrimary?: boolean;
    readonly result: string;
    readonly errorCode?: number | string;
    readonly firstAt: string;
    readonly lastAt: string;
    readonly repeats: number;
  }[];
}

/** A token that was added to a card with this status, or removed. */
export interface Coming {
  readonly issuerCardRefId: string;
  readonly virtualCardId: string;
  readonly status: TokenStatus | 'REMOVED';
  /** When the hub was asked, and when it had done so. */
  readonly from: number;
  readonly to: number;
}

/** One callback in a workflow's history. */
export interface StoredCallback {
  readonly workflowId: string;
  readonly workflowType: string;
  readonly change: ShownChange & { readonly correlationId: string };
}

/** One reading of a whole card that a workflow got an answer to. */
export interface Look {
  readonly correlationId: string;
  readonly scheduledAt: number;
  readonly endedAt: number;
  /** Whether its workflow knew, when it began, that the hub has the request, or that no more is sent. */
  readonly afterSending: boolean;
}

export interface Outage {
  readonly what: string;
  readonly from: number;
  /** When it served again. */
  readonly to: number;
}
