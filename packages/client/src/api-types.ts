// Made by `npm run openapi` from the schemas of the API. Do not edit.

/**
 * What is to be done to the token, or to all tokens of the card.
 */
export type Action = 'SUSPEND' | 'RESUME' | 'DELETE';
/**
 * REQUESTED → AWAITING_CALLBACK → a final status, with OVERDUE from either once the soft deadline has passed. Final are CONFIRMED, PARTIALLY_CONFIRMED, FAILED, REJECTED, UNKNOWN, CANCELLED, SUPERSEDED.
 *
 * - `REQUESTED`: The hub has not taken the request yet; it is sent until the hub answers.
 * - `AWAITING_CALLBACK`: The hub has taken the request; its callback is waited for.
 * - `OVERDUE`: The soft deadline has passed without a result; the card is read, and the wait goes on.
 * - `CONFIRMED`: Done: the token, or every expected token of the card, is as asked.
 * - `PARTIALLY_CONFIRMED`: Of a card: some tokens are as asked, but not all, or one is left that can pay or may become able to.
 * - `FAILED`: Not done: the hub took the request and it came to nothing; or (`NEVER_SENT`) the hub took none until the hard deadline.
 * - `REJECTED`: Not done: the hub answered the request itself with a refusal, whose code is `errorCode`.
 * - `UNKNOWN`: Nothing proves whether it was done; a person finds out.
 * - `CANCELLED`: Ended by request before anything was sent.
 * - `SUPERSEDED`: Not sent: a newer operation, `supersededBy`, wanted something else before.
 */
export type OperationStatus =
  | 'REQUESTED'
  | 'AWAITING_CALLBACK'
  | 'OVERDUE'
  | 'CONFIRMED'
  | 'PARTIALLY_CONFIRMED'
  | 'FAILED'
  | 'REJECTED'
  | 'UNKNOWN'
  | 'CANCELLED'
  | 'SUPERSEDED';
/**
 * What the outcome rests on: a callback of the hub, a reading of the card, the hub’s immediate refusal (ANSWER), a person, or nothing.
 */
export type Evidence = 'CALLBACK' | 'READING' | 'ANSWER' | 'PERSON' | 'NONE';
/**
 * NOT_REACHED: the device did not hear of it (221), the network may have. REMOVED: deleted in the wallet.
 */
export type Device = 'NOT_REACHED' | 'REMOVED';
/**
 * Why a person should look, the most urgent reason; absent when there is none.
 *
 * - `CONFLICT`: The hub contradicted itself: two callbacks, or a callback and two readings.
 * - `TOKEN_EXPOSED`: A card or a token was to be suspended or deleted, and a token can still pay, or may become able to.
 * - `TERMINATED`: Somebody ended the workflow, or the child that sends, by hand, or a bug did.
 * - `UNKNOWN_OUTCOME`: The hard deadline passed, or it was cancelled, and neither a callback nor a reading settled it.
 * - `NEVER_SENT`: No request was taken by the hub until the hard deadline: none left us, or it put off every one. Nothing was done.
 * - `OVERDUE`: No result by the soft deadline. Readings go on by themselves.
 * - `HUB_UNREACHABLE`: No answer from the hub for a minute; of a whole card, neither yes nor no. Sending goes on by itself.
 * - `UNEXPECTED_CALLBACK`: A callback with this operation's id named another token or action.
 * - `OTHER_SUSPENDER`: A RESUME succeeded, but the token is still suspended by somebody else.
 * - `RENEWAL_FAILED`: The TSP could not renew a token, and no later success of the same token has come.
 * - `LATE_AMENDMENT`: A late callback filled a gap; `effectiveStatus` follows it.
 * - `ID_TAKEN`: The first id of the request was held by somebody else's change.
 * - `CARD_DATA_SEEN`: A reference in a callback looked like a card number; only its hash was stored.
 */
export type Attention =
  | 'CONFLICT'
  | 'TOKEN_EXPOSED'
  | 'TERMINATED'
  | 'UNKNOWN_OUTCOME'
  | 'NEVER_SENT'
  | 'OVERDUE'
  | 'HUB_UNREACHABLE'
  | 'UNEXPECTED_CALLBACK'
  | 'OTHER_SUSPENDER'
  | 'RENEWAL_FAILED'
  | 'LATE_AMENDMENT'
  | 'ID_TAKEN'
  | 'CARD_DATA_SEEN';

/**
 * One change that is wanted, of a token or of all tokens of a card.
 */
export interface OperationRequest {
  /**
   * What is to be done to the token, or to all tokens of the card.
   */
  action: 'SUSPEND' | 'RESUME' | 'DELETE';
  /**
   * The funding card: a reference, never its number; one that looks like a card number is refused.
   */
  issuerCardRefId: string;
  /**
   * The token. Without it the request is for all tokens of the card.
   */
  virtualCardId?: string;
  /**
   * Why.
   */
  reason?: {
    /**
     * The hub’s number for the reason; it is sent to the hub.
     */
    code?: number;
    /**
     * For people; it stays here.
     */
    text?: string;
  };
  /**
   * Who asked, as the caller says.
   */
  requestedBy?: string;
  /**
   * When it becomes OVERDUE and the card is read, counted from the request; 900 unless the installation says otherwise. Not after the hard deadline: without this field, a hardDeadlineSeconds that is shorter is the soft deadline too.
   */
  softDeadlineSeconds?: number;
  /**
   * When it ends whatever is known, counted from the request; 259200 (72 h) unless the installation says otherwise, or twice a softDeadlineSeconds that is longer, at most 30 days.
   */
  hardDeadlineSeconds?: number;
}
/**
 * Who asks, and why.
 */
export interface Remark {
  /**
   * Who asks.
   */
  by?: string;
  /**
   * Why.
   */
  note?: string;
}
/**
 * What a person has found out.
 */
export interface Decision {
  /**
   * What is true. PARTIALLY_CONFIRMED only of an operation on all tokens of a card.
   */
  status: 'CONFIRMED' | 'FAILED' | 'REJECTED' | 'UNKNOWN' | 'CANCELLED' | 'PARTIALLY_CONFIRMED';
  /**
   * How that is known.
   */
  note: string;
  /**
   * Who says so.
   */
  by?: string;
}
/**
 * One requested change of a token, or of all tokens of a card.
 */
export interface Operation {
  /**
   * Its address in this API.
   */
  operationId: string;
  /**
   * What the hub sends back in every callback about it.
   */
  correlationId: string;
  /**
   * The issuer, as the hub knows it.
   */
  issuerId: string;
  /**
   * One token, or all tokens of the card.
   */
  scope: 'TOKEN' | 'CARD';
  action: Action;
  /**
   * The funding card: a reference, never its number.
   */
  issuerCardRefId: string;
  /**
   * One token in one wallet, as the hub knows it.
   */
  virtualCardId?: string;
  status: OperationStatus;
  /**
   * REQUESTED → AWAITING_CALLBACK → a final status, with OVERDUE from either once the soft deadline has passed. Final are CONFIRMED, PARTIALLY_CONFIRMED, FAILED, REJECTED, UNKNOWN, CANCELLED, SUPERSEDED.
   *
   * - `REQUESTED`: The hub has not taken the request yet; it is sent until the hub answers.
   * - `AWAITING_CALLBACK`: The hub has taken the request; its callback is waited for.
   * - `OVERDUE`: The soft deadline has passed without a result; the card is read, and the wait goes on.
   * - `CONFIRMED`: Done: the token, or every expected token of the card, is as asked.
   * - `PARTIALLY_CONFIRMED`: Of a card: some tokens are as asked, but not all, or one is left that can pay or may become able to.
   * - `FAILED`: Not done: the hub took the request and it came to nothing; or (`NEVER_SENT`) the hub took none until the hard deadline.
   * - `REJECTED`: Not done: the hub answered the request itself with a refusal, whose code is `errorCode`.
   * - `UNKNOWN`: Nothing proves whether it was done; a person finds out.
   * - `CANCELLED`: Ended by request before anything was sent.
   * - `SUPERSEDED`: Not sent: a newer operation, `supersededBy`, wanted something else before.
   */
  effectiveStatus:
    | 'REQUESTED'
    | 'AWAITING_CALLBACK'
    | 'OVERDUE'
    | 'CONFIRMED'
    | 'PARTIALLY_CONFIRMED'
    | 'FAILED'
    | 'REJECTED'
    | 'UNKNOWN'
    | 'CANCELLED'
    | 'SUPERSEDED';
  /**
   * The status will not change any more.
   */
  final: boolean;
  evidence: Evidence;
  /**
   * The hub’s error code: a number of its table, or its own word when it is no number.
   */
  errorCode?: number | string;
  device?: Device;
  attention?: Attention;
  /**
   * One per token; empty when `partial`.
   */
  outcomes: TokenOutcome[];
  /**
   * Tokens that can still pay, or become able to, after a SUSPEND or DELETE of the card or of the token itself.
   */
  exposed: string[];
  /**
   * Repeated callbacks that were counted; a lower bound.
   */
  duplicates: number;
  /**
   * Callbacks that contradict an earlier one.
   */
  conflicts: Change[];
  /**
   * Callbacks about another action or another token.
   */
  unexpected: Change[];
  /**
   * Callbacks beyond what the lists have room for.
   */
  omitted?: number;
  /**
   * How often the request was sent to the hub.
   */
  attempts: number;
  /**
   * When this service took the request.
   */
  requestedAt: string;
  /**
   * When the hub took it.
   */
  acceptedAt?: string;
  /**
   * When it became final.
   */
  settledAt?: string;
  /**
   * From here on it is OVERDUE.
   */
  softDeadlineAt: string;
  /**
   * By then it is final.
   */
  hardDeadlineAt: string;
  /**
   * The operation that it tries again.
   */
  retryOf?: string;
  /**
   * The newer operation on the same token or card that made it stop sending.
   */
  supersededBy?: string;
  /**
   * What came after the end, in order.
   */
  late: LateEntry[];
  /**
   * The operation that tries this one again.
   */
  retriedBy?: string;
  lastReading?: LastReading;
  /**
   * What people asked for while it ran, the last 20.
   */
  requests?: AskedByPerson[];
  advice?: Advice;
  /**
   * No worker answered in time: told from what Temporal has stored, without outcomes.
   */
  partial?: true;
}
/**
 * What became of one token.
 */
export interface TokenOutcome {
  /**
   * One token in one wallet, as the hub knows it.
   */
  virtualCardId: string;
  /**
   * SILENT: no word and no proof by the end. NOT_ELIGIBLE: nothing was asked of it in its state.
   */
  result: 'PENDING' | 'CONFIRMED' | 'FAILED' | 'SILENT' | 'NOT_ELIGIBLE';
  /**
   * The card’s list had it in a state in which the action does something.
   */
  expected: boolean;
  evidence: Evidence;
  /**
   * The hub’s error code: a number of its table, or its own word when it is no number.
   */
  errorCode?: number | string;
  device?: Device;
  /**
   * When the outcome was recorded.
   */
  at?: string;
  /**
   * Of a card: the state with which the hub listed the token last, in its own word.
   */
  listedAs?: string;
}
/**
 * One callback of the hub about one token.
 */
export interface Change {
  /**
   * One token in one wallet, as the hub knows it.
   */
  virtualCardId: string;
  /**
   * The funding card: a reference, never its number.
   */
  issuerCardRefId?: string;
  /**
   * The wallet.
   */
  walletProviderId?: string;
  /**
   * False for the auxiliary token of a co-badged pair; absent means true.
   */
  isPrimary?: boolean;
  /**
   * What happened to the token. New words may come from the hub at any time.
   */
  action?: string;
  /**
   * The hub’s error code: a number of its table, or its own word when it is no number.
   */
  errorCode?: number | string;
  /**
   * Who started it: WALLET, TSP, ISSUER or a new word.
   */
  source?: string;
  /**
   * When this service received it.
   */
  receivedAt: string;
}
/**
 * What came after the operation had ended.
 */
export interface LateEntry {
  /**
   * An amendment fills a gap; a conflict contradicts a final word and waits for a reading or a person.
   */
  kind: 'duplicate' | 'amendment' | 'conflict' | 'unexpected' | 'reading' | 'decision';
  /**
   * When it came.
   */
  at: string;
  change?: Change;
  status?: OperationStatus;
  /**
   * Why a person decided so, or what a reading showed.
   */
  note?: string;
  /**
   * Who decided, or asked for the reading, as the caller said.
   */
  by?: string;
  /**
   * Why the reading was asked for.
   */
  why?: string;
}
/**
 * A look at the card, and what it showed of the token.
 */
export interface LastReading {
  /**
   * When the look began.
   */
  at: string;
  /**
   * The hub answered it with a list that is not empty.
   */
  answered: boolean;
  /**
   * The state of the token in the hub’s own word; absent when it is not listed, and of a card, whose `outcomes` have it.
   */
  status?: string;
}
/**
 * What a person asked of the operation while it ran.
 */
export interface AskedByPerson {
  /**
   * What was asked: to end it (`cancel`), or to look at the hub (`read`).
   */
  kind: 'cancel' | 'read';
  /**
   * When it was asked.
   */
  at: string;
  /**
   * Who asked, as the caller said.
   */
  by?: string;
  /**
   * Why.
   */
  note?: string;
}
/**
 * What to do next about an operation that is not final or needs a person.
 */
export interface Advice {
  /**
   * What to do next, for programs.
   *
   * - `WAIT`: Nothing: it goes on by itself.
   * - `CHECK_WORKERS`: See that a worker runs: without one nothing goes on, and not all that is known is shown.
   * - `CHECK_HUB_CONNECTION`: See to the connection to the hub.
   * - `READ`: Look at the hub now (`read`), then act on what it shows.
   * - `CANCEL_AND_RETRY`: The hub has taken the request, and nothing came of it: end it (`cancel`), then ask once more (`retry`).
   * - `RESOLVE`: Find out what is true, and tell it (`resolve`).
   * - `SECURE_TOKENS`: A token can still pay, or may soon: change it, now.
   * - `CHANGE_REMAINING_TOKENS`: Some tokens of the card are not as wanted: change each of them.
   * - `RETRY`: Ask the hub once more (`retry`), if it is still wanted.
   * - `FOLLOW_RETRY`: It was asked once more: `retriedBy` tells what became of it.
   * - `FOLLOW_NEWER`: A newer operation wants something else: `supersededBy` tells what became of that.
   * - `MEND_CAUSE`: The hub refuses the request as it is: find out why, and change that, before anybody asks once more.
   * - `START_AGAIN`: Start a new operation, if it is still wanted: this one cannot be repeated.
   * - `TELL_CALLER`: Tell the caller what has become known.
   * - `TELL_HUB`: Tell the integration team of the hub.
   * - `CHECK_CALLBACKS`: See what `unexpected` lists.
   * - `NOTHING`: Nothing: the attention explains itself.
   */
  code:
    | 'WAIT'
    | 'CHECK_WORKERS'
    | 'CHECK_HUB_CONNECTION'
    | 'READ'
    | 'CANCEL_AND_RETRY'
    | 'RESOLVE'
    | 'SECURE_TOKENS'
    | 'CHANGE_REMAINING_TOKENS'
    | 'RETRY'
    | 'FOLLOW_RETRY'
    | 'FOLLOW_NEWER'
    | 'MEND_CAUSE'
    | 'START_AGAIN'
    | 'TELL_CALLER'
    | 'TELL_HUB'
    | 'CHECK_CALLBACKS'
    | 'NOTHING';
  /**
   * What to do next, and on which evidence.
   */
  text: string;
}
/**
 * A page of operations.
 */
export interface OperationList {
  /**
   * Newest request first.
   */
  items: ListedOperation[];
  /**
   * For the next page, with the same filters; absent when there is nothing more.
   */
  nextCursor?: string;
  /**
   * More came late than could be looked through: an operation may be missing, or shown without it.
   */
  partial?: true;
}
/**
 * An operation as a list shows it: what is known without asking its workflow.
 */
export interface ListedOperation {
  /**
   * Its address in this API.
   */
  operationId: string;
  /**
   * What the hub sends back in every callback about it.
   */
  correlationId: string;
  /**
   * The issuer, as the hub knows it.
   */
  issuerId: string;
  /**
   * One token, or all tokens of the card.
   */
  scope: 'TOKEN' | 'CARD';
  action: Action;
  /**
   * The funding card: a reference, never its number.
   */
  issuerCardRefId: string;
  /**
   * One token in one wallet, as the hub knows it.
   */
  virtualCardId?: string;
  status: OperationStatus;
  effectiveStatus: OperationStatus;
  /**
   * The status will not change any more.
   */
  final: boolean;
  /**
   * The hub’s error code: a number of its table, or its own word when it is no number.
   */
  errorCode?: number | string;
  attention?: Attention;
  /**
   * When this service took the request.
   */
  requestedAt: string;
  /**
   * From here on it is OVERDUE.
   */
  softDeadlineAt: string;
  /**
   * By then it is final.
   */
  hardDeadlineAt: string;
  /**
   * The operation that it tries again.
   */
  retryOf?: string;
  /**
   * Always empty: get the operation for them.
   */
  outcomes: {
    [k: string]: unknown;
  }[];
  /**
   * Always: told from what Temporal has stored; get the operation for the rest.
   */
  partial: true;
}
/**
 * The tokens of a card, as the hub lists them now.
 */
export interface Tokens {
  /**
   * As the hub lists them; deleted ones may be among them.
   */
  items: Token[];
}
/**
 * One token of a card, as the hub lists it now.
 */
export interface Token {
  /**
   * One token in one wallet, as the hub knows it.
   */
  virtualCardId: string;
  /**
   * The wallet.
   */
  walletProviderId?: string;
  /**
   * DEPLOYMENT_ONGOING, INACTIVE, RESUMED (active), SUSPENDED, DELETED or ERASED; the hub’s own word when it is another.
   */
  status: string;
  device?: ListedDevice;
}
/**
 * What people know the device by; nothing that identifies it.
 */
export interface ListedDevice {
  /**
   * What its owner calls it.
   */
  name?: string;
  /**
   * Who made it.
   */
  manufacturer?: string;
  /**
   * Under which brand it is sold.
   */
  brand?: string;
  /**
   * Which model it is.
   */
  model?: string;
}
/**
 * What happened to a card, in order of time.
 */
export interface Timeline {
  /**
   * In order of time, the newest last.
   */
  items: (OperationItem | ForeignItem | LateItem | RenewalItem)[];
  /**
   * Something may be missing: nobody answered for it, or there is more than one answer holds.
   */
  partial?: true;
}
/**
 * An operation, as it stands now.
 */
export interface OperationItem {
  /**
   * What the item tells of; it decides which fields there are.
   */
  kind: 'operation';
  /**
   * When it was requested.
   */
  at: string;
  /**
   * Its address in this API.
   */
  operationId: string;
  /**
   * One token, or all tokens of the card.
   */
  scope: 'TOKEN' | 'CARD';
  action: Action;
  /**
   * One token in one wallet, as the hub knows it.
   */
  virtualCardId?: string;
  status: OperationStatus;
  effectiveStatus: OperationStatus;
  /**
   * The status will not change any more.
   */
  final: boolean;
  /**
   * The hub’s error code: a number of its table, or its own word when it is no number.
   */
  errorCode?: number | string;
  attention?: Attention;
  /**
   * The operation that it tries again.
   */
  retryOf?: string;
}
/**
 * A change that nobody asked for here.
 */
export interface ForeignItem {
  /**
   * What the item tells of; it decides which fields there are.
   */
  kind: 'foreign';
  /**
   * When it was first heard.
   */
  at: string;
  /**
   * What the hub sends back in every callback about it.
   */
  correlationId: string;
  /**
   * One token in one wallet, as the hub knows it.
   */
  virtualCardId: string;
  /**
   * The wallet.
   */
  walletProviderId?: string;
  /**
   * What happened to the token. New words may come from the hub at any time.
   */
  action?: string;
  /**
   * The hub’s error code: a number of its table, or its own word when it is no number.
   */
  errorCode?: number | string;
  /**
   * Who started it: WALLET, TSP, ISSUER or a new word.
   */
  source?: string;
  /**
   * When it was last heard.
   */
  lastAt?: string;
  /**
   * Copies of it that followed; a lower bound.
   */
  repeats?: number;
}
/**
 * What came after an operation or a foreign change had ended.
 */
export interface LateItem {
  /**
   * What the item tells of; it decides which fields there are.
   */
  kind: 'late';
  /**
   * When it came.
   */
  at: string;
  /**
   * What the hub sends back in every callback about it.
   */
  correlationId: string;
  /**
   * The operation that had ended; absent after a foreign change.
   */
  operationId?: string;
  /**
   * An amendment fills a gap; a conflict contradicts a final word and waits for a reading or a person.
   */
  judged?: 'duplicate' | 'amendment' | 'conflict' | 'unexpected' | 'reading' | 'decision';
  change?: Change;
  status?: OperationStatus;
  /**
   * Why a person decided so, or what a reading showed.
   */
  note?: string;
  /**
   * Who decided, or asked for the reading, as the caller said.
   */
  by?: string;
  /**
   * Why the reading was asked for.
   */
  why?: string;
}
/**
 * A renewal of a token by its TSP.
 */
export interface RenewalItem {
  /**
   * What the item tells of; it decides which fields there are.
   */
  kind: 'renewal';
  /**
   * When it was first heard.
   */
  at: string;
  /**
   * One token in one wallet, as the hub knows it.
   */
  virtualCardId: string;
  /**
   * What the hub sends back in every callback about it.
   */
  correlationId: string;
  /**
   * Present when it is about the auxiliary token of a co-badged pair.
   */
  isPrimary?: false;
  /**
   * Whether the TSP renewed the token.
   */
  result: 'RENEWED' | 'FAILED';
  /**
   * The hub’s error code: a number of its table, or its own word when it is no number.
   */
  errorCode?: number | string;
  /**
   * When it was first heard.
   */
  firstAt: string;
  /**
   * When it was last heard.
   */
  lastAt: string;
  /**
   * Copies of it that followed; a lower bound.
   */
  repeats: number;
}
/**
 * Which tokens of a card were renewed, and which were not heard of.
 */
export interface Renewals {
  /**
   * The funding card: a reference, never its number.
   */
  issuerCardRefId: string;
  /**
   * Expected tokens, and those that were heard of.
   */
  tokens: {
    /**
     * One token in one wallet, as the hub knows it.
     */
    virtualCardId: string;
    /**
     * The card lists it in a state in which the TSP tells of renewals.
     */
    expected: boolean;
    /**
     * In order of arrival; empty: not heard of.
     */
    renewals: Renewal[];
  }[];
  /**
   * More is waited for.
   */
  open: boolean;
  attention?: Attention;
  /**
   * How many more there were.
   */
  omitted?: number;
  /**
   * Something may be missing: not every run could be asked.
   */
  partial?: true;
}
/**
 * One renewal of one token by its TSP.
 */
export interface Renewal {
  /**
   * What the hub sends back in every callback about it.
   */
  correlationId: string;
  /**
   * Present when it is about the auxiliary token of a co-badged pair.
   */
  isPrimary?: false;
  /**
   * Whether the TSP renewed the token.
   */
  result: 'RENEWED' | 'FAILED';
  /**
   * The hub’s error code: a number of its table, or its own word when it is no number.
   */
  errorCode?: number | string;
  /**
   * When it was first heard.
   */
  firstAt: string;
  /**
   * When it was last heard.
   */
  lastAt: string;
  /**
   * Copies of it that followed; a lower bound.
   */
  repeats: number;
}
export interface Alive {
  alive: true;
}
export interface Ready {
  ready: true;
  details?: ReadinessDetails;
}
/**
 * For whoever has to mend something.
 */
export interface ReadinessDetails {
  /**
   * What is wrong with the Temporal namespace, and what to run.
   */
  temporal?: string[];
  /**
   * Why no worker polls.
   */
  worker?: string[];
  /**
   * Absent while it is not known.
   */
  clock?: {
    /**
     * The clock of this machine minus that of Temporal, in milliseconds, as far as it is certain; negative: it is behind.
     */
    offsetMs: number;
  };
}
export interface NotReady {
  ready: false;
  /**
   * What does not serve: temporal, worker, callbacks …
   *
   * @minItems 1
   */
  notReady: string[];
  details?: ReadinessDetails;
}
/**
 * Why a request was not carried out (RFC 9457).
 */
export interface Problem {
  /**
   * Leads to the heading of the code on the page of errors.
   */
  type: string;
  /**
   * The code in words, for people; the same for each code.
   */
  title: string;
  /**
   * The HTTP status of the answer.
   */
  status: number;
  /**
   * What programs decide by; it never changes its meaning.
   */
  code:
    | 'malformed_request'
    | 'malformed_json'
    | 'invalid_request'
    | 'idempotency_key_missing'
    | 'idempotency_key_malformed'
    | 'card_resume_refused'
    | 'path_not_found'
    | 'issuer_not_found'
    | 'operation_not_found'
    | 'card_not_found'
    | 'method_not_allowed'
    | 'request_timeout'
    | 'operation_already_final'
    | 'operation_not_retryable'
    | 'body_too_large'
    | 'unsupported_media_type'
    | 'idempotency_key_reused'
    | 'headers_too_large'
    | 'internal_error'
    | 'hub_refused'
    | 'hub_unavailable'
    | 'temporal_unavailable';
  /**
   * Whether the same request, unchanged, can succeed later.
   */
  recoverable: boolean;
  /**
   * For people; may be worded anew.
   */
  detail: string;
  /**
   * Each field at fault and the rule that it breaks, never its value.
   */
  errors?: {
    /**
     * A field of the body, a parameter or a part of the path; `(unknown)` for a name that may not be shown.
     */
    field: string;
    /**
     * The rule that it breaks, for people; may be worded anew.
     */
    rule: string;
  }[];
}
/**
 * Operations of an issuer, newest request first
 */
export interface OperationFilter {
  /**
   * The recorded status: what came late does not change it.
   */
  status?:
    | 'REQUESTED'
    | 'AWAITING_CALLBACK'
    | 'OVERDUE'
    | 'CONFIRMED'
    | 'PARTIALLY_CONFIRMED'
    | 'FAILED'
    | 'REJECTED'
    | 'UNKNOWN'
    | 'CANCELLED'
    | 'SUPERSEDED';
  /**
   * What was to be done.
   */
  action?: 'SUSPEND' | 'RESUME' | 'DELETE';
  /**
   * One token, or all tokens of a card.
   */
  scope?: 'TOKEN' | 'CARD';
  /**
   * The funding card: its `issuerCardRefId`.
   */
  card?: string;
  /**
   * The token: its `virtualCardId`.
   */
  virtualCard?: string;
  /**
   * Why a person should look, with what came late.
   */
  attention?:
    | 'CONFLICT'
    | 'TOKEN_EXPOSED'
    | 'TERMINATED'
    | 'UNKNOWN_OUTCOME'
    | 'NEVER_SENT'
    | 'OVERDUE'
    | 'HUB_UNREACHABLE'
    | 'UNEXPECTED_CALLBACK'
    | 'OTHER_SUSPENDER'
    | 'RENEWAL_FAILED'
    | 'LATE_AMENDMENT'
    | 'ID_TAKEN'
    | 'CARD_DATA_SEEN';
  /**
   * Requested at this time or later.
   */
  from?: string;
  /**
   * Requested before this time.
   */
  to?: string;
  /**
   * `nextCursor` of the page before, which had the same filters.
   */
  cursor?: string;
  /**
   * The most operations of a page; 20 without it. A page may have fewer and not be the last.
   */
  limit?: number;
}

/** Why a request was refused; `/docs/errors` of the service has a heading for each. */
export const PROBLEM_CODES = [
  'malformed_request',
  'malformed_json',
  'invalid_request',
  'idempotency_key_missing',
  'idempotency_key_malformed',
  'card_resume_refused',
  'path_not_found',
  'issuer_not_found',
  'operation_not_found',
  'card_not_found',
  'method_not_allowed',
  'request_timeout',
  'operation_already_final',
  'operation_not_retryable',
  'body_too_large',
  'unsupported_media_type',
  'idempotency_key_reused',
  'headers_too_large',
  'internal_error',
  'hub_refused',
  'hub_unavailable',
  'temporal_unavailable',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];
export type FieldError = NonNullable<Problem['errors']>[number];
