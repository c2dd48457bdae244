import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { withAdvice } from '../../domain/report/advice.js';
import { toView } from '../../domain/late/index.js';
import { beginCardOperation, toCardReport } from '../../domain/card/index.js';
import { beginOperation, toReport } from '../../domain/token/index.js';
import type { OperationPolicy, OperationReport, OperationRequest } from '../../domain/report/report.js';
import { ownerWorkflowId } from '../../contract/workflow-ids.js';
import type { StartRequest, StartResult } from '../../application/gateway.js';
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

/** One start decides: an id is given to one workflow, whatever its type, and never again. */
async function startOrFind(client: Client, attempt: Attempt): Promise<StartResult | 'held by others'> {
  const { request, fingerprint } = attempt;
  const { isNew, begun } = await startOnce(client, attempt);
  if (isNew) return { kind: 'started', operation: withAdvice(toView(begun)) };
  const holder = await describeWorkflow(client, ownerWorkflowId(request.issuerId, request.correlationId));
  if (holder === undefined) throw new Error('the holder of the id has vanished');
  if (holder.type === 'foreignChange') return 'held by others';
  // The same key with the other scope has another fingerprint: it is another request.
  if (toMemo(holder).fingerprint !== fingerprint) return { kind: 'key-reused' };
  const ref = { issuerId: request.issuerId, operationId: request.correlationId };
  return { kind: 'found', operation: await viewOperation(client, holder, ref) };
}

/** Whether the start was the one that made the operation, and how that begins. */
async function startOnce(
  client: Client,
  attempt: Attempt,
): Promise<{ isNew: boolean; begun: OperationReport }> {
  const { request, policy } = attempt;
  const { virtualCardId, ...asked } = request;
  if (virtualCardId === undefined) {
    const options = toCardOperationStart({ ...attempt, request: asked });
    const isNew = await isStarted(client.workflow.start('cardOperation', options));
    return { isNew, begun: toCardReport(beginCardOperation(asked, policy, 0)) };
  }
  const options = toTokenOperationStart({ ...attempt, request: { ...asked, virtualCardId } });
  const isNew = await isStarted(client.workflow.start('tokenOperation', options));
  return { isNew, begun: toReport(beginOperation({ ...asked, virtualCardId }, policy)) };
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
