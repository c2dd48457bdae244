import type { SearchAttributePair } from '@temporalio/common';
import type { WorkflowStartOptions } from '@temporalio/client';
import type { CardRequest } from '../../domain/card/index.js';
import { ownerWorkflowId } from '../../contract/workflow-ids.js';
import { toIsoTime, type OperationPolicy, type OperationRequest } from '../../domain/report/report.js';
import type { TokenRequest } from '../../domain/token/index.js';
import type { cardOperation, tokenOperation } from '../../../workflows/index.js';
import {
  actionKey,
  attentionKey,
  cardKey,
  deadlineKey,
  issuerKey,
  requestedAtKey,
  scopeKey,
  statusKey,
  virtualCardKey,
} from '../../contract/search-attributes.js';

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
  /** The hub's integer, which a retry sends again. */
  readonly reasonCode?: number;
  /** How far an operation on all tokens of a card is: "7 of 9 confirmed, 1 failed". */
  readonly progress?: string;
}

interface Start<Request extends OperationRequest> {
  readonly request: Request;
  readonly policy: OperationPolicy;
  readonly hubTimeoutMs: number;
  readonly fingerprint: string;
  readonly taskQueue: string;
}

/**
 * How a `tokenOperation` is started, for the gateway and for services that use a Temporal client themselves:
 * the workflow id is the idempotency store, so a closed one is never started again.
 */
export function toTokenOperationStart(
  start: Start<TokenRequest>,
): WorkflowStartOptions<typeof tokenOperation> {
  const { request, policy, hubTimeoutMs } = start;
  return {
    ...toCommonStart(start),
    workflowId: ownerWorkflowId(request.issuerId, request.correlationId),
    args: [{ request, policy, hubTimeoutMs }],
    staticSummary: `${request.action} token ${request.virtualCardId} of card ${request.issuerCardRefId}`,
  };
}

/** The same for a `cardOperation`, on all tokens of a card. */
export function toCardOperationStart(start: Start<CardRequest>): WorkflowStartOptions<typeof cardOperation> {
  const { request, policy, hubTimeoutMs } = start;
  return {
    ...toCommonStart(start),
    workflowId: ownerWorkflowId(request.issuerId, request.correlationId),
    args: [{ request, policy, hubTimeoutMs }],
    staticSummary: `${request.action} all tokens of card ${request.issuerCardRefId}`,
  };
}

function toCommonStart({ request, fingerprint, taskQueue }: Start<OperationRequest>) {
  return {
    taskQueue,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    memo: { ...toMemo(request, fingerprint) },
    typedSearchAttributes: toSearchAttributes(request),
    staticDetails: toStaticDetails(request),
  } as const;
}

/** What a person wants to know first, with times that can be read; the status is in the search attributes. */
function toStaticDetails(request: OperationRequest): string {
  const asked = request.requestedBy === undefined ? '' : ` by ${request.requestedBy}`;
  const isOnCard = request.virtualCardId === undefined;
  return [
    `Requested ${toIsoTime(request.requestedAt)}${asked}.`,
    `OVERDUE from ${toIsoTime(request.softDeadlineAt)}; ends by itself at ${toIsoTime(request.hardDeadlineAt)} at the latest.`,
    ...(isOnCard ? ['How far it is, also while no worker runs: `progress` in the tab Memo.'] : []),
    'Do not terminate or reset it: cancel it, or resolve it with what you know.',
  ].join('\n\n');
}

function toMemo(request: OperationRequest, fingerprint: string): OperationMemo {
  return {
    fingerprint,
    scope: scopeOf(request),
    action: request.action,
    issuerCardRefId: request.issuerCardRefId,
    ...(request.virtualCardId !== undefined && { virtualCardId: request.virtualCardId }),
    requestedAt: toIsoTime(request.requestedAt),
    softDeadlineAt: toIsoTime(request.softDeadlineAt),
    hardDeadlineAt: toIsoTime(request.hardDeadlineAt),
    ...(request.retryOf !== undefined && { retryOf: request.retryOf }),
    ...(request.reasonCode !== undefined && { reasonCode: request.reasonCode }),
  };
}

function scopeOf({ virtualCardId }: OperationRequest): 'TOKEN' | 'CARD' {
  return virtualCardId === undefined ? 'CARD' : 'TOKEN';
}

function toSearchAttributes(request: OperationRequest): SearchAttributePair[] {
  const { virtualCardId } = request;
  return [
    { key: issuerKey, value: request.issuerId },
    { key: actionKey, value: request.action },
    { key: statusKey, value: 'REQUESTED' },
    { key: scopeKey, value: scopeOf(request) },
    { key: cardKey, value: request.issuerCardRefId },
    ...(virtualCardId === undefined ? [] : [{ key: virtualCardKey, value: virtualCardId }]),
    { key: deadlineKey, value: new Date(request.softDeadlineAt) },
    { key: requestedAtKey, value: new Date(request.requestedAt) },
    ...(request.idTaken === true ? [{ key: attentionKey, value: 'ID_TAKEN' }] : []),
  ];
}
