import { withReason } from '../report/attention.js';
import { duplicateKey, withoutOvertaken } from '../hub/change.js';
import type { LateArrival, LateDecision, LateWord } from './arrivals.js';
import { withDecision } from './card-standing.js';
import { judgeCardReading, judgeWordOnCard } from './on-card.js';
import { judgeReading, judgeWordOnToken } from './on-token.js';
import { entered, withConflict, type Judged, type LateStanding } from './standing.js';
import type { LateSubject } from './subject.js';

const MOST_HEARD = 300;

/** How it stands after these arrivals. */
export function standingAfter(
  before: LateStanding,
  arrivals: readonly LateArrival[],
  subject: LateSubject,
): LateStanding {
  return arrivals.reduce((standing, arrival) => judge(standing, arrival, subject).standing, before);
}

/** How an operation stands after the first `count` of its late arrivals. */
export interface JudgedSoFar {
  readonly standing: LateStanding;
  readonly count: number;
}

/**
 * The same for who has judged the earlier ones already: each is judged once, however many there are. Copies of an earlier
 * one that came since are not counted in `duplicates`; nothing else depends on them.
 */
export function judgeFurther(
  { standing, count }: JudgedSoFar,
  arrivals: readonly LateArrival[],
  subject: LateSubject,
): JudgedSoFar {
  return { standing: standingAfter(standing, arrivals.slice(count), subject), count: arrivals.length };
}

/** Judges one arrival by the outcome as it stood when it came. */
export function judge(standing: LateStanding, arrival: LateArrival, subject: LateSubject): Judged {
  switch (arrival.kind) {
    case 'word':
      return judgeWord(standing, arrival, subject);
    case 'overflow':
      // Nobody has compared them with anything: only a person can.
      return {
        standing: withConflict(
          standing.card === undefined
            ? standing
            : { ...standing, card: { ...standing.card, isOverflown: true } },
        ),
        entry: {
          kind: 'conflict',
          at: arrival.firstAt,
          note: `${arrival.count} more callbacks than are kept; see the history of the late workflow`,
        },
      };
    case 'reading':
      return judgeReading(standing, arrival);
    case 'card-reading':
      return judgeCardReading(standing, arrival);
    case 'decision':
      return judgeDecision(standing, arrival);
  }
}

function judgeWord(standing: LateStanding, { change, repeats }: LateWord, subject: LateSubject): Judged {
  const key = duplicateKey(change);
  const known = withoutOvertaken(standing.heard, change, subject.action);
  if (known.includes(key)) {
    const duplicates = standing.duplicates + 1 + repeats;
    return entered({ ...standing, heard: known, duplicates }, 'duplicate', change);
  }
  const heard: LateStanding = {
    ...standing,
    heard: hasRoomToHear({ ...standing, heard: known }) ? [...known, key] : known,
    duplicates: standing.duplicates + repeats,
    reasons: change.cardDataSeen === true ? withReason(standing.reasons, 'CARD_DATA_SEEN') : standing.reasons,
  };
  return heard.card === undefined
    ? judgeWordOnToken(heard, change, subject)
    : judgeWordOnCard(heard, heard.card, change, subject);
}

/** Beyond these a repeated word is no longer known as one; a card brings its tokens' own. */
function hasRoomToHear({ heard, card }: LateStanding): boolean {
  return heard.length < MOST_HEARD + (card === undefined ? 0 : 2 * Object.keys(card.tokens).length);
}

/** Whoever decides has looked: no reason to look is left, until something new comes. */
function judgeDecision(standing: LateStanding, { at, status, note, by }: LateDecision): Judged {
  return {
    standing: {
      ...standing,
      ...(standing.card !== undefined && { card: withDecision(standing.card, status) }),
      settlement: { status },
      effectiveStatus: status,
      conflictOpen: false,
      reasons: [],
    },
    entry: { kind: 'decision', at, note, ...(by !== undefined && { by }), status },
  };
}
