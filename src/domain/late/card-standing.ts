import { statusOfParts } from '../card/index.js';
import { isAmendable, type Settlement } from '../token/index.js';
import type { OperationReport, TokenOutcome } from '../report/report.js';
import type { FinalStatus } from '../report/status.js';
import type { LateCardReading } from './arrivals.js';

/** How each token of a closed operation on a card stands. */
export interface CardStanding {
  readonly tokens: Readonly<Record<string, TokenStanding>>;
  /** Tokens that could still pay, and must not. */
  readonly exposed: readonly string[];
  /** More callbacks came than are kept: no reading can say what they would have meant. */
  readonly isOverflown: boolean;
}

export interface TokenStanding {
  readonly settlement: Pick<Settlement, 'status' | 'provisional' | 'errorCode'>;
  readonly isExpected: boolean;
  /** An outcome was expected of it, or a word on it has come: only then does a look say anything of it. */
  readonly isRead: boolean;
  /** Words contradict each other, and no reading and no person has decided. */
  readonly isDisputed: boolean;
}

/** How the tokens stand at the end of the operation; undefined for one on a single token. */
export function beginCardStanding(report: OperationReport): CardStanding | undefined {
  if (report.scope !== 'CARD') return undefined;
  return {
    tokens: Object.fromEntries(
      report.outcomes.map((outcome) => [
        outcome.virtualCardId,
        {
          settlement: toSettlement(outcome),
          isExpected: outcome.expected,
          isRead: outcome.expected || ['CONFIRMED', 'FAILED'].includes(outcome.result),
          isDisputed: outcome.disputed === true,
        },
      ]),
    ),
    exposed: report.exposed,
    isOverflown: false,
  };
}

function toSettlement({ result, errorCode, provisional }: TokenOutcome): TokenStanding['settlement'] {
  const status = STATUS_OF[result];
  return {
    status,
    ...(errorCode !== undefined && { errorCode }),
    ...(provisional === true && { provisional }),
  };
}

const STATUS_OF: Readonly<Record<TokenOutcome['result'], FinalStatus>> = {
  CONFIRMED: 'CONFIRMED',
  FAILED: 'FAILED',
  SILENT: 'UNKNOWN',
  PENDING: 'UNKNOWN',
  NOT_ELIGIBLE: 'UNKNOWN',
};

/** The token's outcome by a late word. A success says also that it can no longer pay. */
export function withTokenSettlement(
  card: CardStanding,
  virtualCardId: string,
  settlement: TokenStanding['settlement'],
): CardStanding {
  const before = card.tokens[virtualCardId];
  const isConfirmed = settlement.status === 'CONFIRMED';
  return {
    ...card,
    tokens: {
      ...card.tokens,
      [virtualCardId]: {
        settlement,
        isExpected: before?.isExpected ?? false,
        isRead: true,
        isDisputed: before?.isDisputed ?? false,
      },
    },
    exposed: isConfirmed ? card.exposed.filter((exposed) => exposed !== virtualCardId) : card.exposed,
  };
}

export function withDispute(card: CardStanding, virtualCardId: string): CardStanding {
  const token = card.tokens[virtualCardId];
  if (token === undefined) return card;
  return { ...card, tokens: { ...card.tokens, [virtualCardId]: { ...token, isDisputed: true } } };
}

/** A late look: the wanted state decides a dispute and fills a gap, of every token that it shows so. */
export function withCardReading(card: CardStanding, reading: LateCardReading): CardStanding {
  if (!reading.isAnswered) return card;
  const elsewhere = new Set(reading.elsewhere.map(({ virtualCardId }) => virtualCardId));
  const tokens = Object.entries(card.tokens).map(([id, token]): [string, TokenStanding] => {
    const isDecided = isLookedFor(token) && !elsewhere.has(id);
    return [id, isDecided ? { ...token, settlement: { status: 'CONFIRMED' }, isDisputed: false } : token];
  });
  return { ...card, tokens: Object.fromEntries(tokens), exposed: reading.exposed };
}

/** What a person decided holds for every token of which nothing final was known. */
export function withDecision(card: CardStanding, status: FinalStatus): CardStanding {
  const tokens = Object.entries(card.tokens).map(([id, token]): [string, TokenStanding] => [
    id,
    {
      ...token,
      settlement:
        token.isRead && isAmendable(token.settlement) && status !== 'PARTIALLY_CONFIRMED'
          ? { status }
          : token.settlement,
      isDisputed: false,
    },
  ]);
  return { tokens: Object.fromEntries(tokens), exposed: [], isOverflown: false };
}

export function isDisputed({ tokens, isOverflown }: CardStanding): boolean {
  return isOverflown || Object.values(tokens).some((token) => token.isDisputed);
}

/** What all tokens together mean for the card; what it was before, when they decide nothing. */
export function statusOfCardStanding({ tokens, exposed }: CardStanding, before: FinalStatus): FinalStatus {
  const all = Object.values(tokens);
  const statusesOf = (some: readonly TokenStanding[]): FinalStatus[] =>
    some.map(({ settlement }) => settlement.status);
  return (
    statusOfParts({
      expected: statusesOf(all.filter(({ isExpected }) => isExpected)),
      all: statusesOf(all),
      isExposed: exposed.length > 0,
    }) ?? before
  );
}

/** The tokens of which a late look can say something. */
export function tokensToLookFor({ tokens }: CardStanding): readonly string[] {
  return Object.entries(tokens)
    .filter(([, token]) => isLookedFor(token))
    .map(([id]) => id);
}

function isLookedFor(token: TokenStanding): boolean {
  return token.isRead && (token.isDisputed || isAmendable(token.settlement));
}
