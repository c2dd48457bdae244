import { duplicateKey, toShownChange, withoutOvertaken, type VirtualCardChange } from '../change.js';
import { checkingIntervalMs } from '../deadlines.js';
import { withAttention } from '../dispatch.js';
import { recordChange } from '../operation/index.js';
import { beginMember, hasReachedHub, withTokens, type FanOut, type Member } from './state.js';
import { review } from './review.js';

/** Tokens that report without being in the snapshot are kept up to this many, and counted beyond. */
const MOST_APPEARED = 200;
/** Words beyond the first on each token; all of them have to fit into one message of Temporal's. */
const MOST_FURTHER_WORDS = 1_500;
const MOST_STRANGERS_HEARD = 200;
const MOST_STRANGERS_SHOWN = 100;

/**
 * Records one callback, whenever it comes: before the hub's answer, again, contradicting an earlier one, about a token that
 * was not in the snapshot. Each token's outcome follows the rules of an operation on one token (design 5.2).
 */
export function recordFanOutChange(before: FanOut, change: VirtualCardChange, now: number): FanOut {
  const fanOut = forgetOvertaken(before, change);
  const known = fanOut.members.find(({ token }) => token.request.virtualCardId === change.virtualCardId);
  const member = known ?? beginAppeared(fanOut, change);
  const key = duplicateKey(change);
  // What was heard of a stranger is a copy also when the token has joined since.
  if (member === undefined || fanOut.strangers.heard.includes(key))
    return recordStranger(fanOut, change, now);

  const isRepeat = withoutOvertaken(member.token.heard, change, fanOut.request.action).includes(key);
  if (!isRepeat && member.token.heard.length > 0 && isCrowded(fanOut)) return recordOverflow(fanOut);

  const { readingRequestedAt, ...token } = recordChange(member.token, change, now);
  const after: Member = { ...member, token };
  const members =
    known === undefined
      ? [...fanOut.members, after]
      : fanOut.members.map((other) => (other === known ? after : other));
  const kept: FanOut = { ...fanOut, members };
  const asked = readingRequestedAt === undefined ? kept : requestReading(kept, now);
  if (isRepeat || !isOwnAction(fanOut, change)) return asked;
  const isNews =
    token.stance !== member.token.stance ||
    token.conflicts !== member.token.conflicts ||
    !hasReachedHub(fanOut);
  return review(withOwnWord(asked, isNews ? now : fanOut.lastFactAt), now);
}

/** What follows another word on the same token is no copy of the word before it. */
function forgetOvertaken(fanOut: FanOut, change: VirtualCardChange): FanOut {
  const { strangers, request } = fanOut;
  const heard = withoutOvertaken(strangers.heard, change, request.action);
  return heard === strangers.heard ? fanOut : { ...fanOut, strangers: { ...strangers, heard } };
}

function isOwnAction({ request }: FanOut, change: VirtualCardChange): boolean {
  return change.action === request.action;
}

/** A token that was not in the snapshot joins with the request's own action, or with its removal from the application. */
function beginAppeared(fanOut: FanOut, change: VirtualCardChange): Member | undefined {
  const isRemoval = fanOut.request.action === 'DELETE' && change.action === 'DELETE_FROM_APP';
  if (!isOwnAction(fanOut, change) && !isRemoval) return undefined;
  const appeared = fanOut.members.filter(({ role }) => role === 'appeared').length;
  return appeared < MOST_APPEARED ? beginMember(fanOut, change.virtualCardId, 'appeared') : undefined;
}

/** A word on the request's own action proves that the hub has the request: a refusal was the echo of an earlier attempt. */
function withOwnWord(fanOut: FanOut, lastFactAt: number | undefined): FanOut {
  const { stance } = fanOut;
  const heard = withRequestKnown({ ...fanOut, lastFactAt });
  // The last look goes on, and decides by what is known now.
  if (stance.kind === 'expired' && stance.before.kind === 'refused') {
    return { ...heard, stance: { kind: 'expired', before: { kind: 'gathering' } } };
  }
  const isDecidedByPerson = stance.kind === 'final' && stance.settlement.evidence === 'PERSON';
  if (isDecidedByPerson || (stance.kind !== 'refused' && stance.kind !== 'final')) return heard;
  return { ...heard, stance: { kind: 'gathering' }, nextReadingAt: undefined, settledAt: undefined };
}

/** Whatever the sender says: what one token reports, the hub may have done to all of them. */
function withRequestKnown(fanOut: FanOut): FanOut {
  if (fanOut.wordCame) return fanOut;
  return withTokens(
    { ...fanOut, wordCame: true },
    () => true,
    (token) => ({ ...token, possiblySent: true }),
  );
}

/** Another action of a token that nobody knows: kept and shown, and one reading looks whether it explains something. */
function recordStranger(fanOut: FanOut, change: VirtualCardChange, now: number): FanOut {
  const { strangers } = fanOut;
  const key = duplicateKey(change);
  if (strangers.heard.includes(key)) {
    return { ...fanOut, strangers: { ...strangers, duplicates: strangers.duplicates + 1 } };
  }
  const hasRoom = strangers.unexpected.length < MOST_STRANGERS_SHOWN;
  const kept: FanOut = {
    ...fanOut,
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

function isCrowded({ members }: FanOut): boolean {
  const further = members.reduce((sum, { token }) => sum + Math.max(token.heard.length - 1, 0), 0);
  return further >= MOST_FURTHER_WORDS;
}

/** A further word on a token of which there is one already: nobody has compared the two, so a person has to. */
function recordOverflow(fanOut: FanOut): FanOut {
  const { strangers } = fanOut;
  return withAttention(
    { ...fanOut, strangers: { ...strangers, omitted: strangers.omitted + 1 } },
    'CONFLICT',
  );
}

function requestReading(fanOut: FanOut, now: number): FanOut {
  if (fanOut.stance.kind === 'final' || fanOut.readingRequestedAt !== undefined) return fanOut;
  const spacingMs = checkingIntervalMs(fanOut.policy.readIntervalMs);
  const earliest = fanOut.lastReadingAt === undefined ? now : fanOut.lastReadingAt + spacingMs;
  return { ...fanOut, readingRequestedAt: Math.max(now, earliest) };
}
