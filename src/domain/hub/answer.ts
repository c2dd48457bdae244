import type { ErrorCode } from './change.js';

/** What one attempt at `updateCardState` came to (design 5.1). */
export type Answer = AttemptEnd & {
  /** Made by a run that was reset by hand: what the history had sent before, it does not know, so this may not be the first. */
  readonly afterReset?: true;
};

type AttemptEnd =
  /** The hub took the request; the result comes by callback. */
  | { readonly kind: 'accepted' }
  /** The hub answered that it cannot now. `effect` says whether it may have done something all the same. */
  | {
      readonly kind: 'again';
      readonly effect: 'none' | 'possible';
      readonly errorCode?: ErrorCode;
      readonly retryAfterMs?: number;
    }
  /** The request left, and no answer came back: a time-out, a broken connection, a lost worker. */
  | { readonly kind: 'unanswered' }
  /** The hub refused. What that means depends on the code and on whether an earlier attempt may have had an effect. */
  | { readonly kind: 'refused'; readonly errorCode?: ErrorCode; readonly httpStatus: number }
  /** Nothing left this machine, and nothing will: the attempt was cancelled or the hard deadline came first. */
  | { readonly kind: 'not-sent' }
  /** Nothing left, because a newer operation wants something else of the same token (design 5.1, last intent wins). */
  | { readonly kind: 'superseded'; readonly by: string };

/** The type of the failure with which the activity says that nothing left this machine, and that it may be tried again. */
export const NOTHING_LEFT = 'NOTHING_LEFT';
