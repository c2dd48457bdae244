import type { Client } from '@temporalio/client';
import { isRetryable } from '../../domain/report/permitted.js';
import { findOperation } from './find-operation.js';
import { findRetry } from './find-retry.js';
import type { OperationRef, RetryRequest, RetryResult } from '../../application/gateway.js';
import { toAction, toMemo } from './memo.js';
import { toFingerprint, toRetryId } from './operation-id.js';
import { viewOperation } from './operation-view.js';
import type { createStart, Identity, Wanted } from './start-operation.js';
import type { OperationMemo } from './start-options.js';

/**
 * Repeats an operation that ended without having done what was asked, once: whoever asks again gets the same new operation,
 * whatever came late since (record 11).
 */
export function createRetry(client: Client, start: ReturnType<typeof createStart>) {
  return async function retry(ref: OperationRef, asked: RetryRequest): Promise<RetryResult> {
    const described = await findOperation(client, ref);
    if (described === undefined) return { kind: 'not-found' };
    const memo = toMemo(described);
    const known = await findRetry(client, ref);
    if (known !== undefined) {
      const { issuerId } = ref;
      const { operationId } = known;
      return {
        kind: 'done',
        operation: await viewOperation(client, known.described, { issuerId, operationId }),
      };
    }
    const first = await viewOperation(client, described, ref);
    if (first.final && first.partial === true) throw new Error('nobody tells what came late');
    if (!isRetryable(first)) return { kind: 'not-retryable' };
    const isCardResume = first.scope === 'CARD' && first.action === 'RESUME';
    if (isCardResume && asked.cardResume === 'refuse') return { kind: 'card-resume-refused' };
    const started = await start(toWanted(ref, memo, asked), toIdentity(ref));
    // Its ids follow from the first one's, so no other request has them.
    if (started.kind === 'key-reused') throw new Error('the id of a retry is held by something else');
    return { kind: 'done', operation: started.operation };
  };
}

/** Who and why do not count: a second person who repeats the operation finds the same one. */
function toIdentity({ operationId }: OperationRef): Identity {
  return {
    toId: (n) => toRetryId(operationId, n),
    fingerprint: toFingerprint({ retryOf: operationId }),
  };
}

/** The same change, with as much time as the first had, and the same code for the hub; who asks and why is told anew. */
function toWanted({ issuerId, operationId }: OperationRef, memo: OperationMemo, asked: RetryRequest): Wanted {
  const { virtualCardId, reasonCode } = memo;
  const { by, note } = asked;
  const reason = {
    ...(reasonCode !== undefined && { code: reasonCode }),
    ...(note !== undefined && { text: note }),
  };
  return {
    issuerId,
    action: toAction(memo.action),
    issuerCardRefId: memo.issuerCardRefId,
    ...(virtualCardId !== undefined && { virtualCardId }),
    ...(Object.keys(reason).length > 0 && { reason }),
    ...(by !== undefined && { requestedBy: by }),
    retryOf: operationId,
    softDeadlineSeconds: secondsBetween(memo.requestedAt, memo.softDeadlineAt),
    hardDeadlineSeconds: secondsBetween(memo.requestedAt, memo.hardDeadlineAt),
  };
}

function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
