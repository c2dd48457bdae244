import { upsertMemo, workflowInfo } from '@temporalio/workflow';
import { byServerClock } from '../src/domain/operation/clocks.js';
import { toIsoTime, type OperationRequest } from '../src/domain/report/report.js';
import { requestedAtKey } from '../src/contract/search-attributes.js';
import { writeSearchAttributes } from './display.js';

/**
 * When Temporal started an operation, by its own clock, and the request by that clock. The start is that of the first run:
 * a later one carries it, and after a reset Temporal itself still names it. A run that an older release has handed over to
 * has only the time of the request.
 */
export function fromFirstStart<Request extends OperationRequest>(input: {
  readonly request: Request;
  readonly startedAt?: number;
  readonly operation?: unknown;
}): { readonly request: Request; readonly startedAt: number } {
  const isFirstRun = input.operation === undefined;
  const startedAt =
    input.startedAt ?? (isFirstRun ? workflowInfo().startTime.getTime() : input.request.requestedAt);
  const request = byServerClock(input.request, startedAt);
  // What the server shows, and what lists are ordered by, was written down by another clock. Not every run begins with
  // what the one before has made of its memo.
  const shown = workflowInfo().memo?.['requestedAt'];
  if (shown !== undefined && shown !== toIsoTime(request.requestedAt)) write(request);
  return { request, startedAt };
}

function write({ requestedAt, softDeadlineAt, hardDeadlineAt }: OperationRequest): void {
  writeSearchAttributes([{ key: requestedAtKey, value: new Date(requestedAt) }]);
  upsertMemo({
    requestedAt: toIsoTime(requestedAt),
    softDeadlineAt: toIsoTime(softDeadlineAt),
    hardDeadlineAt: toIsoTime(hardDeadlineAt),
  });
}
