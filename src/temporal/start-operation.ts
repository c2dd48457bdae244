import {
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { toView } from '../domain/late/index.js';
import { beginOperation, toReport, type TokenRequest } from '../domain/operation/index.js';
import type { OperationPolicy } from '../domain/report.js';
import { cardOperationWorkflowId, ownerWorkflowId } from '../domain/workflow-ids.js';
import type { StartRequest, StartResult } from './gateway.js';
import { ifFound } from './not-found.js';
import { toFingerprint, toOperationId } from './operation-id.js';
import { toMemo, viewOperation } from './operation-view.js';
import { toTokenOperationStart } from './start-options.js';

export interface StartSettings {
  readonly taskQueue: string;
  readonly policy: OperationPolicy;
  readonly hubTimeoutMs: number;
}

/** How many ids of one key may be held by changes of others. */
const MOST_IDS = 3;

/** Starts an operation, or finds the one that the same request started before: the workflow id is the idempotency store (I2). */
export function createStart(client: Client, settings: StartSettings, clock: () => number) {
  return async function start(asked: StartRequest): Promise<StartResult> {
    const { issuerId, caller, idempotencyKey } = asked;
    const fingerprint = toFingerprint(asked.body);
    for (let n = 0; n < MOST_IDS; n += 1) {
      const operationId = toOperationId({ issuerId, caller, idempotencyKey, n });
      // The same key with the other scope is another request.
      if ((await describe(client, cardOperationWorkflowId(issuerId, operationId))) !== undefined) {
        return { kind: 'key-reused' };
      }
      const request = toTokenRequest(asked, { operationId, idTaken: n > 0, requestedAt: clock() });
      if (await tryStart(client, settings, { request, fingerprint })) {
        const begun = beginOperation(request, settings.policy);
        return { kind: 'started', operation: toView(toReport(begun)) };
      }
      const holder = await describe(client, ownerWorkflowId(issuerId, operationId));
      if (holder === undefined) throw new Error('the holder of the id has vanished');
      // Somebody else's change happens to carry this id; the operation takes the next one.
      if (holder.type === 'foreignChange') continue;
      const isSame = holder.type === 'tokenOperation' && toMemo(holder).fingerprint === fingerprint;
      return isSame
        ? { kind: 'found', operation: await viewOperation(client, holder, { issuerId, operationId }) }
        : { kind: 'key-reused' };
    }
    throw new Error('every id of this key is taken by foreign changes');
  };
}

async function tryStart(
  client: Client,
  settings: StartSettings,
  start: { request: TokenRequest; fingerprint: string },
): Promise<boolean> {
  try {
    await client.workflow.start('tokenOperation', toTokenOperationStart({ ...settings, ...start }));
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

async function describe(
  client: Client,
  workflowId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  return ifFound(client.workflow.getHandle(workflowId).describe());
}

function toTokenRequest(
  asked: StartRequest,
  { operationId, idTaken, requestedAt }: { operationId: string; idTaken: boolean; requestedAt: number },
): TokenRequest {
  const { virtualCardId, reason, requestedBy } = asked;
  if (virtualCardId === undefined) {
    throw new TypeError('operations on all tokens of a card are not built yet');
  }
  return {
    issuerId: asked.issuerId,
    correlationId: operationId,
    action: asked.action,
    issuerCardRefId: asked.issuerCardRefId,
    virtualCardId,
    ...(reason?.code !== undefined && { reasonCode: reason.code }),
    ...(reason?.text !== undefined && { reasonText: reason.text }),
    ...(requestedBy !== undefined && { requestedBy }),
    ...(idTaken && { idTaken }),
    requestedAt,
    softDeadlineAt: requestedAt + asked.softDeadlineSeconds * 1000,
    hardDeadlineAt: requestedAt + asked.hardDeadlineSeconds * 1000,
  };
}
