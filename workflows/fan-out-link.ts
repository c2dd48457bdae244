import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ChildWorkflowCancellationType,
  isCancellation,
  log,
  ParentClosePolicy,
  startChild,
  workflowInfo,
  WorkflowIdReusePolicy,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import type { FoundFanOut } from '../activities/dependencies.js';
import type { OperationReport } from '../src/domain/report.js';
import { ownerWorkflowId } from '../src/domain/workflow-ids.js';
import { findFanOut } from './activity-proxies.js';
import type { CardFanOutInput, cardFanOut } from './card-fan-out.js';

/** The fan-out as the sender of a card's request sees it. */
export interface FanOutLink {
  /** Settles when it has ended; undefined when it was ended by hand or by a bug. */
  readonly ended: Promise<OperationReport | undefined>;
  /** How it stood when it was found, unless this operation has just started it. */
  readonly found?: Exclude<FoundFanOut, { readonly kind: 'taken' }>;
}

/**
 * Starts the fan-out, which from then on owns the callbacks, or finds the one that was started for this very request
 * before. Undefined: its id belongs to something else (design 5.3).
 */
export async function startFanOut(
  input: CardFanOutInput,
  { fingerprint }: { fingerprint: string },
): Promise<FanOutLink | undefined> {
  const { request } = input;
  const { typedSearchAttributes, memo } = workflowInfo();
  try {
    const child = await startChild<typeof cardFanOut>('cardFanOut', {
      workflowId: ownerWorkflowId(request.issuerId, request.correlationId),
      args: [input],
      // It goes on whatever becomes of the sender: the callbacks are its own.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      typedSearchAttributes,
      ...(memo !== undefined && { memo }),
      staticSummary: `callbacks of ${request.action} all tokens of card ${request.issuerCardRefId}`,
    });
    return { ended: resultOf(child) };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return attachToFanOut(request, { fingerprint });
  }
}

/** The fan-out that an earlier run has started, before that was reset by hand. */
async function attachToFanOut(
  { issuerId, correlationId }: CardFanOutInput['request'],
  { fingerprint }: { fingerprint: string },
): Promise<FanOutLink | undefined> {
  const asked = { issuerId, correlationId, fingerprint };
  const found = await findFanOut({ ...asked, untilEnded: false });
  if (found.kind === 'taken') return undefined;
  if (found.kind === 'ended') return { ended: Promise.resolve(found.report), found };
  return { ...linkToFanOut({ issuerId, correlationId }, { fingerprint }), found };
}

/** The link of a run that did not start the fan-out itself, as after continue-as-new: it asks until that has ended. */
export function linkToFanOut(
  { issuerId, correlationId }: Pick<CardFanOutInput['request'], 'issuerId' | 'correlationId'>,
  { fingerprint }: { fingerprint: string },
): FanOutLink {
  const last = findFanOut({ issuerId, correlationId, fingerprint, untilEnded: true });
  return { ended: last.then((found) => (found.kind === 'ended' ? found.report : undefined)) };
}

async function resultOf(child: ChildWorkflowHandle<typeof cardFanOut>): Promise<OperationReport | undefined> {
  try {
    return await child.result();
  } catch (error) {
    log.warn('the fan-out ended without a result', { cancelled: isCancellation(error) });
    return undefined;
  }
}
