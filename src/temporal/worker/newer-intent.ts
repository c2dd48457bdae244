import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { concerns, earliestNewer, supersedes, type PlacedIntent } from '../../domain/operation/intent.js';
import type { FinalStatus } from '../../domain/report/status.js';
import { ACTIONS } from '../../domain/hub/token-state.js';
import type { BoundedCalls } from '../connection/bounded-calls.js';
import { describeRun } from '../operations/find-operation.js';
import { toMemo } from '../operations/memo.js';
import type { OperationMemo } from '../operations/start-options.js';
import { isExpressible, quoted } from '../visibility/visibility-query.js';

const LOOK_UP_DEADLINE_MS = 2_000;
/** Databases compare instants in more than one way: a bound is safe only a little apart from what it bounds. */
const BOUND_MARGIN_MS = 1_000;
/** These want nothing any more. */
const WITHDRAWN: readonly FinalStatus[] = ['REJECTED', 'FAILED', 'CANCELLED', 'SUPERSEDED'];

/**
 * Looks by visibility for a newer operation of the same issuer that wants something else of the same token, or of its whole
 * card (design 5.1). Answers with its id, or undefined when there is none; throws when it cannot tell within 2 s.
 */
export function createNewerIntentLookUp(client: Client, calls: BoundedCalls) {
  return async function findNewerIntent(own: PlacedIntent): Promise<string | undefined> {
    const search = async (): Promise<string | undefined> => {
      for await (const found of client.workflow.list({ query: toQuery(own) })) {
        const listed = toIntent(found, own.issuerId);
        if (listed === undefined || !concerns(listed, own) || !supersedes(listed, own)) continue;
        // A list shows the start of the latest run, which may be long after the first one's, and is never before it.
        const startedAt = await firstStartOf(client, found);
        if (supersedes({ ...listed, startedAt }, own)) return listed.operationId;
      }
      return undefined;
    };
    return calls.within(LOOK_UP_DEADLINE_MS, search);
  };
}

/** When Temporal started the first run of an operation; some run of it was found. */
async function firstStartOf(client: Client, found: WorkflowExecutionInfo): Promise<number> {
  const { workflowId, runId } = found;
  const described = await client.workflow.getHandle(workflowId, runId).describe();
  const firstRunId = described.raw.workflowExecutionInfo?.firstRunId;
  if (firstRunId === undefined || firstRunId === null || firstRunId === '' || firstRunId === runId) {
    return described.startTime.getTime();
  }
  const first = await describeRun(client, { workflowId, runId: firstRunId });
  if (first !== undefined) return first.startTime.getTime();
  // Its record is past retention; the memo holds the time of the request.
  return Math.min(found.startTime.getTime(), Date.parse(toMemo(found).requestedAt));
}

function toQuery(own: PlacedIntent): string {
  const { issuerId, issuerCardRefId, virtualCardId, action } = own;
  const since = new Date(earliestNewer(own) - BOUND_MARGIN_MS).toISOString();
  return [
    `LcmIssuer = ${quoted(issuerId)}`,
    `LcmAction != ${quoted(action)}`,
    `LcmStatus NOT IN (${WITHDRAWN.map(quoted).join(', ')})`,
    "WorkflowType IN ('tokenOperation', 'cardOperation')",
    // Of one that has continued as new, the latest run tells.
    'ExecutionStatus != "ContinuedAsNew"',
    `StartTime >= ${quoted(since)}`,
    toPlace(issuerCardRefId, virtualCardId),
  ].join(' AND ');
}

/** Narrows the search as far as the query language can; the memo has the last word. */
function toPlace(issuerCardRefId: string, virtualCardId: string | undefined): string {
  if (virtualCardId === undefined) {
    return `(LcmScope IN ("CARD", "TOKEN")${andEqual('LcmCard', issuerCardRefId)})`;
  }
  const wholeCard = `(LcmScope = "CARD"${andEqual('LcmCard', issuerCardRefId)})`;
  return `(${wholeCard} OR (LcmScope = "TOKEN"${andEqual('LcmVirtualCard', virtualCardId)}))`;
}

function andEqual(attribute: string, value: string): string {
  return isExpressible(value) ? ` AND ${attribute} = ${quoted(value)}` : '';
}

/** What a listed operation wants, by its memo; undefined for one that was not started by us. */
function toIntent(found: WorkflowExecutionInfo, issuerId: string): PlacedIntent | undefined {
  const { action, issuerCardRefId, virtualCardId } = (found.memo ?? {}) as Partial<OperationMemo>;
  const known = ACTIONS.find((candidate) => candidate === action);
  if (known === undefined || issuerCardRefId === undefined) return undefined;
  const startedAt = found.startTime.getTime();
  const operationId = found.workflowId.slice(found.workflowId.lastIndexOf('/') + 1);
  return { issuerId, operationId, action: known, startedAt, issuerCardRefId, virtualCardId };
}
