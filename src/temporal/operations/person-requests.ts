import {
  WithStartWorkflowOperation,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { isDecidedSo } from '../../domain/late/index.js';
import { DECIDABLE, type Decision } from '../../domain/token/index.js';
import type { Remark } from '../../domain/operation/remark.js';
import type { OperationView } from '../../domain/report/report.js';
import type { lateChange } from '../../../workflows/index.js';
import {
  cancelUpdate,
  lateReadUpdate,
  lateResolveUpdate,
  readUpdate,
  resolveUpdate,
} from '../../contract/messages.js';
import { findOperation } from './find-operation.js';
import type { CancelResult, OperationRef, ReadResult, ResolveResult } from '../../application/gateway.js';
import { toLateChangeStartByPerson, type LateSettings } from '../callbacks/late-start.js';
import { toMemo } from './memo.js';
import { viewOperation } from './operation-view.js';
import { updateRunning } from './running-update.js';

/** What people want of operations. Each call is safe to repeat; without a worker none is answered. */
export interface PersonRequests {
  cancel(ref: OperationRef, remark?: Remark): Promise<CancelResult>;
  read(ref: OperationRef, remark?: Remark): Promise<ReadResult>;
  resolve(ref: OperationRef, decision: Decision): Promise<ResolveResult>;
}

export function createPersonRequests(client: Client, settings: LateSettings): PersonRequests {
  async function viewAgain(ref: OperationRef): Promise<OperationView> {
    const described = await findOperation(client, ref);
    if (described === undefined) throw new Error('the operation that was just there has vanished');
    return viewOperation(client, described, ref);
  }

  /** The operation afresh: a repeated update answers with its old result. */
  async function done(ref: OperationRef): Promise<ReadResult> {
    return { kind: 'done', operation: await viewAgain(ref) };
  }

  /** What is done about a closed operation; `late/…` is started for it if need be. */
  function lateStart(
    ref: OperationRef,
    described: WorkflowExecutionDescription,
  ): WithStartWorkflowOperation<typeof lateChange> {
    const start = toLateChangeStartByPerson(settings, ref, toMemo(described));
    return new WithStartWorkflowOperation('lateChange', start);
  }

  return {
    async cancel(ref, remark = {}) {
      const described = await findOperation(client, ref);
      if (described === undefined) return { kind: 'not-found' };
      const isTold = await updateRunning(client, described, async (handle) =>
        handle.executeUpdate(cancelUpdate, { args: [remark], updateId: 'cancel' }),
      );
      return isTold ? done(ref) : { kind: 'already-final' };
    },

    async read(ref, remark = {}) {
      const described = await findOperation(client, ref);
      if (described === undefined) return { kind: 'not-found' };
      const isTold = await updateRunning(client, described, async (handle) =>
        handle.executeUpdate(readUpdate, { args: [remark] }),
      );
      if (isTold) return done(ref);
      const startWorkflowOperation = lateStart(ref, described);
      await client.workflow.executeUpdateWithStart(lateReadUpdate, {
        startWorkflowOperation,
        args: [remark],
      });
      return done(ref);
    },

    async resolve(ref, decision) {
      const described = await findOperation(client, ref);
      if (described === undefined) return { kind: 'not-found' };
      const isOfToken = described.type === 'tokenOperation';
      if (isOfToken && !DECIDABLE.includes(decision.status)) return { kind: 'not-decidable' };
      const isTold = await updateRunning(client, described, async (handle) =>
        handle.executeUpdate(resolveUpdate, { args: [decision] }),
      );
      if (isTold) return done(ref);
      // The same request may have ended the operation, and its answer been lost.
      const operation = await viewAgain(ref);
      if (isDecidedSo(operation, decision)) return { kind: 'done', operation };
      const startWorkflowOperation = lateStart(ref, described);
      await client.workflow.executeUpdateWithStart(lateResolveUpdate, {
        startWorkflowOperation,
        args: [decision],
      });
      return done(ref);
    },
  };
}
