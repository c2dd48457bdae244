import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { NOTHING_LEFT } from '../src/domain/hub/answer.js';

/**
 * Nothing left this machine, so Temporal may try the activity again by itself (design 5.1).
 * Benign: an open circuit and a hub that is down are expected, and thousands of operations may wait for them.
 */
export function nothingLeft(reason: string, retryInMs?: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: NOTHING_LEFT,
    message: `nothing was sent: ${reason}`,
    category: ApplicationFailureCategory.BENIGN,
    ...(retryInMs !== undefined && { nextRetryDelay: retryInMs }),
  });
}

/** Nothing was changed and nothing is lost: Temporal tries again. The message names the kind of error, never a value. */
export function notNow(error: unknown): ApplicationFailure {
  const name = error instanceof Error ? error.name : typeof error;
  return ApplicationFailure.create({ type: 'NOT_NOW', message: `not now: ${name}` });
}

/** A bug of ours. What it did is not known, so the workflow decides; the message names the kind of error, never a value. */
export function unexpected(error: unknown): ApplicationFailure {
  const name = error instanceof Error ? error.name : typeof error;
  return ApplicationFailure.create({ type: 'UNEXPECTED', message: `unexpected ${name}`, nonRetryable: true });
}
