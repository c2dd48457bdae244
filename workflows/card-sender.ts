import {
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  sleep,
  startChild,
  workflowInfo,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import type { CardEvent } from '../src/domain/card/index.js';
import { cardRequestWorkflowId } from '../src/contract/workflow-ids.js';
import { attemptTimeoutMs } from './activity-proxies.js';
import type { cardRequest, CardRequestInput } from './card-request.js';
import { now } from './runtime.js';
import type { UnderWay } from './run-agenda.js';

type SenderEnded = Extract<CardEvent, { kind: 'sender-ended' }>;

const STOP_AGAIN_AFTER_MS = 1_000;

/**
 * Starts the n-th child of an operation that sends its request, in the scope of the caller, which must not be cancellable: a
 * cancellation that Temporal passes on is lost when the child has continued as new, and after a reset. It is asked to stop
 * by its id instead, once, and again until that has arrived.
 */
export function startSender(
  asked: Omit<CardRequestInput, 'operationRunId'>,
  { n }: { n: number },
): UnderWay<SenderEnded> {
  const { request, hubTimeoutMs } = asked;
  const workflowId = cardRequestWorkflowId(request.issuerId, request.correlationId, n);
  let hasEnded = false;

  const started = startChild<typeof cardRequest>('cardRequest', {
    workflowId,
    args: [{ ...asked, operationRunId: workflowInfo().originalExecutionRunId }],
    parentClosePolicy: ParentClosePolicy.TERMINATE,
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    // A backstop for one that nobody works on: it ends by itself at the hard deadline.
    workflowExecutionTimeout:
      Math.max(request.hardDeadlineAt - now(), 0) + 3 * attemptTimeoutMs(hubTimeoutMs),
    staticSummary: `sends ${request.action} for all tokens of card ${request.issuerCardRefId}`,
  });

  async function end(): Promise<SenderEnded> {
    try {
      return { kind: 'sender-ended', report: await (await started).result() };
    } catch (error) {
      log.warn('the child that sends ended without a result', { cancelled: isCancellation(error) });
      // One of an earlier run may go on under the same id.
      await askSenderToStop(request, n);
      return { kind: 'sender-ended', report: undefined };
    } finally {
      hasEnded = true;
    }
  }

  async function askUntilItArrives(): Promise<void> {
    // Before its start is recorded there is nobody to be asked.
    await started.catch(() => undefined);
    while (!hasEnded && !(await askSenderToStop(request, n))) await sleep(STOP_AGAIN_AFTER_MS);
  }

  return { ended: end(), stop: () => void askUntilItArrives() };
}

/** Asks the n-th child to stop, whichever run has started it. @returns whether that has arrived */
export async function askSenderToStop(
  { issuerId, correlationId }: Pick<CardRequestInput['request'], 'issuerId' | 'correlationId'>,
  n: number,
): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(cardRequestWorkflowId(issuerId, correlationId, n)).cancel();
    return true;
  } catch {
    return false;
  }
}
