import { withReason, type AttentionReason } from '../report/attention.js';
import type { VirtualCardChange } from '../hub/change.js';
import { verdict } from '../token/index.js';

import type { LateCardReading } from './arrivals.js';
import {
  isDisputed,
  statusOfCardStanding,
  tokensToLookFor,
  withCardReading,
  withDispute,
  withTokenSettlement,
  type CardStanding,
} from './card-standing.js';
import {
  asReading,
  asUnexpected,
  entered,
  withConflict,
  type Judged,
  type LateStanding,
} from './standing.js';
import type { LateSubject } from './subject.js';
import { amend } from './words.js';

/** So many tokens are named in a sentence. */
const MOST_NAMED = 10;

/** A word on one token of a card is judged by that token's outcome, and the card by all of them. */
export function judgeWordOnCard(
  standing: LateStanding,
  card: CardStanding,
  change: VirtualCardChange,
  subject: LateSubject,
): Judged {
  const { virtualCardId } = change;
  const before = card.tokens[virtualCardId]?.settlement ?? { status: 'UNKNOWN' };
  switch (verdict(before, subject, change)) {
    case 'unrelated':
      return asUnexpected(standing, change);
    case 'device':
    case 'agrees':
      return entered(standing, 'amendment', change);
    case 'amends': {
      const amended = withCard(standing, withTokenSettlement(card, virtualCardId, amend(before, change)));
      const reasons = withReason(amended.reasons, 'LATE_AMENDMENT');
      return entered({ ...amended, reasons }, 'amendment', change);
    }
    case 'contradicts':
      return entered(
        withConflict({ ...standing, card: withDispute(card, virtualCardId) }),
        'conflict',
        change,
      );
  }
}

export function judgeCardReading(standing: LateStanding, reading: LateCardReading): Judged {
  const entry = asReading(reading, describeCardReading(reading));
  const { card, settlement } = standing;
  const isOpen = standing.conflictOpen || !['CANCELLED', 'SUPERSEDED'].includes(settlement.status);
  if (card === undefined || !reading.isAnswered || !isOpen) return { standing, entry };
  return { standing: withCard(standing, withCardReading(card, reading)), entry };
}

/** The card by its tokens: what is settled now is no reason to look any more. */
function withCard(standing: LateStanding, card: CardStanding): LateStanding {
  const status = statusOfCardStanding(card, standing.settlement.status);
  const conflictOpen = isDisputed(card);
  const isGone = (reason: AttentionReason): boolean =>
    (reason === 'CONFLICT' && !conflictOpen) ||
    (reason === 'TOKEN_EXPOSED' && card.exposed.length === 0) ||
    (reason === 'UNKNOWN_OUTCOME' && tokensToLookFor(card).length === 0 && status !== 'UNKNOWN');
  const reasons = standing.reasons.filter((reason) => !isGone(reason));
  return {
    ...standing,
    card,
    settlement: { ...standing.settlement, status },
    conflictOpen,
    effectiveStatus: conflictOpen ? 'UNKNOWN' : status,
    reasons: card.exposed.length > 0 ? withReason(reasons, 'TOKEN_EXPOSED') : reasons,
  };
}

function describeCardReading({ isAnswered, elsewhere, exposed }: LateCardReading): string {
  if (!isAnswered) return 'the hub did not answer with a list';
  if (elsewhere.length === 0 && exposed.length === 0) return 'the hub lists every token as wanted';
  const others = elsewhere.map(({ virtualCardId, status }) => `${virtualCardId} ${status ?? 'not listed'}`);
  return `not as wanted: ${named(others)}; can pay: ${named(exposed)}`;
}

function named(tokens: readonly string[]): string {
  if (tokens.length === 0) return 'none';
  const more = tokens.length - MOST_NAMED;
  return `${tokens.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
