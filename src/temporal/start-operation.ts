import {
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { withAdvice } from '../domain/advice.js';
import { toView } from '../domain/late/index.js';
import { beginCardOperation, toCardReport } from '../domain/card-operation/index.js';
import { beginOperation, toReport } from '../domain/operation/index.js';
import type { OperationPolicy, OperationRequest } from '../domain/report.js';
import { cardOperationWorkflowId, ownerWorkflowId } from '../domain/workflow-ids.js';
import type { StartRequest, StartResult } from './gateway.js';
import { describeWorkflow } from './find-operation.js';
import { toMemo } from './memo.js';
import { MOST_IDS, toFingerprint, toOperationId } from './operation-id.js';
import { viewOperation } from './operation-view.js';
import { toCardOperationStart, toTokenOperationStart } from './start-options.js';

export interface StartSettings {
  readonly taskQueue: string;
  readonly policy: OperationPolicy;
  readonly hubTimeoutMs: number;
}

/** What is to be started, apart from what a repeated request is known by. */
export type Wanted = Omit<StartRequest, 'caller' | 'idempotencyKey' | 'body'> & { readonly retryOf?: string };

/** What a request is known by when it is repeated: the ids that follow from it, and its fingerprint. */
export interface Identity {
  /** The n-th is taken when the ones before are held by somebody else's change. */
  readonly toId: (n: number) => string;
  readonly fingerprint: string;
}

/** Starts an operation, or finds the one that the same request started before: the workflow id is the idempotency store (I2). */
export function createStart(client: Client, settings: StartSettings, clock: () => number) {
  return async function start(asked: Wanted, { toId, fingerprint }: Identity): Promise<StartResult> {
    const startOrFind = asked.virtualCardId === undefined ? startOnCard : startOnToken;
    for (let n = 0; n < MOST_IDS; n += 1) {
      const request = toRequest(asked, { operationId: toId(n), idTaken: n > 0, requestedAt: clock() });
      const result = await startOrFind(client, { ...settings, request, fingerprint });
      // Somebody else's change happens to carry this id; the operation takes the next one.
      if (result !== 'held by others') return result;
    }
    throw new Error('every id of this request is taken by foreign changes');
  };
}

/** What a request with an idempotency key is known by. */
export function toIdentity({ issuerId, caller, idempotencyKey, body }: StartRequest): Identity {
  return {
    toId: (n) => toOperationId({ issuerId, caller, idempotencyKey, n }),
    fingerprint: toFingerprint(body),
  };
}

type Attempt = StartSettings & { readonly request: OperationRequest; readonly fingerprint: string };

async function startOnToken(client: Client, attempt: Attempt): Promise<StartResult | 'held by others'> {
  const { request, fingerprint, policy } = attempt;
  const { issuerId, correlationId, virtualCardId } = request;
  if (virtualCardId === undefined) throw new TypeError('an operation on one token names it');
  // The same key with the other scope is another request.
  const workflowId = ownerWorkflowId(issuerId, correlationId);
  const sender = await describeWorkflow(client, cardOperationWorkflowId(issuerId, correlationId));
  if (sender !== undefined) {
    // Two requests with one key may have met; each finds what it has started.
    const owner = await describeWorkflow(client, workflowId);
    if (owner === undefined) return { kind: 'key-reused' };
    return found(client, owner, { type: 'tokenOperation', fingerprint, request });
  }
  const asked = { ...request, virtualCardId };
  const options = toTokenOperationStart({ ...attempt, request: asked });
  if (await isStarted(client.workflow.start('tokenOperation', options))) {
    return { kind: 'started', operation: withAdvice(toView(toReport(beginOperation(asked, policy)))) };
  }
  const holder = await describeHolder(client, workflowId);
  if (holder.type === 'foreignChange') return 'held by others';
  return found(client, holder, { type: 'tokenOperation', fingerprint, request });
}

async function startOnCard(client: Client, attempt: Attempt): Promise<StartResult | 'held by others'> {
  const { request, fingerprint } = attempt;
  const { issuerId, correlationId } = request;
  const workflowId = cardOperationWorkflowId(issuerId, correlationId);
  const owner = await describeWorkflow(client, ownerWorkflowId(issuerId, correlationId));
  if (owner !== undefined && owner.type !== 'cardFanOut') {
    // It may have come in the very instant of our start; an operation that met it has said so, and is found.
    const sender = await describeWorkflow(client, workflowId);
    if (sender !== undefined) return found(client, sender, { type: 'cardOperation', fingerprint, request });
    return owner.type === 'foreignChange' ? 'held by others' : { kind: 'key-reused' };
  }
  const { virtualCardId: _none, ...asked } = request;
  const options = toCardOperationStart({ ...attempt, request: asked });
  if (await isStarted(client.workflow.start('cardOperation', options))) {
    return { kind: 'started', operation: withAdvice(toView(toCardReport(beginCardOperation(asked)))) };
  }
  const holder = await describeHolder(client, workflowId);
  return found(client, holder, { type: 'cardOperation', fingerprint, request });
}

/** The operation that holds an id, if it is that of the same request. */
async function found(
  client: Client,
  holder: WorkflowExecutionDescription,
  { type, fingerprint, request }: { type: string; fingerprint: string; request: OperationRequest },
): Promise<StartResult> {
  const isSame = holder.type === type && toMemo(holder).fingerprint === fingerprint;
  if (!isSame) return { kind: 'key-reused' };
  const ref = { issuerId: request.issuerId, operationId: request.correlationId };
  return { kind: 'found', operation: await viewOperation(client, holder, ref) };
}

async function isStarted(starting: Promise<unknown>): Promise<boolean> {
  try {
    await starting;
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

async function describeHolder(client: Client, workflowId: string): Promise<WorkflowExecutionDescription> {
  const holder = await describeWorkflow(client, workflowId);
  if (holder === undefined) throw new Error('the holder of the id has vanished');
  return holder;
}

function toRequest(
  asked: Wanted,
  { operationId, idTaken, requestedAt }: { operationId: string; idTaken: boolean; requestedAt: number },
): OperationRequest {
  const { virtualCardId, reason, requestedBy, retryOf } = asked;
  return {
    issuerId: asked.issuerId,
    correlationId: operationId,
    action: asked.action,
    issuerCardRefId: asked.issuerCardRefId,
    ...(virtualCardId !== undefined && { virtualCardId }),
    ...(reason?.code !== undefined && { reasonCode: reason.code }),
    ...(reason?.text !== undefined && { reasonText: reason.text }),
    ...(requestedBy !== undefined && { requestedBy }),
    ...(retryOf !== undefined && { retryOf }),
    ...(idTaken && { idTaken }),
    requestedAt,
    softDeadlineAt: requestedAt + asked.softDeadlineSeconds * 1000,
    hardDeadlineAt: requestedAt + asked.hardDeadlineSeconds * 1000,
  };
}
