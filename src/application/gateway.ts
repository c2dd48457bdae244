import type { AttentionReason } from '../domain/report/attention.js';
import type { VirtualCardChange } from '../domain/hub/change.js';
import type { ListPosition } from './list-position.js';
import type { Decision } from '../domain/token/index.js';
import type { Remark } from '../domain/operation/remark.js';
import type { RenewalsView } from '../domain/unsolicited/to-view.js';
import type { ListedOperation, OperationView } from '../domain/report/report.js';
import type { OperationStatus } from '../domain/report/status.js';
import type { Timeline } from '../domain/report/timeline.js';
import type { Action } from '../domain/hub/token-state.js';

/** A request to start an operation, checked, with its deadlines chosen. */
export interface StartRequest {
  readonly issuerId: string;
  /** The authenticated client; `""` without authentication. Never a body field. */
  readonly caller: string;
  readonly idempotencyKey: string;
  /** The parsed body as it was sent, before defaults: what a repeated request is compared by. */
  readonly body: unknown;
  readonly action: Action;
  readonly issuerCardRefId: string;
  /** Absent: all tokens of the card. */
  readonly virtualCardId?: string;
  readonly reason?: { readonly code?: number; readonly text?: string };
  readonly requestedBy?: string;
  readonly softDeadlineSeconds: number;
  readonly hardDeadlineSeconds: number;
}

/** The address of an operation. */
export interface OperationRef {
  readonly issuerId: string;
  readonly operationId: string;
}

/** A funding card of an issuer. */
export interface CardRef {
  readonly issuerId: string;
  readonly issuerCardRefId: string;
}

/** Which operations of an issuer are listed: those for which everything holds that is said. Instants are milliseconds since 1970. */
export interface OperationFilter {
  /** The recorded status; of one that closed without a result, UNKNOWN. */
  readonly status?: OperationStatus;
  readonly action?: Action;
  readonly scope?: 'TOKEN' | 'CARD';
  readonly issuerCardRefId?: string;
  readonly virtualCardId?: string;
  /** As it stands with what came late. */
  readonly attention?: AttentionReason;
  /** Requested at this instant or later. */
  readonly from?: number;
  /** Requested before this instant. */
  readonly to?: number;
}

export interface ListRequest {
  readonly issuerId: string;
  readonly filter: OperationFilter;
  /** Where the page before this one ended. */
  readonly after?: ListPosition;
  /** At most so many operations; a page may have fewer, and still not be the last. */
  readonly limit: number;
}

export interface OperationList {
  /** Newest first, by the time of the request. */
  readonly items: readonly ListedOperation[];
  /** Where the next page begins; absent when there is nothing more. */
  readonly next?: ListPosition;
  /** There is more that came late than could be looked through: an operation may be missing, or shown without it. */
  readonly partial?: true;
}

export type StartResult =
  | { readonly kind: 'started'; readonly operation: OperationView }
  /** The same request was accepted before; this is its operation. */
  | { readonly kind: 'found'; readonly operation: OperationView }
  /** The idempotency key belongs to another request. */
  | { readonly kind: 'key-reused' };

export type ReadResult =
  { readonly kind: 'done'; readonly operation: OperationView } | { readonly kind: 'not-found' };

export type CancelResult = ReadResult | { readonly kind: 'already-final' };

export type ResolveResult =
  | ReadResult
  /** PARTIALLY_CONFIRMED of one token. */
  | { readonly kind: 'not-decidable' };

/** Who repeats an operation, and why. */
export interface RetryRequest extends Remark {
  /** Whether all tokens of a card may be resumed at once. */
  readonly cardResume: 'allow' | 'refuse';
}

export type RetryResult =
  /** The new operation; the same one whenever the request is repeated. */
  | { readonly kind: 'done'; readonly operation: OperationView }
  | { readonly kind: 'not-found' }
  /** It runs, or nothing is left to repeat. */
  | { readonly kind: 'not-retryable' }
  | { readonly kind: 'card-resume-refused' };

/**
 * The one door to Temporal, in the words of this product. Every method has a deadline of its own and throws
 * {@link GatewayUnavailableError} when it is not known whether Temporal has taken the call; all calls are safe to repeat.
 */
export interface Gateway {
  /** Starts an operation, or finds the one that the same request started before (I2). */
  startOperation(request: StartRequest): Promise<StartResult>;
  /** The operation as it stands now, with what came late; undefined when there is none. */
  describeOperation(ref: OperationRef): Promise<OperationView | undefined>;
  /** Waits until the operation is final, at most `waitMs`; then as {@link describeOperation}. `signal` ends the wait early. */
  waitForOperation(
    ref: OperationRef,
    wait: { waitMs: number; signal?: AbortSignal },
  ): Promise<OperationView | undefined>;
  /** Asks a running operation to end as soon as what is known allows (design 5.2, Cancel). */
  cancelOperation(ref: OperationRef, remark?: Remark): Promise<CancelResult>;
  /** Makes an operation look at the hub now, also a closed one (design 5.2, Read). */
  readOperation(ref: OperationRef, remark?: Remark): Promise<ReadResult>;
  /** Records what a person decided, also about a closed operation (design 5.2, Resolve; 5.4); the same twice is one. */
  resolveOperation(ref: OperationRef, decision: Decision): Promise<ResolveResult>;
  /** Starts an operation once more that did not do what was asked, or finds the one that does (design section 7). */
  retryOperation(ref: OperationRef, request: RetryRequest): Promise<RetryResult>;
  /** Stores a callback of the hub; when it returns, the callback survives any crash (I1). */
  deliver(issuerId: string, change: VirtualCardChange): Promise<void>;
  /** The renewals of a card's tokens by their TSP, of all runs that the namespace still knows (design 5.4). */
  describeRenewals(ref: CardRef): Promise<RenewalsView>;
  /** Operations of an issuer, page by page; pages neither overlap nor leave anything out, whatever starts meanwhile. */
  listOperations(request: ListRequest): Promise<OperationList>;
  /** What happened to a card, in order of time, as far as the namespace still knows. */
  describeTimeline(ref: CardRef): Promise<Timeline>;
  /** Whether Temporal answers for our namespace, within a second. */
  isReachable(): Promise<boolean>;
}

/** Temporal did not answer in time or refused: not known whether the call had an effect; repeat it. */
export class GatewayUnavailableError extends Error {
  override readonly name = 'GatewayUnavailableError';
  /** It answered and refused, as for a namespace that is not set up: repeating alone does not help. */
  readonly refused: boolean;

  constructor(message: string, { cause, refused = false }: { cause?: unknown; refused?: boolean } = {}) {
    super(message, { cause });
    this.refused = refused;
  }
}
