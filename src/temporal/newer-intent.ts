import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { concerns, supersedes, type PlacedIntent } from '../domain/intent.js';
import type { FinalStatus } from '../domain/status.js';
import { ACTIONS } from '../domain/token-state.js';
import type { BoundedCalls } from './bounded-calls.js';
import type { OperationMemo } from './start-options.js';
import { isExpressible, quoted } from './visibility-query.js';

const LOOK_UP_DEADLINE_MS = 2_000;
/** The server's clock says when an operation started, ours when it was requested. */
const CLOCK_SKEW_MS = 10 * 60_000;
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
        const other = toIntent(found, own.issuerId);
        if (other !== undefined && concerns(other, own) && supersedes(other, own)) {
          return other.operationId;
        }
      }
      return undefined;
    };
    return calls.within(LOOK_UP_DEADLINE_MS, search);
  };
}

function toQuery({ issuerId, issuerCardRefId, virtualCardId, action, requestedAt }: PlacedIntent): string {
  const since = new Date(requestedAt - CLOCK_SKEW_MS).toISOString();
  return [
    `LcmIssuer = ${quoted(issuerId)}`,
    `LcmAction != ${quoted(action)}`,
    `LcmStatus NOT IN (${WITHDRAWN.map(quoted).join(', ')})`,
    // The fan-out of a card is no operation of its own.
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
  const { action, requestedAt, issuerCardRefId, virtualCardId } = (found.memo ??
    {}) as Partial<OperationMemo>;
  const known = ACTIONS.find((candidate) => candidate === action);
  const instant = requestedAt === undefined ? Number.NaN : Date.parse(requestedAt);
  if (known === undefined || issuerCardRefId === undefined || Number.isNaN(instant)) return undefined;
  const operationId = found.workflowId.slice(found.workflowId.lastIndexOf('/') + 1);
  return { issuerId, operationId, action: known, requestedAt: instant, issuerCardRefId, virtualCardId };
}
