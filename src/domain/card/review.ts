import { checkingIntervalMs } from '../operation/deadlines.js';
import {
  hasReachedHub,
  isOpen,
  isSenderDone,
  enterCardPhase,
  type Card,
  type CardOperation,
} from './state.js';

const CLOSING_TRIES = 3;

/**
 * Moves on when the last expected token has its outcome, and back when one is open again. Called after everything that can
 * change either; "all settled" means all of a complete snapshot, never all that happened to report (design 5.3).
 */
export function review(operation: CardOperation, now: number): CardOperation {
  return reviewCard(operation, { hasOpen: operation.members.some(isOpen), now });
}

/** The same for who knows already whether an outcome is still waited for. */
export function reviewCard<T extends Card>(
  operation: T,
  { hasOpen, now }: { hasOpen: boolean; now: number },
): T {
  const { phase, hasSnapshot } = operation;
  const isGathered = hasSnapshot && hasReachedHub(operation) && isSenderDone(operation, now) && !hasOpen;
  if (phase.kind === 'gathering' && isGathered) {
    const closing = { kind: 'closing', contradicted: [], triesLeft: CLOSING_TRIES } as const;
    return enterCardPhase(
      { ...operation, closings: operation.closings + 1 },
      closing,
      closingAt(operation, now),
    );
  }
  if (phase.kind === 'closing' && !isGathered) {
    return { ...operation, phase: { kind: 'gathering' }, nextReadingAt: undefined };
  }
  return operation;
}

/** The first comparison follows at once; words that keep coming after it must not become a reading each. */
function closingAt(
  { closings, lastReadingAt, policy }: Pick<CardOperation, 'closings' | 'lastReadingAt' | 'policy'>,
  now: number,
): number {
  if (closings === 0 || lastReadingAt === undefined) return now;
  return Math.max(now, lastReadingAt + checkingIntervalMs(policy.readIntervalMs));
}

/** A card whose tokens are not known is read as soon as the hub has the request: its tokens may all call back soon. */
export function withFirstList<T extends Card>(card: T, now: number): T {
  const isUnseen = !card.hasSnapshot && card.phase.kind === 'gathering';
  return isUnseen ? { ...card, nextReadingAt: now } : card;
}
