import {
  WithStartWorkflowOperation,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import { isDecidedSo } from '../domain/late/index.js';
import { DECIDABLE, isEndedBy, type Decision } from '../domain/operation/index.js';
import type { Remark } from '../domain/remark.js';
import type { OperationView } from '../domain/report.js';
import type { lateChange } from '../../workflows/index.js';
import {
  cancelRequestedSignal,
  cancelUpdate,
  decisionMadeSignal,
  lateReadUpdate,
  lateResolveUpdate,
  readRequestedSignal,
  readUpdate,
  resolveUpdate,
} from '../../workflows/messages.js';
import { findFanOut, findOperation, isIdTaken } from './find-operation.js';
import type { OperationRef, RequestResult, ResolveResult } from './gateway.js';
import { toLateChangeStartByPerson, type LateSettings } from './late-start.js';
import { tellFanOutLeftAlone } from './left-alone.js';
import { isOpen, toMemo } from './memo.js';
import { reportOfClosed, viewOperation } from './operation-view.js';
import { updateRunning } from './running-update.js';
import { untilClosed } from './until-closed.js';

/** How long a fan-out may take to end with a decision that it was told. */
const DECISION_MS = 2_000;

/** What people want of operations. Each call is safe to repeat; without a worker none is answered. */
export interface PersonRequests {
  cancel(ref: OperationRef, remark?: Remark): Promise<RequestResult>;
  read(ref: OperationRef, remark?: Remark): Promise<RequestResult>;
  resolve(ref: OperationRef, decision: Decision): Promise<ResolveResult>;
}

export function createPersonRequests(client: Client, settings: LateSettings): PersonRequests {
  async function viewAgain(ref: OperationRef): Promise<OperationView> {
    const described = await findOperation(client, ref);
    if (described === undefined) throw new Error('the operation that was just there has vanished');
    return viewOperation(client, described, ref);
  }

  /** The operation afresh: a repeated update answers with its old result. */
  async function done(ref: OperationRef): Promise<RequestResult> {
    return { kind: 'done', operation: await viewAgain(ref) };
  }

  /** Whether the operation still runs and has taken the wish, or its fan-out while only that does. */
  async function tellRunning(
    ref: OperationRef,
    described: WorkflowExecutionDescription,
    wish: RunningWish,
  ): Promise<boolean> {
    return (
      (await updateRunning(client, described, wish.running)) ||
      tellFanOutLeftAlone(client, described, ref, wish.leftAlone)
    );
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
      const isTold = await tellRunning(ref, described, {
        running: async (handle) => handle.executeUpdate(cancelUpdate, { args: [remark], updateId: 'cancel' }),
        leftAlone: async (fanOut) => {
          await fanOut.signal(cancelRequestedSignal, remark);
          return true;
        },
      });
      return isTold ? done(ref) : { kind: 'already-final' };
    },

    async read(ref, remark = {}) {
      const described = await findOperation(client, ref);
      if (described === undefined) return { kind: 'not-found' };
      const isTold = await tellRunning(ref, described, {
        running: async (handle) => handle.executeUpdate(readUpdate, { args: [remark] }),
        leftAlone: async (fanOut) => {
          await fanOut.signal(readRequestedSignal, remark);
          return true;
        },
      });
      if (isTold) return done(ref);
      if (await isIdTaken(client, ref)) return { kind: 'already-final' };
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
      const isTold = await tellRunning(ref, described, {
        running: async (handle) => handle.executeUpdate(resolveUpdate, { args: [decision] }),
        leftAlone: async (fanOut) => {
          await fanOut.signal(decisionMadeSignal, decision);
          await untilClosed(client, fanOut.workflowId, DECISION_MS, undefined);
          return isTakenByFanOut(client, ref, decision);
        },
      });
      if (isTold) return done(ref);
      if (await isIdTaken(client, ref)) return { kind: 'already-final' };
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

/** How a wish is told: to the operation, or to its fan-out, which says whether it is of any use there. */
interface RunningWish {
  readonly running: (handle: WorkflowHandle) => Promise<unknown>;
  readonly leftAlone: (fanOut: WorkflowHandle) => Promise<boolean>;
}

/** A decision that meets the fan-out in the instant of its end belongs to what came late. */
async function isTakenByFanOut(client: Client, ref: OperationRef, decision: Decision): Promise<boolean> {
  const fanOut = await findFanOut(client, ref);
  if (fanOut === undefined) return false;
  return isOpen(fanOut) || isEndedBy(await reportOfClosed(client, fanOut, ref), decision);
}
