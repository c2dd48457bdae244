import { toShownChange, type ErrorCode, type ShownChange } from '../hub/change.js';
import type { ForeignChange } from '../unsolicited/foreign-change.js';
import type { LateArrival } from '../late/index.js';
import type { RenewalsView } from '../unsolicited/to-view.js';
import type { Renewal } from '../unsolicited/index.js';
import type { LateEntry, ListedOperation } from './report.js';

/** What happened to a card, in order of time: what was asked for here, what others did, what came late, what was renewed. */
export interface Timeline {
  readonly items: readonly TimelineItem[];
  /** Something may be missing or is told only in part: nobody answered for it, or there is more than one answer holds. */
  readonly partial?: true;
}

export type TimelineItem = OperationItem | ForeignItem | LateItem | RenewalItem;

/** An operation, at the time of its request, as it stands now. */
export type OperationItem = Pick<
  ListedOperation,
  | 'operationId'
  | 'scope'
  | 'action'
  | 'virtualCardId'
  | 'status'
  | 'effectiveStatus'
  | 'final'
  | 'errorCode'
  | 'attention'
  | 'retryOf'
> & { readonly kind: 'operation'; readonly at: string };

/** A change that no operation of ours asked for. `lastAt` and `repeats` tell of copies; absent when nobody tells. */
export interface ForeignItem {
  readonly kind: 'foreign';
  readonly at: string;
  readonly correlationId: string;
  readonly virtualCardId: string;
  readonly walletProviderId?: string;
  readonly action?: string;
  readonly errorCode?: ErrorCode;
  readonly source?: string;
  readonly lastAt?: string;
  readonly repeats?: number;
}

/** What came after an operation had ended, or after a foreign change had closed: then without `operationId` and `judged`. */
export interface LateItem extends Omit<LateEntry, 'kind'> {
  readonly kind: 'late';
  readonly correlationId: string;
  readonly operationId?: string;
  /** What it means for the operation; absent when nobody tells. */
  readonly judged?: LateEntry['kind'];
  readonly change?: ShownChange;
}

export interface RenewalItem extends Renewal {
  readonly kind: 'renewal';
  readonly at: string;
  readonly virtualCardId: string;
}

/** So many items make an answer, the newest ones. */
export const MOST_ITEMS = 1_000;

/** Whose words belong to the card. */
export interface CardTokensKnown {
  readonly issuerCardRefId: string;
  /** Its tokens, as far as they are known: of callbacks that name no card, those on them are the card's. */
  readonly virtualCardIds: ReadonlySet<string>;
}

export function toTimeline(items: readonly TimelineItem[], isPartial: boolean): Timeline {
  const inOrder = items.toSorted((left, right) => compare(left.at, right.at));
  return {
    items: inOrder.slice(-MOST_ITEMS),
    ...((isPartial || items.length > MOST_ITEMS) && { partial: true }),
  };
}

export function toOperationItem(operation: ListedOperation): OperationItem {
  const { errorCode, attention, virtualCardId, retryOf } = operation;
  return {
    at: operation.requestedAt,
    kind: 'operation',
    operationId: operation.operationId,
    scope: operation.scope,
    action: operation.action,
    ...(virtualCardId !== undefined && { virtualCardId }),
    status: operation.status,
    effectiveStatus: operation.effectiveStatus,
    final: operation.final,
    ...(errorCode !== undefined && { errorCode }),
    ...(attention !== undefined && { attention }),
    ...(retryOf !== undefined && { retryOf }),
  };
}

/** Each word of a foreign change on a token of the card. */
export function toForeignItems(
  { correlationId, tokens }: ForeignChange,
  card: CardTokensKnown,
): readonly ForeignItem[] {
  return tokens
    .filter((token) => isOfCard(token, card))
    .flatMap(({ virtualCardId, walletProviderId, changes }) =>
      changes.map(({ key: _key, firstAt, ...step }): ForeignItem => ({
        at: firstAt,
        kind: 'foreign',
        correlationId,
        virtualCardId,
        ...(walletProviderId !== undefined && { walletProviderId }),
        ...step,
      })),
    );
}

/** What came late to an operation, as it was judged. */
export function toLateItems(operationId: string, entries: readonly LateEntry[]): readonly LateItem[] {
  return entries.map(({ kind, ...entry }) => ({
    ...entry,
    kind: 'late',
    correlationId: operationId,
    operationId,
    judged: kind,
  }));
}

/** What came after a foreign change had closed: nothing that it could contradict. */
export function toLateForeignItems(
  correlationId: string,
  arrivals: readonly LateArrival[],
  card: CardTokensKnown,
): readonly LateItem[] {
  return arrivals.flatMap((arrival) =>
    arrival.kind === 'word' && isOfCard(arrival.change, card)
      ? [
          {
            at: arrival.change.receivedAt,
            kind: 'late',
            correlationId,
            change: toShownChange(arrival.change),
          },
        ]
      : [],
  );
}

export function toRenewalItems({ tokens }: RenewalsView): readonly RenewalItem[] {
  return tokens.flatMap(({ virtualCardId, renewals }) =>
    renewals.map((renewal): RenewalItem => ({
      at: renewal.firstAt,
      kind: 'renewal',
      virtualCardId,
      ...renewal,
    })),
  );
}

function isOfCard(
  { issuerCardRefId, virtualCardId }: { issuerCardRefId?: string; virtualCardId: string },
  card: CardTokensKnown,
): boolean {
  return issuerCardRefId === undefined
    ? card.virtualCardIds.has(virtualCardId)
    : issuerCardRefId === card.issuerCardRefId;
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
