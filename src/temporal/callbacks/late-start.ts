import type { SearchAttributePair } from '@temporalio/common';
import { lateWorkflowId } from '../../contract/workflow-ids.js';
import type { LateChangeInput } from '../../../workflows/late-change.js';
import { actionKey, cardKey, issuerKey, scopeKey, virtualCardKey } from '../../contract/search-attributes.js';
import type { OperationRef } from '../../application/gateway.js';
import type { OperationMemo } from '../operations/start-options.js';

export interface LateSettings {
  readonly taskQueue: string;
  readonly lateQuietMs: number;
  readonly hubTimeoutMs: number;
}

/** How `lateChange` is started, or found running, for an owner that has closed. */
export function toLateChangeStart(
  { taskQueue, lateQuietMs, hubTimeoutMs }: LateSettings,
  { issuerId, correlationId }: { issuerId: string; correlationId: string },
) {
  const input: LateChangeInput = { issuerId, correlationId, quietMs: lateQuietMs, hubTimeoutMs };
  return {
    workflowId: lateWorkflowId(issuerId, correlationId),
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    args: [input] as [LateChangeInput],
  } as const;
}

/** The same for what a person does about a closed operation. */
export function toLateChangeStartByPerson(
  settings: LateSettings,
  { issuerId, operationId }: OperationRef,
  { action, issuerCardRefId, virtualCardId }: OperationMemo,
) {
  const typedSearchAttributes: SearchAttributePair[] = [
    { key: issuerKey, value: issuerId },
    { key: scopeKey, value: 'LATE' },
    { key: actionKey, value: action },
    { key: cardKey, value: issuerCardRefId },
    ...(virtualCardId === undefined ? [] : [{ key: virtualCardKey, value: virtualCardId }]),
  ];
  return {
    ...toLateChangeStart(settings, { issuerId, correlationId: operationId }),
    typedSearchAttributes,
    staticSummary: `after the end: ${action} ${virtualCardId === undefined ? `all tokens of card ${issuerCardRefId}` : `token ${virtualCardId}`}`,
  };
}
