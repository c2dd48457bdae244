import type { ThisRun } from '../operation/agenda.js';
import type { AttentionReason } from '../report/attention.js';
import type { ErrorCode, ShownChange } from '../hub/change.js';
import type { Dispatch } from '../operation/dispatch.js';
import type { PersonRequest } from '../operation/remark.js';
import { beginOperation, isSettled, type Operation, type Settlement } from '../token/index.js';
import type { ListedToken } from '../hub/reading.js';
import type { OperationPolicy, OperationRequest } from '../report/report.js';
import type { OperationStatus } from '../report/status.js';

/** A request for all tokens of a card. */
export type CardRequest = Omit<OperationRequest, 'virtualCardId'>;

/** What an operation on a card knows of one of its tokens. */
export interface Member {
  readonly role: Role;
  /** The token's part: what an operation on one token is once its request has been sent. */
  readonly token: Operation;
}

export type Role =
  /** In the snapshot, and the action means something for it: its outcome is waited for. */
  | 'expected'
  /** In the snapshot, and the action means nothing for it. */
  | 'not-eligible'
  /** It reported, or was listed, without being in the snapshot. */
  | 'appeared';

/** What is known of the one request for the card. */
export type Sending =
  | { readonly kind: 'under-way' }
  | { readonly kind: 'accepted'; readonly at: number }
  /** Refused, or given up. `possiblySent`: an attempt may have had an effect. */
  | { readonly kind: 'ended'; readonly possiblySent: boolean }
  /** The child that sends it ended without a result: nobody knows what it has sent. */
  | { readonly kind: 'lost' };

/** The child workflow that sends the request, while one runs. */
export interface Sender {
  /** It is the n-th of the operation: its id follows from that. */
  readonly n: number;
  readonly startedAt: number;
}

/** What the operation is doing about its outcome. */
export type CardPhase = Gathering | Refused | Cancelling | Closing | Expired | Final;

/** Words on the expected tokens are awaited → every other phase. */
export interface Gathering {
  readonly kind: 'gathering';
}

/** The hub refused, which may be the echo of an earlier attempt; readings decide → gathering, cancelling, expired, final. */
export interface Refused {
  readonly kind: 'refused';
  readonly errorCode?: ErrorCode | undefined;
  readonly echo: boolean;
  readonly answeredReadings: number;
}

/** Cancelled, or superseded, after something was possibly sent; the next answered reading decides → expired, final. */
export interface Cancelling {
  readonly kind: 'cancelling';
  readonly triesLeft: number;
}

/** Every expected token has an outcome, and a reading of the card compares → gathering, cancelling, expired, final. */
export interface Closing {
  readonly kind: 'closing';
  /** The tokens whose success one look has contradicted: it stands when the next one, an interval later, does so too. */
  readonly contradicted: readonly string[];
  readonly triesLeft: number;
}

/** The hard deadline has passed; one last reading → final. */
export interface Expired {
  readonly kind: 'expired';
  readonly before: Gathering | Refused | Cancelling | Closing;
}

/** What of an operation is the card's and not its tokens'. */
export type Card = Omit<CardOperation, 'members'>;

/** Settled. Only a word that arrives before the workflow has closed leads back → gathering; never in silence. */
export interface Final {
  readonly kind: 'final';
  readonly settlement: Settlement;
}

/** What became of an operation on all tokens of a card: plain JSON, since it crosses continue-as-new. */
export interface CardOperation {
  readonly request: CardRequest;
  readonly policy: OperationPolicy;
  /** In the order of the snapshot, then of appearance. */
  readonly members: readonly Member[];
  /** The expected tokens are known: a complete list has been seen. */
  readonly hasSnapshot: boolean;
  readonly sending: Sending;
  readonly sender?: Sender | undefined;
  /** How many have been started. */
  readonly senders: number;
  /** When the first of them was. */
  readonly sendingSince?: number | undefined;
  /** What the last one has come back with: the next one goes on from there. */
  readonly dispatch?: Dispatch | undefined;
  /** Since when nobody wants a further attempt. */
  readonly stopWantedAt?: number | undefined;
  /** How long the end of the sender is waited for once it was asked to stop: two attempts, with their time-outs. */
  readonly senderPatienceMs: number;
  /** A word on the request's own action has come, whatever the attempts came to: the hub has the request. */
  readonly wordCame: boolean;
  /** When something was last learned that a look at the card has to come after. */
  readonly lastFactAt?: number | undefined;
  readonly phase: CardPhase;
  readonly supersededBy?: string | undefined;
  /** When somebody wanted it over while the request was still being sent. */
  readonly cancelledAt?: number | undefined;
  readonly overdue: boolean;
  readonly settledAt?: number | undefined;

  /** The next reading of the present phase; the tokens' own series are beside it. */
  readonly nextReadingAt?: number | undefined;
  /** A reading beside the series: a person, or a word of a stranger wants it. */
  readonly readingRequestedAt?: number | undefined;
  readonly readingInFlight?:
    | {
        readonly at: number;
        readonly scheduled: boolean;
        /** When it began it was not known yet whether the hub has the request. */
        readonly duringSending: boolean;
        /** A person wanted it, or a word that explains nothing. */
        readonly isAsked: boolean;
      }
    | undefined;
  readonly lastReadingAt?: number | undefined;
  readonly readings: number;
  readonly failedReadingsInARow: number;
  readonly closings: number;
  /** When the look began that brought the last complete list. */
  readonly lastListAt?: number | undefined;
  /** The tokens that could still pay, by the last complete list. */
  readonly exposed: readonly string[];
  /** What that list says against tokens that had been confirmed before the look began. */
  readonly contradicted: readonly ListedToken[];
  readonly strangers: Strangers;
  readonly attention: readonly AttentionReason[];
  /** What people asked for; absent while nobody has. */
  readonly requests?: readonly PersonRequest[];
  readonly thisRun?: ThisRun | undefined;
}

/** Words that belong to no token of the card, or to too many. */
export interface Strangers {
  readonly heard: readonly string[];
  readonly unexpected: readonly ShownChange[];
  readonly duplicates: number;
  readonly omitted: number;
}

const HUB_UNREACHABLE_AFTER_MS = 60_000;

/** @param senderPatienceMs two attempts at the hub, with their time-outs */
export function beginCardOperation(
  request: CardRequest,
  policy: OperationPolicy,
  senderPatienceMs: number,
): CardOperation {
  return {
    request,
    policy,
    members: [],
    hasSnapshot: false,
    sending: { kind: 'under-way' },
    senders: 0,
    senderPatienceMs,
    wordCame: false,
    phase: { kind: 'gathering' },
    overdue: false,
    readings: 0,
    failedReadingsInARow: 0,
    closings: 0,
    exposed: [],
    contradicted: [],
    strangers: { heard: [], unexpected: [], duplicates: 0, omitted: 0 },
    attention: request.idTaken === true ? ['ID_TAKEN'] : [],
  };
}

/** A token of which nothing has been heard. */
export function beginMember(
  { request, policy, sending, wordCame }: Pick<CardOperation, 'request' | 'policy' | 'sending' | 'wordCame'>,
  virtualCardId: string,
  role: Role,
): Member {
  const { idTaken: _idTaken, ...asked } = request;
  // The reading of the card at its end checks all successes at once.
  const ownPolicy: OperationPolicy = { ...policy, confirmByReading: 'never' };
  const token: Operation = {
    ...beginOperation({ ...asked, virtualCardId }, ownPolicy),
    sending: { kind: 'over' },
    possiblySent: mayHaveBeenSent({ sending, wordCame }),
    hubAnswered: true,
  };
  return { role, token };
}

/** Whether anything has been said of this token that its outcome can rest on. */
export function hasWord({ token }: Member): boolean {
  return token.phase.kind !== 'waiting';
}

/** Whether readings say something about its outcome. Of a token that nothing is expected of, they only tell whether it can pay. */
export function isRead(member: Member): boolean {
  return member.role === 'expected' || hasWord(member);
}

/** Whether its outcome is still open, and waited for. */
export function isOpen(member: Member): boolean {
  return isRead(member) && !isSettled(member.token);
}

export function isFinal(operation: CardOperation): boolean {
  return operation.phase.kind === 'final';
}

/** Whether the hub has the request, or nobody will ever tell that it has not. */
export function hasReachedHub({ sending, wordCame }: Pick<CardOperation, 'sending' | 'wordCame'>): boolean {
  return wordCame || sending.kind === 'accepted' || sending.kind === 'lost';
}

/** Whether something may have had an effect at the hub. */
export function mayHaveBeenSent({ sending, wordCame }: Pick<CardOperation, 'sending' | 'wordCame'>): boolean {
  return wordCame || sending.kind !== 'ended' || sending.possiblySent;
}

/** What the looks that settle something wait for: the sender has ended, or has been waited for long enough. */
export function isSenderDone(operation: Card, now: number): boolean {
  return operation.sending.kind !== 'under-way' || now >= senderOverAt(operation);
}

/** Until when the end of the sender is waited for. */
export function senderOverAt({ request, stopWantedAt, senderPatienceMs }: Card): number {
  return Math.min(stopWantedAt ?? request.hardDeadlineAt, request.hardDeadlineAt) + senderPatienceMs;
}

/** Nobody wants a further attempt: a word has come, somebody wants it over, or it is too late. */
export function withoutFurtherAttempts<T extends Card>(card: T, now: number): T {
  const isSending = card.sending.kind === 'under-way' && card.stopWantedAt === undefined;
  return isSending ? { ...card, stopWantedAt: now } : card;
}

/** When the absence of any sign of the hub since the first attempt becomes a reason to look. */
export function cardUnreachableAt({ sender, wordCame, sendingSince, attention }: Card): number | undefined {
  const isWaiting = sender !== undefined && !wordCame && !attention.includes('HUB_UNREACHABLE');
  return isWaiting && sendingSince !== undefined ? sendingSince + HUB_UNREACHABLE_AFTER_MS : undefined;
}

export function statusOfCard(operation: CardOperation): OperationStatus {
  if (operation.phase.kind === 'final') return operation.phase.settlement.status;
  if (operation.overdue) return 'OVERDUE';
  return operation.wordCame || operation.sending.kind === 'accepted' ? 'AWAITING_CALLBACK' : 'REQUESTED';
}

/** Applies a change to every token that it may concern, and keeps those that it leaves as they are. */
export function withTokens(
  operation: CardOperation,
  concerns: (member: Member) => boolean,
  change: (token: Operation) => Operation,
): CardOperation {
  return {
    ...operation,
    members: operation.members.map((member) =>
      concerns(member) ? { ...member, token: change(member.token) } : member,
    ),
  };
}

/** Takes a phase whose reading is due at once. A look that is under way began before it: it can confirm, but it cannot deny. */
export function enterCardPhase<T extends Card>(
  operation: T,
  phase: Refused | Cancelling | Closing | Expired,
  readAt: number,
): T {
  const { readingInFlight } = operation;
  return {
    ...operation,
    phase,
    nextReadingAt: readAt,
    readingInFlight: readingInFlight && { ...readingInFlight, scheduled: false },
  };
}
