import {
  duplicateKey,
  toShownChange,
  withoutOvertaken,
  type Arrival,
  type VirtualCardChange,
} from '../hub/change.js';
import { checkingIntervalMs } from '../operation/deadlines.js';
import { withAttention, withoutAttention } from '../operation/dispatch.js';
import { evolve, isRemovalFromApp } from '../token/index.js';
import { reviewCard, withFirstList } from './review.js';
import { createRoster, type Roster } from './roster.js';
import {
  beginMember,
  hasReachedHub,
  withoutFurtherAttempts,
  type Card,
  type CardOperation,
  type Member,
} from './state.js';

/** Tokens that report without being in the snapshot are kept up to this many, and counted beyond. */
const MOST_APPEARED = 200;
/** Words beyond the first on each token; all of them have to fit into one message of Temporal's. */
const MOST_FURTHER_WORDS = 1_500;
const MOST_STRANGERS_HEARD = 200;
const MOST_STRANGERS_SHOWN = 100;

/**
 * Records callbacks in the order in which they came, whenever that is: before the hub's answer, again, contradicting an earlier
 * one, about a token that was not in the snapshot. Each token's outcome follows the rules of an operation on one token (design
 * 5.2). The tokens are gone through once, not once for each callback.
 */
export function recordCardChanges(operation: CardOperation, arrivals: readonly Arrival[]): CardOperation {
  if (arrivals.length === 0) return operation;
  const { members, ...begun } = operation;
  const roster = createRoster(members);
  const card = arrivals.reduce<Card>(
    (kept, { change, at }) => recordArrival(forgetOvertaken(kept, change), roster, change, at),
    begun,
  );
  return { ...card, members: roster.toMembers() };
}

function recordArrival(card: Card, roster: Roster, change: VirtualCardChange, now: number): Card {
  const known = roster.find(change.virtualCardId);
  const member = known ?? beginAppeared(card, roster, change);
  const key = duplicateKey(change);
  // What was heard of a stranger is a copy also when the token has joined since.
  if (member === undefined || card.strangers.heard.includes(key)) {
    const kept = recordStranger(card, change, { key, now });
    const isNews = member === undefined && isOwnAction(card, change) && !card.strangers.heard.includes(key);
    // There is no room for the token, but the hub has the request.
    return isNews
      ? reviewCard(withOwnWord(kept, roster, { lastFactAt: now, now }), { hasOpen: roster.hasOpen(), now })
      : kept;
  }

  const isRepeat = withoutOvertaken(member.token.heard, change, card.request.action).includes(key);
  const isFirstWord = isOwnAction(card, change) && member.token.phase.kind === 'waiting';
  const isFurther = !isRepeat && !isFirstWord && member.token.heard.length > 0;
  if (isFurther && roster.furtherWords() >= MOST_FURTHER_WORDS) return recordOverflow(card);

  const { readingRequestedAt, ...token } = evolve(member.token, { kind: 'callback', change }, now);
  roster.put({ ...member, token });
  const asked = readingRequestedAt === undefined ? card : requestReading(card, now);
  if (isRepeat || !isOwnAction(card, change)) return asked;
  const isNews =
    token.phase !== member.token.phase || token.conflicts !== member.token.conflicts || !hasReachedHub(card);
  const spoken = withOwnWord(asked, roster, { lastFactAt: isNews ? now : card.lastFactAt, now });
  return reviewCard(spoken, { hasOpen: roster.hasOpen(), now });
}

/** What follows another word on the same token is no copy of the word before it. */
function forgetOvertaken(card: Card, change: VirtualCardChange): Card {
  const { strangers, request } = card;
  const heard = withoutOvertaken(strangers.heard, change, request.action);
  return heard === strangers.heard ? card : { ...card, strangers: { ...strangers, heard } };
}

function isOwnAction({ request }: Card, change: VirtualCardChange): boolean {
  return change.action === request.action;
}

/** A token that was not in the snapshot joins with the request's own action, or with its removal from the application. */
function beginAppeared(card: Card, roster: Roster, change: VirtualCardChange): Member | undefined {
  if (!isOwnAction(card, change) && !isRemovalFromApp(change, card.request)) return undefined;
  return roster.appeared() < MOST_APPEARED ? beginMember(card, change.virtualCardId, 'appeared') : undefined;
}

/** A word on the request's own action proves that the hub has the request: a refusal was the echo of an earlier attempt. */
function withOwnWord(
  card: Card,
  roster: Roster,
  { lastFactAt, now }: { lastFactAt: number | undefined; now: number },
): Card {
  const { phase } = card;
  const heard = withRequestKnown({ ...card, lastFactAt }, roster, now);
  // The last look goes on, and decides by what is known now.
  if (phase.kind === 'expired' && phase.before.kind === 'refused') {
    return { ...heard, phase: { kind: 'expired', before: { kind: 'gathering' } } };
  }
  const isDecidedByPerson = phase.kind === 'final' && phase.settlement.evidence === 'PERSON';
  if (isDecidedByPerson || (phase.kind !== 'refused' && phase.kind !== 'final')) return heard;
  return { ...heard, phase: { kind: 'gathering' }, nextReadingAt: undefined, settledAt: undefined };
}

/** Whatever the sender says: what one token reports, the hub may have done to all of them. */
function withRequestKnown(card: Card, roster: Roster, now: number): Card {
  if (card.wordCame) return card;
  roster.change((member) => ({ ...member, token: { ...member.token, possiblySent: true } }));
  const heard = withoutAttention(withoutFurtherAttempts({ ...card, wordCame: true }, now), 'HUB_UNREACHABLE');
  return hasReachedHub(card) ? heard : withFirstList(heard, now);
}

/** Another action of a token that nobody knows: kept and shown, and one reading looks whether it explains something. */
function recordStranger(
  card: Card,
  change: VirtualCardChange,
  { key, now }: { key: string; now: number },
): Card {
  const { strangers } = card;
  if (strangers.heard.includes(key)) {
    return { ...card, strangers: { ...strangers, duplicates: strangers.duplicates + 1 } };
  }
  const hasRoom = strangers.unexpected.length < MOST_STRANGERS_SHOWN;
  const kept: Card = {
    ...card,
    strangers: {
      ...strangers,
      heard: strangers.heard.length < MOST_STRANGERS_HEARD ? [...strangers.heard, key] : strangers.heard,
      unexpected: hasRoom ? [...strangers.unexpected, toShownChange(change)] : strangers.unexpected,
      omitted: strangers.omitted + (hasRoom ? 0 : 1),
    },
  };
  const warned = change.cardDataSeen === true ? withAttention(kept, 'CARD_DATA_SEEN') : kept;
  return requestReading(withAttention(warned, 'UNEXPECTED_CALLBACK'), now);
}

/** A further word on a token of which there is one already: nobody has compared the two, so a person has to. */
function recordOverflow(card: Card): Card {
  const { strangers } = card;
  return withAttention({ ...card, strangers: { ...strangers, omitted: strangers.omitted + 1 } }, 'CONFLICT');
}

function requestReading(card: Card, now: number): Card {
  if (card.phase.kind === 'final' || card.readingRequestedAt !== undefined) return card;
  const spacingMs = checkingIntervalMs(card.policy.readIntervalMs);
  const earliest = card.lastReadingAt === undefined ? now : card.lastReadingAt + spacingMs;
  return { ...card, readingRequestedAt: Math.max(now, earliest) };
}
