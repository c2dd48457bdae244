import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { supersedes, type Intent, type PlacedIntent } from '../domain/intent.js';
import type { FinalStatus } from '../domain/status.js';
import { ACTIONS } from '../domain/token-state.js';
import type { OperationMemo } from './start-options.js';
import { quoted } from './visibility-query.js';
import { withTimer } from './with-timer.js';

const LOOK_UP_DEADLINE_MS = 2_000;
/** The server's clock says when an operation started, ours when it was requested. */
const CLOCK_SKEW_MS = 10 * 60_000;
/** These want nothing any more. */
const WITHDRAWN: readonly FinalStatus[] = ['REJECTED', 'FAILED', 'CANCELLED', 'SUPERSEDED'];

/**
 * Looks by visibility for a newer operation of the same issuer that wants something else of the same token, or of its whole
 * card (design 5.1). Answers with its id, or undefined when there is none; throws when it cannot tell within 2 s.
 */
export function createNewerIntentLookUp(client: Client) {
  return async function findNewerIntent(own: PlacedIntent): Promise<string | undefined> {
    const search = async (): Promise<string | undefined> => {
      for await (const found of client.workflow.list({ query: toQuery(own) })) {
        const other = toIntent(found);
        if (other !== undefined && supersedes(other, own)) return other.operationId;
      }
      return undefined;
    };
    return withTimer(
      LOOK_UP_DEADLINE_MS,
      client.connection.withDeadline(Date.now() + LOOK_UP_DEADLINE_MS, search),
    );
  };
}

function toQuery(own: PlacedIntent): string {
  const { issuerId, issuerCardRefId, virtualCardId, action, requestedAt } = own;
  const wholeCard = `(LcmScope = "CARD" AND LcmCard = ${quoted(issuerCardRefId)})`;
  const sameToken =
    virtualCardId === undefined
      ? wholeCard
      : `(${wholeCard} OR (LcmScope = "TOKEN" AND LcmVirtualCard = ${quoted(virtualCardId)}))`;
  const since = new Date(requestedAt - CLOCK_SKEW_MS).toISOString();
  return [
    `LcmIssuer = ${quoted(issuerId)}`,
    sameToken,
    `LcmAction != ${quoted(action)}`,
    `LcmStatus NOT IN (${WITHDRAWN.map(quoted).join(', ')})`,
    // Of one that has continued as new, the latest run tells.
    'ExecutionStatus != "ContinuedAsNew"',
    `StartTime >= ${quoted(since)}`,
  ].join(' AND ');
}

/** What a listed operation wants, by its memo; undefined for one that was not started by us. */
function toIntent({ workflowId, memo }: WorkflowExecutionInfo): Intent | undefined {
  const { action, requestedAt } = (memo ?? {}) as Partial<OperationMemo>;
  const known = ACTIONS.find((candidate) => candidate === action);
  const instant = requestedAt === undefined ? Number.NaN : Date.parse(requestedAt);
  if (known === undefined || Number.isNaN(instant)) return undefined;
  return {
    operationId: workflowId.slice(workflowId.lastIndexOf('/') + 1),
    action: known,
    requestedAt: instant,
  };
}
