import type { SearchAttributePair } from '@temporalio/common';
import type { WorkflowStartOptions } from '@temporalio/client';
import { ownerWorkflowId } from '../domain/workflow-ids.js';
import { toIsoTime, type OperationPolicy } from '../domain/report.js';
import type { TokenRequest } from '../domain/operation/index.js';
import type { tokenOperation } from '../../workflows/index.js';
import {
  actionKey,
  attentionKey,
  cardKey,
  deadlineKey,
  issuerKey,
  scopeKey,
  statusKey,
  virtualCardKey,
} from '../../workflows/search-attributes.js';

/** What the memo of an operation holds: enough to answer for it without a worker. */
export interface OperationMemo {
  readonly fingerprint: string;
  readonly scope: 'TOKEN' | 'CARD';
  readonly action: string;
  readonly issuerCardRefId: string;
  readonly virtualCardId?: string;
  readonly requestedAt: string;
  readonly softDeadlineAt: string;
  readonly hardDeadlineAt: string;
  readonly retryOf?: string;
}

/**
 * How a `tokenOperation` is started, for the gateway and for services that use a Temporal client themselves:
 * the workflow id is the idempotency store, so a closed one is never started again.
 */
export function toTokenOperationStart(start: {
  request: TokenRequest;
  policy: OperationPolicy;
  hubTimeoutMs: number;
  fingerprint: string;
  taskQueue: string;
}): WorkflowStartOptions<typeof tokenOperation> {
  const { request, policy, hubTimeoutMs, fingerprint, taskQueue } = start;
  return {
    workflowId: ownerWorkflowId(request.issuerId, request.correlationId),
    taskQueue,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    args: [{ request, policy, hubTimeoutMs }],
    memo: { ...toMemo(request, fingerprint) },
    typedSearchAttributes: toSearchAttributes(request),
    staticSummary: `${request.action} token ${request.virtualCardId} of card ${request.issuerCardRefId}`,
    staticDetails: toStaticDetails(request),
  };
}

/** What a person wants to know first, with times that can be read; the status is in the search attributes. */
function toStaticDetails(request: TokenRequest): string {
  const asked = request.requestedBy === undefined ? '' : ` by ${request.requestedBy}`;
  return [
    `Requested ${toIsoTime(request.requestedAt)}${asked}.`,
    `OVERDUE from ${toIsoTime(request.softDeadlineAt)}; ends by itself at ${toIsoTime(request.hardDeadlineAt)} at the latest.`,
    'Do not terminate or reset it: cancel it, or resolve it with what you know.',
  ].join('\n\n');
}

function toMemo(request: TokenRequest, fingerprint: string): OperationMemo {
  return {
    fingerprint,
    scope: 'TOKEN',
    action: request.action,
    issuerCardRefId: request.issuerCardRefId,
    virtualCardId: request.virtualCardId,
    requestedAt: toIsoTime(request.requestedAt),
    softDeadlineAt: toIsoTime(request.softDeadlineAt),
    hardDeadlineAt: toIsoTime(request.hardDeadlineAt),
    ...(request.retryOf !== undefined && { retryOf: request.retryOf }),
  };
}

function toSearchAttributes(request: TokenRequest): SearchAttributePair[] {
  return [
    { key: issuerKey, value: request.issuerId },
    { key: actionKey, value: request.action },
    { key: statusKey, value: 'REQUESTED' },
    { key: scopeKey, value: 'TOKEN' },
    { key: cardKey, value: request.issuerCardRefId },
    { key: virtualCardKey, value: request.virtualCardId },
    { key: deadlineKey, value: new Date(request.softDeadlineAt) },
    ...(request.idTaken === true ? [{ key: attentionKey, value: 'ID_TAKEN' }] : []),
  ];
}
