import type { SearchAttributePair } from '@temporalio/common';
import type { VirtualCardChange } from '../../domain/hub/change.js';
import { toShortText } from '../../domain/report/short-text.js';
import { attentionOf, beginRenewals, recordRenewal } from '../../domain/unsolicited/index.js';
import { cardRenewalsWorkflowId, tokenRenewalsWorkflowId } from '../../contract/workflow-ids.js';
import { toIndexedText } from '../../references/indexed-text.js';
import type { CardRenewalsInput } from '../../../workflows/card-renewals.js';
import {
  actionKey,
  attentionKey,
  cardKey,
  issuerKey,
  scopeKey,
  virtualCardKey,
} from '../../contract/search-attributes.js';

export interface RenewalSettings {
  readonly taskQueue: string;
  readonly renewalQuietMs: number;
  readonly hubTimeoutMs: number;
  readonly policy: { readonly readIntervalMs: number };
}

/** Who follows the renewal that this callback tells of: the one of its card, or of the token when no card is named. */
export function renewalsWorkflowId(
  issuerId: string,
  { issuerCardRefId, virtualCardId }: VirtualCardChange,
): string {
  return issuerCardRefId === undefined
    ? tokenRenewalsWorkflowId(issuerId, toIndexedText(virtualCardId))
    : cardRenewalsWorkflowId(issuerId, toIndexedText(issuerCardRefId));
}

/** How `cardRenewals` is started, or found running, for a callback that tells of a renewal. */
export function toCardRenewalsStart(
  { taskQueue, renewalQuietMs, hubTimeoutMs, policy }: RenewalSettings,
  { issuerId, change }: { issuerId: string; change: VirtualCardChange },
) {
  const { issuerCardRefId, virtualCardId } = change;
  const input: CardRenewalsInput = {
    issuerId,
    ...(issuerCardRefId !== undefined && { issuerCardRefId }),
    quietMs: renewalQuietMs,
    readIntervalMs: policy.readIntervalMs,
    hubTimeoutMs,
  };
  return {
    workflowId: renewalsWorkflowId(issuerId, change),
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    args: [input] as [CardRenewalsInput],
    typedSearchAttributes: toSearchAttributes(issuerId, change),
    staticSummary:
      issuerCardRefId === undefined
        ? `renewals of token ${toShortText(virtualCardId)}`
        : `renewals of card ${toShortText(issuerCardRefId)}`,
  } as const;
}

/** A card has several tokens, so that only what follows one token alone names it. */
function toSearchAttributes(issuerId: string, change: VirtualCardChange): SearchAttributePair[] {
  const { issuerCardRefId, virtualCardId } = change;
  const attention = attentionOf(recordRenewal(beginRenewals({ issuerId }, 0), change, 0));
  return [
    { key: issuerKey, value: issuerId },
    { key: scopeKey, value: 'RENEWAL' },
    { key: actionKey, value: 'RENEW' },
    issuerCardRefId === undefined
      ? { key: virtualCardKey, value: toIndexedText(virtualCardId) }
      : { key: cardKey, value: toIndexedText(issuerCardRefId) },
    // So that a first word that is a failure is seen even while no worker runs.
    ...(attention === undefined ? [] : [{ key: attentionKey, value: attention }]),
  ];
}
