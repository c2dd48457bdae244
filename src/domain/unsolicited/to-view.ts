import { mostUrgent, type AttentionReason } from '../report/attention.js';
import type { MergedRenewals } from './merge.js';
import { attentionOf, type TokenRenewals } from './state.js';

/** The renewals of a card's tokens as the API shows them, over all runs that the namespace still knows. */
export interface RenewalsView {
  readonly issuerCardRefId: string;
  /** Also expected tokens that nobody has heard of; empty when nobody has heard of any token of the card. */
  readonly tokens: readonly TokenRenewals[];
  /** A workflow is running that waits for more. */
  readonly open: boolean;
  readonly attention?: AttentionReason;
  /** How many more there were that are not in the lists; they are in the workflows' histories. */
  readonly omitted?: number;
  /** Something may be missing: a run was not told of, because no worker answered or it cannot be searched for. */
  readonly partial?: true;
}

export function toRenewalsView(
  { tokens, omitted, ...rest }: MergedRenewals,
  about: {
    readonly issuerCardRefId: string;
    readonly open: boolean;
    readonly partial: boolean;
    /** What the server shows of runs that nobody tells of. */
    readonly attentionOfUntold: readonly AttentionReason[];
  },
): RenewalsView {
  const told = attentionOf({ tokens, ...rest });
  const attention = mostUrgent([...(told === undefined ? [] : [told]), ...about.attentionOfUntold]);
  return {
    issuerCardRefId: about.issuerCardRefId,
    tokens,
    open: about.open,
    ...(attention !== undefined && { attention }),
    ...(omitted > 0 && { omitted }),
    ...(about.partial && { partial: true }),
  };
}
