/** What to do next about an operation: a closed list, which programs may depend on. */
export const ADVICE_CODES = [
  /** Nothing: it goes on by itself. */
  'WAIT',
  /** See that a worker runs: without one nothing goes on, and not all that is known is shown. */
  'CHECK_WORKERS',
  /** See to the connection to the hub. */
  'CHECK_HUB_CONNECTION',
  /** Look at the hub now (`read`), then act on what it shows. */
  'READ',
  /** Find out what is true, and tell it (`resolve`). */
  'RESOLVE',
  /** Tokens of the card can still pay: change each of them, now. */
  'SECURE_TOKENS',
  /** Some tokens of the card are not as wanted: change each of them. */
  'CHANGE_REMAINING_TOKENS',
  /** Ask the hub once more (`retry`), if it is still wanted. */
  'RETRY',
  /** It was asked once more: `retriedBy` tells what became of it. */
  'FOLLOW_RETRY',
  /** A newer operation wants something else: `supersededBy` tells what became of that. */
  'FOLLOW_NEWER',
  /** The hub refuses the request as it is: find out why, and change that, before anybody asks once more. */
  'MEND_CAUSE',
  /** A new operation, if it is still wanted: this one cannot be repeated. */
  'START_AGAIN',
  /** Tell the caller what has become known. */
  'TELL_CALLER',
  /** Tell the integration team of the hub. */
  'TELL_HUB',
  /** See what `unexpected` lists. */
  'CHECK_CALLBACKS',
  /** Nothing: the attention explains itself. */
  'NOTHING',
] as const;

export type AdviceCode = (typeof ADVICE_CODES)[number];

/** What to do next, and a sentence that says on which evidence. */
export interface Advice {
  readonly code: AdviceCode;
  readonly text: string;
}
