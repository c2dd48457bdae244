import type { AttentionReason } from '../../domain/report/attention.js';
import type { OperationStatus } from '../../domain/report/status.js';

/** What each status says to a caller. README.md has the same words. */
export const STATUS_MEANINGS: Readonly<Record<OperationStatus, string>> = {
  REQUESTED: 'The hub has not taken the request yet; it is sent until the hub answers.',
  AWAITING_CALLBACK: 'The hub has taken the request; its callback is waited for.',
  OVERDUE: 'The soft deadline has passed without a result; the card is read, and the wait goes on.',
  CONFIRMED: 'Done: the token, or every expected token of the card, is as asked.',
  PARTIALLY_CONFIRMED:
    'Of a card: some tokens are as asked, but not all, or one is left that can pay or may become able to.',
  FAILED:
    'Not done: the hub took the request and it came to nothing; or (`NEVER_SENT`) the hub took none until the hard deadline.',
  REJECTED: 'Not done: the hub answered the request itself with a refusal, whose code is `errorCode`.',
  UNKNOWN: 'Nothing proves whether it was done; a person finds out.',
  CANCELLED: 'Ended by request before anything was sent.',
  SUPERSEDED: 'Not sent: a newer operation, `supersededBy`, wanted something else before.',
};

/** Why a person should look. What to do about each is in docs/operations.md. */
export const ATTENTION_MEANINGS: Readonly<Record<AttentionReason, string>> = {
  CONFLICT: 'The hub contradicted itself: two callbacks, or a callback and two readings.',
  TOKEN_EXPOSED:
    'A card or a token was to be suspended or deleted, and a token can still pay, or may become able to.',
  TERMINATED: 'Somebody ended the workflow, or the child that sends, by hand, or a bug did.',
  UNKNOWN_OUTCOME:
    'The hard deadline passed, or it was cancelled, and neither a callback nor a reading settled it.',
  NEVER_SENT:
    'No request was taken by the hub until the hard deadline: none left us, or it put off every one. Nothing was done.',
  OVERDUE: 'No result by the soft deadline. Readings go on by themselves.',
  HUB_UNREACHABLE:
    'No answer from the hub for a minute; of a whole card, neither yes nor no. Sending goes on by itself.',
  UNEXPECTED_CALLBACK: "A callback with this operation's id named another token or action.",
  OTHER_SUSPENDER: 'A RESUME succeeded, but the token is still suspended by somebody else.',
  RENEWAL_FAILED: 'The TSP could not renew a token, and no later success of the same token has come.',
  LATE_AMENDMENT: 'A late callback filled a gap; `effectiveStatus` follows it.',
  ID_TAKEN: "The first id of the request was held by somebody else's change.",
  CARD_DATA_SEEN: 'A reference in a callback looked like a card number; only its hash was stored.',
};

/** A list in Markdown for the description of an enum: one line for each of its words. */
export function toList(meanings: Readonly<Record<string, string>>): string {
  return Object.entries(meanings)
    .map(([word, meaning]) => `- \`${word}\`: ${meaning}`)
    .join('\n');
}
