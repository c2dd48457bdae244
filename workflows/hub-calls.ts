import { ActivityFailure, ApplicationFailure, isCancellation, log } from '@temporalio/workflow';
import { NOTHING_LEFT } from '../src/domain/answer.js';
import type { Answer } from '../src/domain/answer.js';
import type { Operation, TokenRequest } from '../src/domain/operation/index.js';
import type { Reading } from '../src/domain/reading.js';
import { getCardInfo, updateCardState } from './activity-proxies.js';
import { now } from './clock.js';

/** Sends the operation's request once; every way in which that can end is an answer. */
export async function sendRequest(
  { request, attempts }: Operation,
  { hubTimeoutMs, isResend }: { hubTimeoutMs: number; isResend: boolean },
): Promise<Answer> {
  try {
    return await updateCardState(
      {
        issuerId: request.issuerId,
        correlationId: request.correlationId,
        issuerCardRefId: request.issuerCardRefId,
        virtualCardId: request.virtualCardId,
        action: request.action,
        ...(request.reasonCode !== undefined && { reasonCode: request.reasonCode }),
        requestedAt: request.requestedAt,
        isResend,
        timeoutMs: hubTimeoutMs,
        hardDeadlineAt: request.hardDeadlineAt,
      },
      {
        hubTimeoutMs,
        untilMs: request.hardDeadlineAt - now(),
        summary: `${request.action} token ${request.virtualCardId}${isResend ? `, attempt ${attempts}` : ''}`,
      },
    );
  } catch (error) {
    return toAnswerOf(error);
  }
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

/** Looks at the token's card; a look that does not succeed is a failed reading. */
export async function readCard(
  token: Pick<TokenRequest, 'issuerId' | 'correlationId' | 'issuerCardRefId' | 'virtualCardId'>,
  { withinMs, hubTimeoutMs, purpose }: { withinMs: number; hubTimeoutMs: number; purpose: string },
): Promise<Reading> {
  try {
    return await getCardInfo(
      {
        issuerId: token.issuerId,
        correlationId: token.correlationId,
        issuerCardRefId: token.issuerCardRefId,
        virtualCardId: token.virtualCardId,
        timeoutMs: Math.min(hubTimeoutMs, withinMs),
      },
      { withinMs, summary: `reading of card ${token.issuerCardRefId}: ${purpose}` },
    );
  } catch {
    return { kind: 'failed' };
  }
}
