import {
  isGrpcServiceError,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { OperationView } from '../domain/report.js';
import { cardOperationWorkflowId, ownerWorkflowId } from '../domain/workflow-ids.js';
import type { lateChange } from '../../workflows/index.js';
import {
  cancelRequestedSignal,
  cancelUpdate,
  decisionMadeSignal,
  lateReadUpdate,
  lateResolveUpdate,
  OPERATION_ENDED,
  readRequestedSignal,
  readUpdate,
  resolveUpdate,
} from '../../workflows/messages.js';
import type { BoundedCalls } from './bounded-calls.js';
import { deliverChange, recipientOf, type DeliverySettings } from './deliver.js';
import { GatewayUnavailableError, type Gateway, type OperationRef, type RequestResult } from './gateway.js';
import { createLanes } from './lanes.js';
import { tellFanOutLeftAlone } from './left-alone.js';
import { toLateChangeStartByPerson } from './late-start.js';
import { findOperation, isIdTaken } from './find-operation.js';
import { listOperations } from './list-operations.js';
import { isOpen, toMemo } from './memo.js';
import { viewOperation } from './operation-view.js';
import { viewRenewals } from './renewals-view.js';
import { createStart, type StartSettings } from './start-operation.js';
import { viewTimeline } from './timeline.js';

export type GatewaySettings = DeliverySettings & StartSettings;

/** The hub waits for our answer, so storing a callback has 2 s. */
const DELIVER_DEADLINE_MS = 2_000;
/**
 * So many callbacks for one workflow are stored at a time by this process. The server lets callers in before its own
 * work on a workflow: fifty at a time kept an operation from its next step, and from continuing as new, until the storm was over.
 */
const DELIVERIES_AT_A_TIME = 10;
const CALL_DEADLINE_MS = 5_000;
const PROBE_DEADLINE_MS = 1_000;
const UPDATE_ATTEMPTS = 3;
/** gRPC's code for what cannot be done in the present state. */
const FAILED_PRECONDITION = 9;
const LONG_POLL_MARGIN_MS = 2_000;
/** How long a fan-out may take to end with a decision that it was told. */
const DECISION_MS = 2_000;

/** The gateway on a real Temporal client. */
export function createTemporalGateway(
  client: Client,
  settings: GatewaySettings,
  { calls, clock = Date.now }: { calls: BoundedCalls; clock?: () => number },
): Gateway {
  const start = createStart(client, settings, clock);
  const lanes = createLanes(DELIVERIES_AT_A_TIME);

  /** Whatever goes wrong in time, the caller learns only that it may repeat the call. */
  async function within<T>(deadlineMs: number, call: () => Promise<T>): Promise<T> {
    try {
      return await calls.within(deadlineMs, call);
    } catch (error) {
      // A bug of ours is no reason to repeat the call.
      if (error instanceof TypeError) throw error;
      throw new GatewayUnavailableError('Temporal did not take the call', { cause: error });
    }
  }

  async function view(ref: OperationRef): Promise<OperationView | undefined> {
    const described = await findOperation(client, ref);
    return described && viewOperation(client, described, ref);
  }

  async function viewAgain(ref: OperationRef): Promise<OperationView> {
    const operation = await view(ref);
    if (operation === undefined) throw new Error('the operation that was just there has vanished');
    return operation;
  }

  /**
   * Has a person's wish carried out, then looks at the operation afresh: a repeated update answers with its old result.
   * `apply` says what to do with it, and answers false when the operation can no longer be asked that.
   */
  async function demand(
    ref: OperationRef,
    apply: (described: WorkflowExecutionDescription) => Promise<boolean>,
  ): Promise<RequestResult> {
    const described = await findOperation(client, ref);
    if (described === undefined) return { kind: 'not-found' };
    if (!(await apply(described))) return { kind: 'already-final' };
    return { kind: 'done', operation: await viewAgain(ref) };
  }

  /** A wish that goes to the operation while it runs, to its fan-out while only that does, and to `late/…` afterwards. */
  async function demandOrLate(ref: OperationRef, wish: Wish): Promise<RequestResult> {
    return demand(ref, async (described) => {
      if (await updateRunning(client, described, wish.running)) return true;
      if (await tellFanOutLeftAlone(client, described, ref, wish.leftAlone)) return true;
      if (await isIdTaken(client, ref)) return false;
      const start = toLateChangeStartByPerson(settings, ref, toMemo(described));
      await wish.late(new WithStartWorkflowOperation('lateChange', start));
      return true;
    });
  }

  return {
    startOperation: async (request) => within(CALL_DEADLINE_MS, async () => start(request)),
    describeOperation: async (ref) => within(CALL_DEADLINE_MS, async () => view(ref)),

    async waitForOperation(ref, { waitMs, signal }) {
      const before = await within(CALL_DEADLINE_MS, async () => view(ref));
      if (before === undefined || before.final || isAborted(signal)) return before;
      const giveUpAt = clock() + waitMs;
      await untilClosed(client, workflowIdOf(before), waitMs, signal);
      if (isAborted(signal)) return before;
      const after = await within(CALL_DEADLINE_MS, async () => view(ref));
      const remainingMs = giveUpAt - clock();
      const isLeftAlone = after?.scope === 'CARD' && !after.final && remainingMs > 0;
      if (!isLeftAlone) return after;
      // Its sender was ended by hand; the fan-out goes on.
      await untilClosed(client, ownerWorkflowId(ref.issuerId, ref.operationId), remainingMs, signal);
      return within(CALL_DEADLINE_MS, async () => view(ref));
    },

    cancelOperation: async (ref) =>
      within(CALL_DEADLINE_MS, async () =>
        demand(
          ref,
          async (described) =>
            (await updateRunning(client, described, async (handle) =>
              handle.executeUpdate(cancelUpdate, { updateId: 'cancel' }),
            )) ||
            tellFanOutLeftAlone(client, described, ref, async (fanOut) =>
              fanOut.signal(cancelRequestedSignal),
            ),
        ),
      ),
    readOperation: async (ref) =>
      within(CALL_DEADLINE_MS + 2 * settings.hubTimeoutMs, async () =>
        demandOrLate(ref, {
          running: async (handle) => handle.executeUpdate(readUpdate),
          leftAlone: async (fanOut) => fanOut.signal(readRequestedSignal),
          late: async (startWorkflowOperation) =>
            client.workflow.executeUpdateWithStart(lateReadUpdate, { startWorkflowOperation }),
        }),
      ),
    resolveOperation: async (ref, decision) =>
      within(CALL_DEADLINE_MS, async () =>
        demandOrLate(ref, {
          running: async (handle) => handle.executeUpdate(resolveUpdate, { args: [decision] }),
          leftAlone: async (fanOut) => {
            await fanOut.signal(decisionMadeSignal, decision);
            await untilClosed(client, fanOut.workflowId, DECISION_MS, undefined);
          },
          late: async (startWorkflowOperation) =>
            client.workflow.executeUpdateWithStart(lateResolveUpdate, {
              startWorkflowOperation,
              args: [decision],
            }),
        }),
      ),
    deliver: async (issuerId, change) =>
      within(DELIVER_DEADLINE_MS, async () =>
        lanes.enter(recipientOf(issuerId, change), async () =>
          deliverChange(client, settings, { issuerId, change }),
        ),
      ),

    describeRenewals: async (ref) => within(CALL_DEADLINE_MS, async () => viewRenewals(client, ref)),

    listOperations: async (request) =>
      within(CALL_DEADLINE_MS, async () => listOperations(client, request, { clock })),

    describeTimeline: async (ref) => within(CALL_DEADLINE_MS, async () => viewTimeline(client, ref, clock)),

    async isReachable() {
      try {
        await within(PROBE_DEADLINE_MS, async () =>
          client.workflowService.describeNamespace({ namespace: client.options.namespace }),
        );
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** What a person wants of an operation, while it runs and afterwards. */
interface Wish {
  readonly running: (handle: WorkflowHandle) => Promise<unknown>;
  readonly leftAlone: (fanOut: WorkflowHandle) => Promise<void>;
  readonly late: (start: WithStartWorkflowOperation<typeof lateChange>) => Promise<unknown>;
}

/** Sends an update to an operation that runs; false when it has ended, or ends while the update is on its way. */
async function updateRunning(
  client: Client,
  described: WorkflowExecutionDescription,
  update: (handle: WorkflowHandle) => Promise<unknown>,
): Promise<boolean> {
  if (!isOpen(described)) return false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await update(client.workflow.getHandle(described.workflowId));
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || saysEnded(error)) return false;
      if (attempt === UPDATE_ATTEMPTS || !saysTaskFailed(error)) throw error;
    }
  }
}

/**
 * The workflow task that was to take the update has failed, as one does that a callback overtakes. The update was not
 * applied, and it may be sent again.
 */
function saysTaskFailed(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return isGrpcServiceError(cause) && (cause.code as number) === FAILED_PRECONDITION;
}

function saysEnded(error: unknown): boolean {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  // The second: it was accepted, and the operation ended before it was carried out.
  return (
    cause instanceof ApplicationFailure &&
    [OPERATION_ENDED, 'AcceptedUpdateCompletedWorkflow'].includes(cause.type ?? '')
  );
}

/** The workflow that ends with the operation. */
function workflowIdOf({ scope, issuerId, operationId }: OperationView): string {
  return scope === 'CARD'
    ? cardOperationWorkflowId(issuerId, operationId)
    : ownerWorkflowId(issuerId, operationId);
}

/** Asked anew each time: the compiler believes that it cannot change between two looks. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/**
 * Waits until the workflow closes, however it does, but no longer than asked; the caller looks at it afterwards.
 * The wait is given up by us, ahead of its deadline: the server answers a long poll a second before that, and the SDK would
 * ask again and again until it is over.
 */
async function untilClosed(
  client: Client,
  workflowId: string,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const timer = setTimeout(end, waitMs);
  signal?.addEventListener('abort', end, { once: true });
  try {
    await client.connection.withAbortSignal(ending.signal, async () =>
      client.connection.withDeadline(Date.now() + waitMs + LONG_POLL_MARGIN_MS, async () => handle.result()),
    );
  } catch {
    // The wait ran out, was given up, or the workflow failed: in each case the caller's next look tells.
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
}
