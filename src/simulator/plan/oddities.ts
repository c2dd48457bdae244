/** How an operation can go wrong, or look odd, when a seed is set. docs/simulator.md repeats it, word by word. */
export const answerOddities = {
  'other-2xx': 'Accepted with 202 or 204.',
  'body-code': 'Accepted with a 200 whose body says responseCode 0 or 200.',
  'slow-answer':
    'Accepted, and the answer comes 100 to 900 ms late; effect and callbacks do not wait for it.',
  'turned-away-5xx': 'A first request gets 500, 502, 503 or 504, without an effect.',
  'turned-away-429': 'A first request gets 429 with Retry-After, without an effect.',
  'turned-away-321': 'A first request is refused with 321, without an effect.',
  'turned-away-hang': 'A first request is never answered and has no effect.',
  'turned-away-break': 'The connection of a first request is destroyed, without an effect.',
  'turned-away-front':
    'A first request is answered by something in front (a page, a redirection, JSON of its own), without an effect.',
  'answer-lost-5xx': 'Taken on, with all that follows, but answered 500, 502, 503 or 504.',
  'answer-lost-hang': 'Taken on, with all that follows, but never answered.',
  'answer-lost-break':
    'Taken on, with all that follows, but the connection is destroyed instead of an answer.',
  'answer-lost-front': 'Taken on, with all that follows, but answered by something in front.',
  packed: 'What the hub answers is in gzip, called so or not, or is called gzip, HTML and UTF-16.',
  refused: 'Refused for good: 400 with 432, 160, 119, 111 or 113, or 200 whose body says 111.',
  'never-accepted': 'Every request gets 503, or is answered by something in front.',
} as const;

/** The same for what follows once a request is taken on. An operation has one of the first ten at most. */
export const callbackOddities = {
  'callback-lost': 'Done, but no callback says so.',
  silent: 'No effect, and no callback.',
  'success-then-failure': 'A callback of success and one with a final error code; done, or not.',
  'failure-then-success': 'A callback with a final error code and one of success; done, or not.',
  '221-then-success': 'Done, with a callback that says 221 and one of success.',
  'success-then-221': 'Done, with a callback of success and one that says 221.',
  '221-alone': 'The only callback says 221; done, or not.',
  'proves-nothing': 'The only callback says 322, 323, 911 or 921; done, or not.',
  fails: 'No effect; the callback has a final error code, a number or a text.',
  'pair-disagrees':
    'Done; a callback of success for the primary token, one that failed for the auxiliary one.',
  pair: 'A second callback says the same with isPrimary false.',
  repeated: 'A callback is sent twice or three times, within half a second, or at the same moment.',
  delayed: 'The callbacks come 300 to 1500 ms late, possibly after those of a later operation.',
  early: 'Effect and first callback come before the answer.',
  reversed: 'The callbacks go out in reverse order.',
  'spelled-differently': 'Codes as texts, with blanks, null, 0 or ""; actions in lower case.',
  'unknown-fields': 'A callback has fields and values that nobody announced.',
  'unknown-action': 'One more callback for the token, with another action or one that nobody knows.',
  'from-app': 'A DELETE is called back as DELETE_FROM_APP as well.',
  'stranger-token': 'One more callback under the same correlation id, for a token that nobody knows.',
  'stranger-correlation': 'One more callback for the token, under a correlation id that nobody knows.',
  'stranger-turns': 'Also SUSPEND, RESUME, SUSPEND for the token, in this order, under one unknown id.',
} as const;

/** How a reading can. Whatever it lists is so. */
export const readingOddities = {
  'reading-fails': 'getCardInfo answers 500, 502, 503 or 504.',
  'reading-slow': 'getCardInfo answers 100 to 900 ms late.',
  'reading-empty': 'getCardInfo answers an empty list.',
  'reading-unknown-fields': 'getCardInfo lists fields that nobody announced.',
  'reading-front': 'Something in front answers in the place of getCardInfo.',
  'reading-packed': 'getCardInfo answers in gzip, called so or not, or is called gzip, HTML and UTF-16.',
} as const;

export type AnswerOddity = keyof typeof answerOddities;
export type CallbackOddity = keyof typeof callbackOddities;
export type Oddity = AnswerOddity | CallbackOddity;
export type ReadingOddity = keyof typeof readingOddities;

/** Both words are sent, and only the plan says which is true. */
export const contradictions: readonly Oddity[] = [
  'success-then-failure',
  'failure-then-success',
  'pair-disagrees',
];
