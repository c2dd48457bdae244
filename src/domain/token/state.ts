import type { ThisRun } from '../operation/agenda.js';
import type { ErrorCode, ShownChange } from '../hub/change.js';
import {
  beginDispatch,
  withAttention,
  withoutAttention,
  type Dispatch,
  type Sending,
} from '../operation/dispatch.js';
import type { PersonRequest } from '../operation/remark.js';
import type { Device, OperationPolicy, OperationRequest } from '../report/report.js';
import type { Evidence, FinalStatus, OperationStatus } from '../report/status.js';

/** The word that an operation ends with. */
export interface Settlement {
  readonly status: FinalStatus;
  readonly evidence: Evidence;
  readonly errorCode?: ErrorCode | undefined;
  /** A later success may amend it (design section 6). */
  readonly provisional?: boolean;
  /** The callback that it rests on, when that failed: should a reading decide against it, it is shown as a conflict. */
  readonly word?: ShownChange;
  readonly note?: string;
  readonly by?: string;
}

/** What the operation is doing about its outcome. */
export type Phase = Waiting | Checking | Doubtful | Refused | Cancelling | Expired | Final;

/** No word that counts yet → every other phase. */
export interface Waiting {
  readonly kind: 'waiting';
}

/** A word is there, and a reading has to check it: after a RESUME, or because another word contradicts it → final. */
export interface Checking {
  readonly kind: 'checking';
  readonly first: Settlement;
  /** One reading has contradicted a success. */
  readonly contradicted: boolean;
  readonly triesLeft: number;
}

/** A callback with an error that proves nothing (contract 4.5); readings decide → checking, cancelling, expired, final. */
export interface Doubtful {
  readonly kind: 'doubtful';
  readonly errorCode: ErrorCode;
  readonly answeredReadings: number;
}

/** The hub refused, which may be the echo of our own earlier attempt; readings decide → checking, doubtful, cancelling, expired, final. */
export interface Refused {
  readonly kind: 'refused';
  readonly errorCode?: ErrorCode | undefined;
  readonly echo: boolean;
  readonly answeredReadings: number;
}

/** Cancelled, or superseded, after something was possibly sent; the next answered reading decides → checking, expired, final. */
export interface Cancelling {
  readonly kind: 'cancelling';
  readonly before: Waiting | Doubtful | Refused;
  readonly triesLeft: number;
}

/** The hard deadline has passed; one last reading → final. */
export interface Expired {
  readonly kind: 'expired';
  readonly before: Waiting | Doubtful | Refused | Cancelling;
}

/** Settled. Only a word that arrives before the workflow has closed leads back → checking, doubtful, final; never in silence. */
export interface Final {
  readonly kind: 'final';
  readonly settlement: Settlement;
}

/** An operation on one token: plain JSON, since it crosses continue-as-new. Instants are milliseconds since 1970. */
export interface Operation extends Dispatch {
  readonly request: TokenRequest;
  readonly policy: OperationPolicy;
  readonly phase: Phase;
  readonly settledAt?: number | undefined;
  readonly overdue: boolean;

  /** The next reading of the present phase. */
  readonly nextReadingAt?: number | undefined;
  /** A reading beside the series: an unexpected callback or a person wants it. */
  readonly readingRequestedAt?: number | undefined;
  readonly readingInFlight?: ReadingInFlight | undefined;
  readonly lastReadingAt?: number | undefined;
  /** The status that the last reading showed, raw; for people. */
  readonly lastSeenStatus?: string | undefined;
  readonly readings: number;
  readonly failedReadingsInARow: number;
  readonly silenceReadings: number;
  /** The token was seen under this card reference: only then does its absence mean anything. */
  readonly tokenSeen: boolean;
  readonly absentSince?: number | undefined;

  readonly device?: Device | undefined;
  readonly heard: readonly string[];
  readonly duplicates: number;
  readonly conflicts: readonly ShownChange[];
  readonly unexpected: readonly ShownChange[];
  /** Conflicts and unexpected changes beyond what is kept, their repeats included. */
  readonly omitted: number;
  /** Words contradict each other, and neither a reading nor a person has decided. */
  readonly conflictOpen: boolean;
  /** What people asked for; absent while nobody has. */
  readonly requests?: readonly PersonRequest[];
  readonly thisRun?: ThisRun | undefined;
}

/** A look that is under way. */
export interface ReadingInFlight {
  readonly at: number;
  /** It was made for the present phase. */
  readonly scheduled: boolean;
  /** Nothing had possibly been sent when it began, so it shows nobody's doing but others'. */
  readonly beforeSending: boolean;
}

export type TokenRequest = OperationRequest & { readonly virtualCardId: string };

export function beginOperation(request: TokenRequest, policy: OperationPolicy): Operation {
  return {
    ...beginDispatch(),
    request,
    policy,
    phase: { kind: 'waiting' },
    overdue: false,
    readings: 0,
    failedReadingsInARow: 0,
    silenceReadings: 0,
    tokenSeen: false,
    heard: [],
    duplicates: 0,
    conflicts: [],
    unexpected: [],
    omitted: 0,
    conflictOpen: false,
    attention: request.idTaken === true ? ['ID_TAKEN'] : [],
  };
}

export function statusOf(operation: Operation): OperationStatus {
  if (operation.phase.kind === 'final') return operation.phase.settlement.status;
  if (operation.overdue) return 'OVERDUE';
  return operation.acceptedAt === undefined ? 'REQUESTED' : 'AWAITING_CALLBACK';
}

export function isSettled(operation: Operation): boolean {
  return operation.phase.kind === 'final';
}

/**
 * Takes a phase whose first reading is due at once; whatever was to be sent no longer is. A look that is under way
 * began before it, so it can confirm, but it cannot deny.
 */
export function enterPhase(
  operation: Operation,
  phase: Checking | Doubtful | Refused | Cancelling | Expired,
  now: number,
): Operation {
  const sending: Sending = operation.sending.kind === 'due' ? { kind: 'over' } : operation.sending;
  const { readingInFlight } = operation;
  return {
    ...operation,
    phase,
    sending,
    nextReadingAt: now,
    readingInFlight: readingInFlight && { ...readingInFlight, scheduled: false },
  };
}

/** Ends the operation. What is settled is no longer overdue, nor waiting for the hub. */
export function settle(operation: Operation, settlement: Settlement, now: number): Operation {
  const settled: Operation = {
    ...withoutAttention(operation, 'OVERDUE', 'HUB_UNREACHABLE', 'UNKNOWN_OUTCOME', 'NEVER_SENT'),
    phase: { kind: 'final', settlement },
    sending: operation.sending.kind === 'due' ? { kind: 'over' } : operation.sending,
    settledAt: now,
    nextReadingAt: undefined,
    readingRequestedAt: undefined,
  };
  return settlement.status === 'UNKNOWN' ? withAttention(settled, 'UNKNOWN_OUTCOME') : settled;
}
