import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { CardTokensKnown } from '../../domain/report/timeline.js';
import { lateWorkflowId } from '../../contract/workflow-ids.js';
import { toIndexedText } from '../../references/indexed-text.js';
import { cardKey, virtualCardKey } from '../../contract/search-attributes.js';
import { readRows } from '../visibility/rows.js';
import { isExpressible, narrowedTo, quoted } from '../visibility/visibility-query.js';

/** So many runs are asked for one answer. */
const MOST_RUNS = 100;
/** So many tokens are named in the query. */
const MOST_TOKENS = 100;

/** What of the workflows that nobody asked for may be about a card. */
export interface UnaskedOfCard extends CardTokensKnown {
  /** Operations on the card that have ended. */
  readonly operationIds: readonly string[];
}

/**
 * The runs of foreign changes and of what came late that are about a card, the newest ones, by one query. A workflow shows
 * the card and the token of its first callback: one that named no card is found by its token, if that is known.
 */
export async function searchUnasked(
  client: Client,
  issuerId: string,
  { issuerCardRefId, virtualCardIds, operationIds }: UnaskedOfCard,
): Promise<{ readonly runs: readonly WorkflowExecutionInfo[]; readonly isPartial: boolean }> {
  const indexed = new Set([...virtualCardIds].map(toIndexedText));
  const tokens = [...indexed].filter(isExpressible).slice(0, MOST_TOKENS);
  const ofCard = narrowedTo('LcmCard', issuerCardRefId);
  const lateIds = operationIds.map((id) => lateWorkflowId(issuerId, id));
  const places = [
    ...(ofCard === undefined ? [] : [ofCard]),
    ...(tokens.length === 0 ? [] : [`LcmVirtualCard IN (${tokens.map(quoted).join(', ')})`]),
    ...(lateIds.length === 0 ? [] : [`WorkflowId IN (${lateIds.map(quoted).join(', ')})`]),
  ];
  const isOutOfSight = ofCard === undefined || tokens.length < indexed.size;
  if (places.length === 0) return { runs: [], isPartial: isOutOfSight };
  const query = [
    `LcmIssuer = ${quoted(issuerId)}`,
    'LcmScope IN ("FOREIGN", "LATE")',
    // One that has continued as new has handed over all it knew.
    'ExecutionStatus != "ContinuedAsNew"',
    `(${places.join(' OR ')})`,
  ].join(' AND ');
  const { rows, isWhole } = await readRows(client, query, MOST_RUNS);
  const runs = rows.filter((run) => {
    const { workflowId, typedSearchAttributes } = run;
    return (
      lateIds.includes(workflowId) ||
      typedSearchAttributes.get(cardKey) === issuerCardRefId ||
      indexed.has(typedSearchAttributes.get(virtualCardKey) ?? '')
    );
  });
  return { runs, isPartial: !isWhole || isOutOfSight };
}
