import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  log,
  workflowInfo,
} from '@temporalio/workflow';
import type { ResetKnown } from '../src/domain/operation/agenda.js';
import { NOTHING_LEFT } from '../src/domain/hub/answer.js';
import type { Answer } from '../src/domain/hub/answer.js';
import type { Reading } from '../src/domain/hub/reading.js';
import type { OperationRequest } from '../src/domain/report/report.js';
import { toShortText } from '../src/domain/report/short-text.js';
import { getCardInfo, updateCardState, wasReset } from './activity-proxies.js';
import { chance, now } from './runtime.js';
import type { UnderWay } from './run-agenda.js';

/** Sends the operation's request once; every way in which that can end is an answer. */
async function sendRequest(
  { request, attempts }: { readonly request: OperationRequest; readonly attempts: number },
  { hubTimeoutMs, isResend, startedAt }: { hubTimeoutMs: number; isResend: boolean; startedAt: number },
): Promise<Answer> {
  try {
    return await updateCardState(
      {
        issuerId: request.issuerId,
        correlationId: request.correlationId,
        issuerCardRefId: request.issuerCardRefId,
        ...(request.virtualCardId !== undefined && { virtualCardId: request.virtualCardId }),
        action: request.action,
        ...(request.reasonCode !== undefined && { reasonCode: request.reasonCode }),
        startedAt,
        isResend,
        originalRunId: workflowInfo().originalExecutionRunId,
        timeoutMs: hubTimeoutMs,
        hardDeadlineAt: request.hardDeadlineAt,
      },
      {
        hubTimeoutMs,
        untilMs: request.hardDeadlineAt - now(),
        summary: `${request.action} ${nameOf(request)}${isResend ? `, attempt ${attempts}` : ''}`,
      },
    );
  } catch (error) {
    return toAnswerOf(error);
  }
}

/** Whether this run was reset by hand, so that more may have been sent than it knows. */
export async function whetherReset(): Promise<ResetKnown> {
  const isOfResetRun = await wasReset({ originalRunId: workflowInfo().originalExecutionRunId });
  return { kind: 'reset-known', wasReset: isOfResetRun };
}

/** An attempt at the hub that is under way. To stop it is to send nothing that has not left yet. */
export function attemptAtHub(
  sending: Parameters<typeof sendRequest>[0],
  asked: Parameters<typeof sendRequest>[1],
): UnderWay<{ readonly kind: 'answer'; readonly answer: Answer; readonly chance: number }> {
  const scope = new CancellationScope();
  const answered = scope.run(async () => sendRequest(sending, asked));
  return {
    ended: answered.then((answer) => ({ kind: 'answer', answer, chance: chance() })),
    stop: () => scope.cancel(),
  };
}

function nameOf({ virtualCardId, issuerCardRefId }: OperationRequest): string {
  return virtualCardId === undefined ? `all tokens of card ${issuerCardRefId}` : `token ${virtualCardId}`;
}

/** An attempt that ended without a result: only what is proven not to have left this machine counts as not sent. */
function toAnswerOf(error: unknown): Answer {
  // Cancelled between two tries of the activity, each of which had proven that nothing left.
  if (isCancellation(error)) return { kind: 'not-sent' };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && cause.type === NOTHING_LEFT) return { kind: 'not-sent' };
  log.warn('an attempt at the hub ended without an answer', {
    cause: cause instanceof Error ? cause.name : typeof cause,
  });
  return { kind: 'unanswered' };
}

/** Looks at a card, for one of its tokens or for all; a look that does not succeed is a failed reading. */
export async function readCard(
  asked: Pick<OperationRequest, 'issuerId' | 'correlationId' | 'issuerCardRefId' | 'virtualCardId'>,
  { withinMs, hubTimeoutMs, purpose }: { withinMs: number; hubTimeoutMs: number; purpose: string },
): Promise<Reading> {
  try {
    return await getCardInfo(
      {
        issuerId: asked.issuerId,
        correlationId: asked.correlationId,
        issuerCardRefId: asked.issuerCardRefId,
        ...(asked.virtualCardId !== undefined && { virtualCardId: asked.virtualCardId }),
        timeoutMs: Math.min(hubTimeoutMs, withinMs),
      },
      { withinMs, summary: `reading of card ${toShortText(asked.issuerCardRefId)}: ${purpose}` },
    );
  } catch {
    return { kind: 'failed' };
  }
}
