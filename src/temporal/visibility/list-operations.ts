import type { Client } from '@temporalio/client';
import { withLateMark } from '../../domain/report/listed-operation.js';
import { byPosition, comesAfter, type ListPosition } from '../../application/list-position.js';
import { beginNewestSearch, recordSpanPage, type NewestSearch } from './newest-first.js';
import type { ListedOperation } from '../../domain/report/report.js';
import { GatewayUnavailableError, type ListRequest, type OperationList } from '../../application/gateway.js';
import { findByLateAttention, lateMarksOf } from '../callbacks/late-marks.js';
import { toListedRow, type ListedRow } from './listed-row.js';
import { toListQuery } from './list-query.js';
import { readRows } from './rows.js';

/** So many rows are read by one call: enough to tell from their order where the newest are. */
const ROWS_PER_CALL = 400;
/** So many calls search one page; real servers allow ten visibility queries per second and namespace. */
const MOST_CALLS = 8;

/**
 * One page of the operations of an issuer, newest request first. The server neither orders by that nor by anything that we
 * say, so the newest are searched for by spans of time (decision 10). A page that took too many calls is shorter than asked.
 */
export async function listOperations(
  client: Client,
  request: ListRequest,
  { clock, rowsPerCall = ROWS_PER_CALL }: { clock: () => number; rowsPerCall?: number },
): Promise<OperationList> {
  const { issuerId, filter, limit } = request;
  const { attention } = filter;
  const late = attention === undefined ? undefined : await findByLateAttention(client, issuerId, attention);
  const withLate = late?.operationIds ?? [];
  const search = await searchNewest(client, request, { withLate, clock, rowsPerCall });
  const inOrder = search.found.toSorted((left, right) => byPosition(left.position, right.position));
  const page = inOrder.slice(0, limit);
  const { items, isWhole } = await toItems(client, issuerId, page);
  const next = inOrder.length > limit ? page.at(-1)?.position : restOf(search);
  return {
    items: items.filter((item) => attention === undefined || item.attention === attention),
    ...(next !== undefined && { next }),
    ...((!isWhole || late?.isWhole === false) && { partial: true }),
  };
}

async function searchNewest(
  client: Client,
  request: ListRequest,
  { withLate, clock, rowsPerCall }: { withLate: readonly string[]; clock: () => number; rowsPerCall: number },
): Promise<NewestSearch<ListedRow>> {
  const { filter, after, limit } = request;
  const oldest = Math.max(filter.from ?? 0, 0);
  const newest = Math.min(
    after?.at ?? Number.POSITIVE_INFINITY,
    filter.to === undefined ? Number.POSITIVE_INFINITY : filter.to - 1,
  );
  // One more than asked tells whether there is another page.
  let search = beginNewestSearch<ListedRow>({ from: oldest, to: newest }, limit + 1);
  for (let call = 1; search.span !== undefined && call <= MOST_CALLS; call += 1) {
    const query = toListQuery(request, { span: search.span, withLate });
    const { rows, isWhole } = await readRows(client, query, rowsPerCall);
    const listed = rows.flatMap((row) => toListedRow(row, request.issuerId) ?? []);
    const page = {
      rows: listed.filter((row) => isWanted(row, request)),
      instants: listed.map(({ at }) => at),
      isWhole,
    };
    search = recordSpanPage(search, page, clock());
  }
  if (search.restTo === newest) {
    throw new GatewayUnavailableError('the newest operations were not found among too many of one time');
  }
  return search;
}

/** What the query language cannot say, or a database may read too generously. */
function isWanted({ position, operation }: ListedRow, { filter, after }: ListRequest): boolean {
  const { issuerCardRefId, virtualCardId, status } = filter;
  return (
    (after === undefined || comesAfter(position, after)) &&
    // The row of an operation that ends just now may be older than what the server searched by.
    (status === undefined || operation.status === status) &&
    (issuerCardRefId === undefined || operation.issuerCardRefId === issuerCardRefId) &&
    (virtualCardId === undefined || operation.virtualCardId === virtualCardId)
  );
}

/** The rows as items, with what came late. */
async function toItems(
  client: Client,
  issuerId: string,
  rows: readonly ListedRow[],
): Promise<{ items: readonly ListedOperation[]; isWhole: boolean }> {
  const closed = rows
    .filter(({ operation }) => operation.final)
    .map(({ operation }) => operation.operationId);
  const { marks, isWhole } = await lateMarksOf(client, issuerId, closed);
  const items = rows.map(({ operation }) => {
    const mark = marks.get(operation.operationId);
    return mark === undefined ? operation : withLateMark(operation, mark);
  });
  return { items, isWhole };
}

/** Everything after this place has not been looked at. */
function restOf({ restTo }: NewestSearch<ListedRow>): ListPosition | undefined {
  return restTo === undefined ? undefined : { at: restTo + 1, operationId: '' };
}
