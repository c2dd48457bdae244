import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { ATTENTION_REASONS } from '../../domain/report/attention.js';
import type { CardRenewals } from '../../domain/unsolicited/index.js';
import { mergeRenewals } from '../../domain/unsolicited/merge.js';
import { toRenewalsView, type RenewalsView } from '../../domain/unsolicited/to-view.js';
import { cardRenewalsWorkflowId } from '../../contract/workflow-ids.js';
import { toIndexedText } from '../../references/indexed-text.js';
import { renewalsQuery } from '../../contract/messages.js';
import { attentionKey } from '../../contract/search-attributes.js';
import type { CardRef } from '../../application/gateway.js';
import { ifFound } from '../connection/not-found.js';
import { isExpressible, quoted } from '../visibility/visibility-query.js';

const QUERY_DEADLINE_MS = 500;
/** So many runs are asked for one answer; a card has one or two, unless something is badly wrong. */
const MOST_RUNS = 100;
/** So many tokens are named in one visibility query. */
const TOKENS_PER_QUERY = 100;

/** The renewals of a card's tokens: what all runs know that are about the card, or about one of its tokens alone. */
export async function viewRenewals(client: Client, card: CardRef): Promise<RenewalsView> {
  const ofCard = await runsOfCard(client, card);
  const toldOfCard = await askAll(client, ofCard);
  const { tokens } = mergeRenewals(knownOf(toldOfCard));
  const ofTokens = await runsOfTokens(
    client,
    card.issuerId,
    tokens.map(({ virtualCardId }) => virtualCardId),
  );
  const told = [...toldOfCard, ...(await askAll(client, ofTokens))];
  const isOlderOutOfSight = ofCard.length > 0 && !isExpressible(card.issuerCardRefId);
  const isTooMuch = Math.max(ofCard.length, ofTokens.length) > MOST_RUNS;
  const untold = told.filter(({ renewals }) => renewals === undefined);
  return toRenewalsView(mergeRenewals(knownOf(told)), {
    issuerCardRefId: card.issuerCardRefId,
    open: told.some(({ run }) => isOpen(run)),
    partial: untold.length > 0 || isOlderOutOfSight || isTooMuch,
    attentionOfUntold: untold.flatMap(({ run }) => attentionShownBy(run)),
  });
}

type Run = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'runId' | 'status' | 'startTime' | 'typedSearchAttributes'
>;

/** A run, and what it knows; nothing if nobody tells. */
interface ToldRun {
  readonly run: Run;
  readonly renewals: CardRenewals | undefined;
}

/** The latest run by a question that is always up to date, and the earlier ones by a search. */
async function runsOfCard(client: Client, { issuerId, issuerCardRefId }: CardRef): Promise<Run[]> {
  const workflowId = cardRenewalsWorkflowId(issuerId, toIndexedText(issuerCardRefId));
  const latest = await ifFound(client.workflow.getHandle(workflowId).describe());
  if (latest === undefined) return [];
  if (!isExpressible(issuerCardRefId)) return [latest];
  const found = await search(client, issuerId, `WorkflowId = ${quoted(workflowId)}`);
  // The search saw the described run later, when it may have continued as new, or does not know it yet.
  const runs = new Map([latest, ...found].map((run) => [run.runId, run]));
  return [...runs.values()].filter(hasLastWord);
}

/** The runs of tokens alone, whose callbacks named no card. A reference that no query can express finds nothing. */
async function runsOfTokens(
  client: Client,
  issuerId: string,
  virtualCardIds: readonly string[],
): Promise<Run[]> {
  const names = virtualCardIds.map(toIndexedText).filter(isExpressible).map(quoted);
  const runs: Run[] = [];
  for (let from = 0; from < names.length && runs.length <= MOST_RUNS; from += TOKENS_PER_QUERY) {
    const some = names.slice(from, from + TOKENS_PER_QUERY).join(', ');
    runs.push(...(await search(client, issuerId, `LcmVirtualCard IN (${some})`)));
  }
  return runs.filter(hasLastWord);
}

async function search(client: Client, issuerId: string, condition: string): Promise<Run[]> {
  const query = `LcmIssuer = ${quoted(issuerId)} AND LcmScope = "RENEWAL" AND ${condition}`;
  const runs: Run[] = [];
  for await (const run of client.workflow.list({ query })) runs.push(run);
  return runs;
}

/** One that has continued as new has handed over all it knew. */
function hasLastWord({ status }: Run): boolean {
  return status.name !== 'CONTINUED_AS_NEW';
}

function isOpen({ status }: Run): boolean {
  return ['RUNNING', 'PAUSED'].includes(status.name);
}

/** Asks the newest runs, all at once: each has its own short time to answer. */
async function askAll(client: Client, runs: readonly Run[]): Promise<ToldRun[]> {
  const newest = runs.toSorted((left, right) => byStart(right, left)).slice(0, MOST_RUNS);
  return Promise.all(newest.map(async (run) => ({ run, renewals: await renewalsOf(client, run) })));
}

/** What a run knows: from its result or, also of one that somebody ended by hand, from a query; undefined if nobody answers. */
async function renewalsOf(client: Client, run: Run): Promise<CardRenewals | undefined> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  if (run.status.name === 'COMPLETED') return (await handle.result()) as CardRenewals;
  try {
    return await client.connection.withDeadline(Date.now() + QUERY_DEADLINE_MS, async () =>
      handle.query(renewalsQuery),
    );
  } catch {
    return undefined;
  }
}

function knownOf(told: readonly ToldRun[]): CardRenewals[] {
  return told
    .toSorted((left, right) => byStart(left.run, right.run))
    .flatMap(({ renewals }) => renewals ?? []);
}

function attentionShownBy({ typedSearchAttributes }: Run) {
  return ATTENTION_REASONS.filter((reason) => reason === typedSearchAttributes.get(attentionKey));
}

function byStart(left: Run, right: Run): number {
  return left.startTime.getTime() - right.startTime.getTime();
}
