import type { Client } from '@temporalio/client';
import type { OperationView } from '../domain/report/report.js';
import { ownerWorkflowId } from '../contract/workflow-ids.js';
import type { BoundedCalls } from './connection/bounded-calls.js';
import { deliverChange, recipientOf, type DeliverySettings } from './callbacks/deliver.js';
import { findOperation } from './operations/find-operation.js';
import { GatewayUnavailableError, type Gateway, type OperationRef } from '../application/gateway.js';
import { createLanes } from './callbacks/lanes.js';
import { listOperations } from './visibility/list-operations.js';
import { viewOperation } from './operations/operation-view.js';
import { createPersonRequests } from './operations/person-requests.js';
import { isRefusal, unlessDenied } from './operations/refusals.js';
import { viewRenewals } from './callbacks/renewals-view.js';
import { createRetry } from './operations/retry-operation.js';
import { createStart, toIdentity, type StartSettings } from './operations/start-operation.js';
import { untilClosed } from './operations/until-closed.js';
import { viewTimeline } from './visibility/timeline.js';

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
/** temporal.api.enums.v1.TaskQueueType */
const WORKFLOW_QUEUE = 1;

export interface GatewayParts {
  readonly calls: BoundedCalls;
  readonly clock?: () => number;
  /** Called when Temporal answers a call with a refusal: something may be wrong with the namespace. */
  readonly onRefusal?: () => void;
}

/** The gateway on a real Temporal client. */
export function createTemporalGateway(
  client: Client,
  settings: GatewaySettings,
  { calls, clock = Date.now, onRefusal }: GatewayParts,
): Gateway {
  const start = createStart(client, settings, clock);
  const retry = createRetry(client, start);
  const people = createPersonRequests(client, settings);
  const lanes = createLanes(DELIVERIES_AT_A_TIME);

  /** Whatever goes wrong in time, the caller learns only that it may repeat the call. */
  async function within<T>(deadlineMs: number, call: () => Promise<T>): Promise<T> {
    try {
      return await calls.within(deadlineMs, call);
    } catch (error) {
      // A bug of ours is no reason to repeat the call.
      if (error instanceof TypeError) throw error;
      const refused = isRefusal(error);
      if (refused) onRefusal?.();
      throw new GatewayUnavailableError('Temporal did not take the call', { cause: error, refused });
    }
  }

  async function view(ref: OperationRef): Promise<OperationView | undefined> {
    const described = await findOperation(client, ref);
    return described && viewOperation(client, described, ref);
  }

  /** An answer that only a server with our namespace can give. */
  async function probe(): Promise<void> {
    const { namespace } = client.options;
    const described = await unlessDenied(client.workflowService.describeNamespace({ namespace }));
    // A refusal may be that of something in front, which says nothing of Temporal itself.
    if (described !== undefined) return;
    const taskQueue = { name: settings.taskQueue };
    await client.workflowService.describeTaskQueue({ namespace, taskQueue, taskQueueType: WORKFLOW_QUEUE });
  }

  return {
    startOperation: async (request) =>
      within(CALL_DEADLINE_MS, async () => start(request, toIdentity(request))),
    describeOperation: async (ref) => within(CALL_DEADLINE_MS, async () => view(ref)),

    async waitForOperation(ref, { waitMs, signal }) {
      const before = await within(CALL_DEADLINE_MS, async () => view(ref));
      if (before === undefined || before.final || isAborted(signal)) return before;
      await untilClosed(client, ownerWorkflowId(ref.issuerId, ref.operationId), waitMs, signal);
      return isAborted(signal) ? before : within(CALL_DEADLINE_MS, async () => view(ref));
    },

    cancelOperation: async (ref, remark) => within(CALL_DEADLINE_MS, async () => people.cancel(ref, remark)),
    readOperation: async (ref, remark) =>
      within(CALL_DEADLINE_MS + 2 * settings.hubTimeoutMs, async () => people.read(ref, remark)),
    resolveOperation: async (ref, decision) =>
      within(CALL_DEADLINE_MS, async () => people.resolve(ref, decision)),
    retryOperation: async (ref, request) => within(CALL_DEADLINE_MS, async () => retry(ref, request)),
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
        await calls.within(PROBE_DEADLINE_MS, async () => probe());
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** Asked anew each time: the compiler believes that it cannot change between two looks. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
