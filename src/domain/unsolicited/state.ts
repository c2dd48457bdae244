import { mostUrgent, type AttentionReason } from '../report/attention.js';
import { saysTheSame, type Arrival, type ErrorCode, type VirtualCardChange } from '../hub/change.js';
import { MOST_CHARACTERS } from './message-size.js';

/** The renewals of a card's tokens by their TSP. Plain JSON: the state and the result of `cardRenewals`. */
export interface CardRenewals {
  readonly issuerId: string;
  /** Absent when the callbacks name no card: then they are about one token. */
  readonly issuerCardRefId?: string;
  readonly tokens: readonly TokenRenewals[];
  readonly expectation: Expectation;
  readonly lastArrivalAt: number;
  /** Callbacks and expected tokens beyond what is kept; all of them are in the workflow's history. */
  readonly omitted: number;
  /** One of the callbacks that are not kept told of a failure, which nothing that is kept can clear. */
  readonly failureOmitted: boolean;
  /** How long what is kept is as JSON, but for counts and times that change: it has to fit into one message. */
  readonly characters: number;
  readonly cardDataSeen: boolean;
}

export type Expectation =
  /** The card has not been read yet, or not with an answer; `known` or `unknown` follows. */
  | { readonly kind: 'unread'; readonly failedReadings: number; readonly nextReadingAt: number }
  /** A reading has said which tokens a callback is expected of. */
  | { readonly kind: 'known' }
  /** The callbacks name no card, or its readings have failed: nothing is expected. */
  | { readonly kind: 'unknown' };

export interface TokenRenewals {
  readonly virtualCardId: string;
  /** The card's reading listed it in a state in which the TSP tells of renewals. */
  readonly expected: boolean;
  /** In order of arrival; empty when nobody has heard of any. */
  readonly renewals: readonly Renewal[];
}

export const RENEWAL_RESULTS = ['RENEWED', 'FAILED'] as const;

/** One word on one renewal, with the copies of it that followed. */
export interface Renewal {
  readonly correlationId: string;
  /** Present when it is about the auxiliary token of a pair. */
  readonly isPrimary?: false;
  readonly result: (typeof RENEWAL_RESULTS)[number];
  readonly errorCode?: ErrorCode;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly repeats: number;
}

export const MOST_TOKENS = 2_000;
const MOST_RENEWALS_OF_A_TOKEN = 50;

/** Whether a change tells of a renewal by the TSP, which no request of ours announces. */
export function isRenewal({ action }: VirtualCardChange): boolean {
  return action === 'RENEW';
}

export function beginRenewals(
  { issuerId, issuerCardRefId }: { issuerId: string; issuerCardRefId?: string | undefined },
  now: number,
): CardRenewals {
  return {
    issuerId,
    ...(issuerCardRefId !== undefined && { issuerCardRefId }),
    tokens: [],
    expectation:
      issuerCardRefId === undefined
        ? { kind: 'unknown' }
        : { kind: 'unread', failedReadings: 0, nextReadingAt: now },
    lastArrivalAt: now,
    omitted: 0,
    failureOmitted: false,
    characters: 0,
    cardDataSeen: false,
  };
}

/** Keeps a word on a renewal, or counts it when it repeats one that is kept or when there is no room left. */
export function recordRenewal(renewals: CardRenewals, change: VirtualCardChange, now: number): CardRenewals {
  return recordRenewals(renewals, [{ change, at: now }]);
}

/** The same for several, in the order in which they came: the tokens are gone through once, not once for each. */
export function recordRenewals(renewals: CardRenewals, arrivals: readonly Arrival[]): CardRenewals {
  const words = arrivals.filter(({ change }) => isRenewal(change));
  if (words.length === 0) return renewals;
  const { tokens, ...begun } = renewals;
  const list = createTokenList(tokens);
  const heard = words.reduce<Heard>((kept, { change, at }) => recordWord(kept, list, change, at), begun);
  return { ...heard, tokens: list.tokens };
}

/** What is known beside the tokens, which are in a list of their own while words are recorded. */
type Heard = Omit<CardRenewals, 'tokens'>;

/** The tokens of a card, found by their id. It is changed in place, so it belongs to the one who made it and to nobody else. */
interface TokenList {
  readonly tokens: readonly TokenRenewals[];
  find(virtualCardId: string): TokenRenewals | undefined;
  put(token: TokenRenewals): void;
}

function createTokenList(before: readonly TokenRenewals[]): TokenList {
  const tokens = [...before];
  const places = new Map(tokens.map(({ virtualCardId }, place) => [virtualCardId, place]));
  return {
    tokens,
    find: (virtualCardId) => {
      const place = places.get(virtualCardId);
      return place === undefined ? undefined : tokens[place];
    },
    put: (token) => {
      const place = places.get(token.virtualCardId) ?? tokens.length;
      places.set(token.virtualCardId, place);
      tokens[place] = token;
    },
  };
}

function recordWord(before: Heard, list: TokenList, change: VirtualCardChange, now: number): Heard {
  const heard: Heard = {
    ...before,
    lastArrivalAt: now,
    cardDataSeen: before.cardDataSeen || change.cardDataSeen === true,
  };
  const { virtualCardId } = change;
  const token = list.find(virtualCardId);
  const repeated = token?.renewals.find((renewal) => repeats(change, { virtualCardId, renewal }));
  if (token !== undefined && repeated !== undefined) {
    const renewals = token.renewals.map((other) => (other === repeated ? withRepeat(other, change) : other));
    list.put({ ...token, renewals });
    return heard;
  }
  const renewal = toRenewal(change);
  const grown: TokenRenewals =
    token === undefined
      ? { virtualCardId, expected: false, renewals: [renewal] }
      : { ...token, renewals: [...token.renewals, renewal] };
  const characters = heard.characters + JSON.stringify(token === undefined ? grown : renewal).length;
  const hasPlace =
    token === undefined ? list.tokens.length < MOST_TOKENS : token.renewals.length < MOST_RENEWALS_OF_A_TOKEN;
  if (!hasPlace || characters > MOST_CHARACTERS) return withOmitted(heard, renewal);
  list.put(grown);
  return { ...heard, characters };
}

/** Whether there is more to see than before; a copy changes counts and times only. */
export function isNews(before: CardRenewals, after: CardRenewals): boolean {
  return before.characters !== after.characters || attentionOf(before) !== attentionOf(after);
}

/** Why a person should look at these renewals, if there is a reason. */
export function attentionOf({
  tokens,
  failureOmitted,
  cardDataSeen,
}: Pick<CardRenewals, 'tokens' | 'failureOmitted' | 'cardDataSeen'>): AttentionReason | undefined {
  return mostUrgent([
    ...(failureOmitted || tokens.some(hasFailed) ? (['RENEWAL_FAILED'] as const) : []),
    ...(cardDataSeen ? (['CARD_DATA_SEEN'] as const) : []),
  ]);
}

/** Whether the last word on the token is a failure. */
export function hasFailed(token: TokenRenewals): boolean {
  return failuresOf(token).length > 0;
}

/**
 * The failures that no later success of the same token has cleared. Primary and auxiliary token are looked at apart, so
 * that of a pair that disagrees the failure shows, whichever of the two comes first.
 */
export function failuresOf({ renewals }: TokenRenewals): readonly Renewal[] {
  const primary = renewals.findLast(({ isPrimary }) => isPrimary === undefined);
  const auxiliary = renewals.findLast(({ isPrimary }) => isPrimary === false);
  return [primary, auxiliary].filter((last): last is Renewal => last?.result === 'FAILED');
}

export function hasRoomForToken({ tokens, characters }: CardRenewals, token: TokenRenewals): boolean {
  return tokens.length < MOST_TOKENS && characters + JSON.stringify(token).length <= MOST_CHARACTERS;
}

export function withNewToken(renewals: CardRenewals, token: TokenRenewals): CardRenewals {
  return {
    ...renewals,
    tokens: [...renewals.tokens, token],
    characters: renewals.characters + JSON.stringify(token).length,
  };
}

/** A failure that nobody can see must not pass in silence, so it is remembered that there was one. */
function withOmitted(renewals: Heard, { result }: Renewal): Heard {
  return {
    ...renewals,
    omitted: renewals.omitted + 1,
    failureOmitted: renewals.failureOmitted || result === 'FAILED',
  };
}

function withRepeat(renewal: Renewal, { receivedAt }: VirtualCardChange): Renewal {
  return { ...renewal, repeats: renewal.repeats + 1, lastAt: receivedAt };
}

function repeats(
  change: VirtualCardChange,
  { virtualCardId, renewal }: { virtualCardId: string; renewal: Renewal },
): boolean {
  return saysTheSame(change, { ...renewal, virtualCardId, action: 'RENEW', receivedAt: renewal.firstAt });
}

function toRenewal({ correlationId, isPrimary, errorCode, receivedAt }: VirtualCardChange): Renewal {
  return {
    correlationId,
    ...(isPrimary === false && { isPrimary }),
    result: errorCode === undefined ? 'RENEWED' : 'FAILED',
    ...(errorCode !== undefined && { errorCode }),
    firstAt: receivedAt,
    lastAt: receivedAt,
    repeats: 0,
  };
}
