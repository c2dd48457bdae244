/** What to do next about an operation, code by code: a closed list, which programs may depend on. */
export const ADVICE_MEANINGS = {
  WAIT: 'Nothing: it goes on by itself.',
  CHECK_WORKERS: 'See that a worker runs: without one nothing goes on, and not all that is known is shown.',
  CHECK_HUB_CONNECTION: 'See to the connection to the hub.',
  READ: 'Look at the hub now (`read`), then act on what it shows.',
  CANCEL_AND_RETRY:
    'The hub has taken the request, and nothing came of it: end it (`cancel`), then ask once more (`retry`).',
  RESOLVE: 'Find out what is true, and tell it (`resolve`).',
  SECURE_TOKENS: 'A token can still pay, or may soon: change it, now.',
  CHANGE_REMAINING_TOKENS: 'Some tokens of the card are not as wanted: change each of them.',
  RETRY: 'Ask the hub once more (`retry`), if it is still wanted.',
  FOLLOW_RETRY: 'It was asked once more: `retriedBy` tells what became of it.',
  FOLLOW_NEWER: 'A newer operation wants something else: `supersededBy` tells what became of that.',
  MEND_CAUSE:
    'The hub refuses the request as it is: find out why, and change that, before anybody asks once more.',
  START_AGAIN: 'Start a new operation, if it is still wanted: this one cannot be repeated.',
  TELL_CALLER: 'Tell the caller what has become known.',
  TELL_HUB: 'Tell the integration team of the hub.',
  CHECK_CALLBACKS: 'See what `unexpected` lists.',
  NOTHING: 'Nothing: the attention explains itself.',
} as const;

export type AdviceCode = keyof typeof ADVICE_MEANINGS;

export const ADVICE_CODES = Object.keys(ADVICE_MEANINGS) as readonly AdviceCode[];

/** What to do next, and a sentence that says on which evidence. */
export interface Advice {
  readonly code: AdviceCode;
  readonly text: string;
}
