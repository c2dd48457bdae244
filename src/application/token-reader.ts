import type { ErrorCode } from '../domain/hub/change.js';
import type { ListedToken } from '../domain/hub/reading.js';
import { toTokenState } from '../domain/hub/token-state.js';

/** What people know a device by. What identifies it (serial number, storage id) is not read. */
export interface ListedDevice {
  readonly name?: string;
  readonly manufacturer?: string;
  readonly brand?: string;
  readonly model?: string;
}

/** A token with the device that holds it. For answers only: what workflows read is {@link ListedToken}. */
export interface DescribedToken extends ListedToken {
  readonly device?: ListedDevice;
}

/** What the hub says of the tokens of a card, when it is asked for a caller who waits. */
export type CardTokens =
  | { readonly kind: 'listed'; readonly tokens: readonly DescribedToken[] }
  /** It knows no such card, or no token of it. */
  | { readonly kind: 'unknown-card' }
  /** It does not answer such a request, and would not if it were repeated. */
  | { readonly kind: 'refused'; readonly httpStatus: number; readonly errorCode: ErrorCode }
  /** No answer that says anything, or none was asked for. The cause is a short code for logs. */
  | { readonly kind: 'unavailable'; readonly cause: string; readonly retryInMs?: number };

/** Asks the hub about a card now, once, and within the time that one exchange may take. */
export interface TokenReader {
  listTokens(
    card: { readonly issuerId: string; readonly issuerCardRefId: string },
    signal?: AbortSignal,
  ): Promise<CardTokens>;
}

/** A token as the API shows it. */
export interface TokenView {
  readonly virtualCardId: string;
  readonly walletProviderId?: string;
  /** One of the states that the hub names, or the hub's own word when we do not know it. */
  readonly status: string;
  readonly device?: ListedDevice;
}

/** @param toKept what is shown in place of a reference (I6) */
export function toTokenView(
  { virtualCardId, walletProviderId, status, device }: DescribedToken,
  toKept: (reference: string) => string,
): TokenView {
  return {
    virtualCardId: toKept(virtualCardId),
    ...(walletProviderId !== undefined && { walletProviderId }),
    status: toTokenState(status) ?? status,
    ...(device !== undefined && { device }),
  };
}
