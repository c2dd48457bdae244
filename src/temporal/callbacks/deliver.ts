import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { SearchAttributePair } from '@temporalio/common';
import type { VirtualCardChange } from '../../domain/hub/change.js';
import { isRenewal } from '../../domain/unsolicited/index.js';
import type { WorkflowScope } from '../../contract/search-attributes.js';
import { toShortText } from '../../domain/report/short-text.js';
import { ownerWorkflowId } from '../../contract/workflow-ids.js';
import { toIndexedText } from '../../references/indexed-text.js';
import type { cardRenewals, foreignChange, lateChange } from '../../../workflows/index.js';
import { toLateChangeStart, type LateSettings } from './late-start.js';
import { renewalsWorkflowId, toCardRenewalsStart, type RenewalSettings } from './renewals-start.js';
import { virtualCardChangedSignal } from '../../contract/messages.js';
import {
  actionKey,
  attentionKey,
  cardKey,
  errorCodeKey,
  issuerKey,
  scopeKey,
  virtualCardKey,
} from '../../contract/search-attributes.js';

export interface DeliverySettings extends LateSettings, RenewalSettings {
  readonly foreignQuietMs: number;
}

/** Whom a callback is for: only so many for the same one are stored at a time. */
export function recipientOf(issuerId: string, change: VirtualCardChange): string {
  return isRenewal(change)
    ? renewalsWorkflowId(issuerId, change)
    : ownerWorkflowId(issuerId, change.correlationId);
}

/**
 * Stores one callback with the owner of its correlation id: one call in the common case, and never a question first,
 * since the answer could be out of date before it is used (design section 4).
 */
export async function deliverChange(
  client: Client,
  settings: DeliverySettings,
  { issuerId, change }: { issuerId: string; change: VirtualCardChange },
): Promise<void> {
  const { correlationId } = change;
  const signal = { signal: virtualCardChangedSignal, signalArgs: [change] as [VirtualCardChange] };
  if (isRenewal(change)) {
    // Whatever its correlation id: no request of ours asks for a renewal.
    await client.workflow.signalWithStart<typeof cardRenewals, [VirtualCardChange]>('cardRenewals', {
      ...signal,
      ...toCardRenewalsStart(settings, { issuerId, change }),
    });
    return;
  }
  try {
    // A running owner of any type takes the signal; an id that was never seen becomes a foreign change.
    await client.workflow.signalWithStart<typeof foreignChange, [VirtualCardChange]>('foreignChange', {
      ...signal,
      taskQueue: settings.taskQueue,
      workflowId: ownerWorkflowId(issuerId, correlationId),
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      args: [{ issuerId, correlationId, quietMs: settings.foreignQuietMs }],
      typedSearchAttributes: toSearchAttributes('FOREIGN', issuerId, change),
      staticSummary: `${toActionName(change)} of token ${toShortText(change.virtualCardId)}, not asked for by us`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    await client.workflow.signalWithStart<typeof lateChange, [VirtualCardChange]>('lateChange', {
      ...signal,
      ...toLateChangeStart(settings, { issuerId, correlationId }),
      typedSearchAttributes: toSearchAttributes('LATE', issuerId, change),
      staticSummary: `late: ${toActionName(change)} of token ${toShortText(change.virtualCardId)}`,
    });
  }
}

function toActionName({ action }: VirtualCardChange): string {
  return action === undefined ? 'change' : toShortText(action);
}

function toSearchAttributes(
  scope: WorkflowScope,
  issuerId: string,
  change: VirtualCardChange,
): SearchAttributePair[] {
  const pairs: SearchAttributePair[] = [
    { key: issuerKey, value: issuerId },
    { key: scopeKey, value: scope },
    { key: virtualCardKey, value: toIndexedText(change.virtualCardId) },
  ];
  if (change.action !== undefined) pairs.push({ key: actionKey, value: toIndexedText(change.action) });
  if (change.issuerCardRefId !== undefined) {
    pairs.push({ key: cardKey, value: toIndexedText(change.issuerCardRefId) });
  }
  if (typeof change.errorCode === 'number') pairs.push({ key: errorCodeKey, value: change.errorCode });
  if (change.cardDataSeen === true) pairs.push({ key: attentionKey, value: 'CARD_DATA_SEEN' });
  return pairs;
}
