import { isOpen, type Member } from './state.js';

/**
 * The tokens of a card while callbacks are recorded: found by their id and counted once, so that one more callback costs
 * the same on a card of any size. It is changed in place, so it belongs to the one who made it and to nobody else.
 */
export interface Roster {
  find(virtualCardId: string): Member | undefined;
  /** Puts a token in the place that it has, or at the end. */
  put(member: Member): void;
  /** Applies a change to every token. */
  change(change: (member: Member) => Member): void;
  /** How many joined without being in the snapshot. */
  appeared(): number;
  /** How many words there are beyond the first on each token. */
  furtherWords(): number;
  /** Whether an outcome is still waited for. */
  hasOpen(): boolean;
  toMembers(): readonly Member[];
}

/** Of words that overtake each other only the last is known as a copy, and all are kept. */
function furtherWordsOf({ token: { heard, unexpected, conflicts } }: Member): number {
  return Math.max(heard.length - 1, unexpected.length + conflicts.length, 0);
}

export function createRoster(before: readonly Member[]): Roster {
  const members = [...before];
  const places = new Map<string, number>();
  const counts = { appeared: 0, furtherWords: 0, open: 0 };
  const count = (member: Member, by: 1 | -1): void => {
    if (member.role === 'appeared') counts.appeared += by;
    counts.furtherWords += by * furtherWordsOf(member);
    if (isOpen(member)) counts.open += by;
  };
  for (const [place, member] of members.entries()) {
    const { virtualCardId } = member.token.request;
    if (!places.has(virtualCardId)) places.set(virtualCardId, place);
    count(member, 1);
  }

  const replace = (place: number, member: Member): void => {
    const former = members[place];
    if (former !== undefined) count(former, -1);
    count(member, 1);
    members[place] = member;
  };
  return {
    find: (virtualCardId) => {
      const place = places.get(virtualCardId);
      return place === undefined ? undefined : members[place];
    },
    put: (member) => {
      const { virtualCardId } = member.token.request;
      const place = places.get(virtualCardId) ?? members.length;
      places.set(virtualCardId, place);
      replace(place, member);
    },
    change: (change) => {
      for (const [place, member] of members.entries()) replace(place, change(member));
    },
    appeared: () => counts.appeared,
    furtherWords: () => counts.furtherWords,
    hasOpen: () => counts.open > 0,
    toMembers: () => members,
  };
}
