import { isWantedStatus, type Action } from './token-state.js';

/** One token as `getCardInfo` lists it (contract 2.3). */
export interface ListedToken {
  readonly virtualCardId: string;
  /** The hub's `status`, raw: the list of values is open. */
  readonly status: string;
  readonly walletProviderId?: string;
}

/** What a look at `getCardInfo` came to. `listed`: the answer was 200 and well formed; the list may still be empty. */
export type Reading =
  { readonly kind: 'listed'; readonly tokens: readonly ListedToken[] } | { readonly kind: 'failed' };

/** What a reading says about one token. */
export type Sighting =
  /** The state that the operation wanted. */
  | { readonly kind: 'wanted'; readonly status: string }
  /** Another state, or one that we do not know. */
  | { readonly kind: 'other'; readonly status: string }
  /** A complete list that lacks the token. */
  | { readonly kind: 'absent' }
  /** No answer, an error, or an empty list: it proves nothing. */
  | { readonly kind: 'nothing' };

/** What a reading says about one token: a list is complete when it is not empty (design 5.2). */
export function sightingOf(reading: Reading, token: { virtualCardId: string; action: Action }): Sighting {
  if (reading.kind === 'failed' || reading.tokens.length === 0) return { kind: 'nothing' };
  const listed = reading.tokens.find((candidate) => candidate.virtualCardId === token.virtualCardId);
  if (listed === undefined) return { kind: 'absent' };
  return { kind: isWantedStatus(token.action, listed.status) ? 'wanted' : 'other', status: listed.status };
}
