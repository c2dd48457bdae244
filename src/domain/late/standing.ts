import { mostUrgent, withReason, type AttentionReason } from '../attention.js';
import { duplicateKey, toShownChange, type VirtualCardChange } from '../change.js';
import { categoryOf, isDeviceNotReached } from '../hub-errors.js';
import { isAmendable, type Settlement } from '../operation/index.js';
import type { Sighting } from '../reading.js';
import type { LateEntry, OperationReport } from '../report.js';
import { isFinalStatus, type OperationStatus } from '../status.js';
import type { LateArrival, LateCardReading, LateDecision, LateReading, LateWord } from './arrivals.js';
import {
  beginCardStanding,
  isDisputed,
  statusOfCardStanding,
  tokensToLookFor,
  withCardReading,
  withDecision,
  withDispute,
  withTokenSettlement,
  type CardStanding,
} from './card-standing.js';
import type { LateSubject } from './subject.js';

/** How a closed operation stands after what came late so far: plain JSON, since later runs of `lateChange` begin with it. */
export interface LateStanding {
  readonly settlement: Pick<Settlement, 'status' | 'provisional' | 'errorCode'>;
  readonly effectiveStatus: OperationStatus;
  /** Words contradict each other, and no reading and no person has decided. */
  readonly conflictOpen: boolean;
  /** Duplicate keys of every word so far. */
  readonly heard: readonly string[];
  readonly duplicates: number;
  readonly device: OperationReport['device'];
  readonly reasons: readonly AttentionReason[];
  /** Of an operation on all tokens of a card. */
  readonly card?: CardStanding;
}

/** What a run of `lateChange` begins with. `none`: the owner was no operation of ours, so nothing can be contradicted. */
export type LateBasis =
  | { readonly kind: 'operation'; readonly subject: LateSubject; readonly standing: LateStanding }
  | { readonly kind: 'none' };

/** Beyond these a repeated word is no longer known as one; they travel with the arrivals of a run. */
const MOST_HEARD = 300;
/** So many tokens are named in a sentence. */
const MOST_NAMED = 10;

/** How an operation stands at its end. */
export function beginStanding(report: OperationReport): LateStanding {
  const { status, provisional, errorCode } = report;
  if (!isFinalStatus(status)) throw new TypeError('only a closed operation can be amended');
  const card = beginCardStanding(report);
  return {
    ...(card !== undefined && { card }),
    settlement: { status, provisional, ...(errorCode !== undefined && { errorCode }) },
    effectiveStatus: report.effectiveStatus,
    conflictOpen:
      report.attention === 'CONFLICT' && report.effectiveStatus === 'UNKNOWN' && report.evidence !== 'PERSON',
    heard: report.heard,
    duplicates: report.duplicates,
    device: report.device,
    reasons: report.attention === undefined ? [] : [report.attention],
  };
}

/** How it stands after these arrivals. */
export function standingAfter(
  before: LateStanding,
  arrivals: readonly LateArrival[],
  subject: LateSubject,
): LateStanding {
  return arrivals.reduce((standing, arrival) => judge(standing, arrival, subject).standing, before);
}

/** Why a person should look, as it stands. */
export function attentionOf({ reasons }: LateStanding): AttentionReason | undefined {
  return mostUrgent(reasons);
}

/** How it stands after an arrival, and how that is shown. */
export interface Judged {
  readonly standing: LateStanding;
  readonly entry: LateEntry;
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
  if (standing.heard.includes(key)) {
    return entered({ ...standing, duplicates: standing.duplicates + 1 + repeats }, 'duplicate', change);
  }
  const heard: LateStanding = {
    ...standing,
    heard: hasRoomToHear(standing) ? [...standing.heard, key] : standing.heard,
    duplicates: standing.duplicates + repeats,
    reasons: change.cardDataSeen === true ? withReason(standing.reasons, 'CARD_DATA_SEEN') : standing.reasons,
  };
  if (heard.card !== undefined) return judgeWordOnCard(heard, heard.card, change, subject);
  if (change.virtualCardId !== subject.virtualCardId) return asUnexpected(heard, change);
  if (isRemovalFromApp(change, subject)) {
    return entered({ ...heard, device: 'REMOVED' }, 'amendment', change);
  }
  if (change.action !== subject.action) return asUnexpected(heard, change);
  if (agreesWith(heard.settlement, change)) return entered(withDevice(heard, change), 'amendment', change);
  return isAmendable(heard.settlement)
    ? asAmendment(heard, change)
    : entered(withConflict(heard), 'conflict', change);
}

/** Beyond these a repeated word is no longer known as one; a card brings its tokens' own. */
function hasRoomToHear({ heard, card }: LateStanding): boolean {
  return heard.length < MOST_HEARD + (card === undefined ? 0 : 2 * Object.keys(card.tokens).length);
}

/** Mastercard tells the removal from the wallet's application apart from the deletion at the network (contract 5.2, S18). */
function isRemovalFromApp(change: VirtualCardChange, { action }: LateSubject): boolean {
  return action === 'DELETE' && change.action === 'DELETE_FROM_APP' && change.errorCode === undefined;
}

/** A word on one token of a card is judged by that token's outcome, and the card by all of them. */
function judgeWordOnCard(
  standing: LateStanding,
  card: CardStanding,
  change: VirtualCardChange,
  subject: LateSubject,
): Judged {
  const { virtualCardId } = change;
  if (isRemovalFromApp(change, subject)) return entered(standing, 'amendment', change);
  if (change.action !== subject.action) return asUnexpected(standing, change);
  const token = card.tokens[virtualCardId];
  if (token !== undefined && agreesWith(token.settlement, change))
    return entered(standing, 'amendment', change);
  if (token !== undefined && !isAmendable(token.settlement)) {
    return entered(withConflict({ ...standing, card: withDispute(card, virtualCardId) }), 'conflict', change);
  }
  const settlement = amend(token?.settlement ?? { status: 'UNKNOWN' }, change);
  const amended = withCard(standing, withTokenSettlement(card, virtualCardId, settlement));
  return entered({ ...amended, reasons: withReason(amended.reasons, 'LATE_AMENDMENT') }, 'amendment', change);
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

function judgeCardReading(standing: LateStanding, reading: LateCardReading): Judged {
  const entry: LateEntry = { kind: 'reading', at: reading.at, note: describeCardReading(reading) };
  const { card, settlement } = standing;
  const isOpen = standing.conflictOpen || !['CANCELLED', 'SUPERSEDED'].includes(settlement.status);
  if (card === undefined || !reading.isAnswered || !isOpen) return { standing, entry };
  return { standing: withCard(standing, withCardReading(card, reading)), entry };
}

function describeCardReading({ isAnswered, elsewhere, exposed }: LateCardReading): string {
  if (!isAnswered) return 'the hub did not answer with a list';
  if (elsewhere.length === 0 && exposed.length === 0) return 'the hub lists every token as wanted';
  const named = elsewhere
    .slice(0, MOST_NAMED)
    .map(({ virtualCardId, status }) => `${virtualCardId} ${status ?? 'not listed'}`);
  const more = elsewhere.length > MOST_NAMED ? ` and ${elsewhere.length - MOST_NAMED} more` : '';
  return `not as wanted: ${elsewhere.length === 0 ? 'none of those looked for' : `${named.join(', ')}${more}`}; can pay: ${exposed.length}`;
}

/** A word that says what is known already, or tells of the device only: nobody has to look. */
function agreesWith(settlement: LateStanding['settlement'], { errorCode }: VirtualCardChange): boolean {
  if (settlement.status === 'CONFIRMED') return errorCode === undefined || isDeviceNotReached(errorCode);
  if (errorCode === undefined || errorCode !== settlement.errorCode) return false;
  // An outcome that is still open learns from a final code, although the hub had refused with the same.
  return !isAmendable(settlement) || categoryOf(errorCode) === 'proves-nothing';
}

function asAmendment(standing: LateStanding, change: VirtualCardChange): Judged {
  const settlement = amend(standing.settlement, change);
  const isStillUnknown = settlement.status === 'UNKNOWN';
  const reasons = standing.reasons.filter((reason) => isStillUnknown || reason !== 'UNKNOWN_OUTCOME');
  return entered(
    {
      ...withDevice(standing, change),
      settlement,
      effectiveStatus: standing.conflictOpen ? 'UNKNOWN' : settlement.status,
      reasons: withReason(reasons, 'LATE_AMENDMENT'),
    },
    'amendment',
    change,
  );
}

/** The outcome by an amendment's own word; a later success may amend one that rests on a code that proves nothing. */
function amend(
  { status }: LateStanding['settlement'],
  { errorCode }: VirtualCardChange,
): LateStanding['settlement'] {
  if (errorCode === undefined) return { status: 'CONFIRMED' };
  if (categoryOf(errorCode) !== 'proves-nothing') return { status: 'FAILED', errorCode };
  // It says that the hub had the request, and leaves open what became of it. What readings have called failed stays so.
  return { status: status === 'FAILED' ? 'FAILED' : 'UNKNOWN', errorCode, provisional: true };
}

function withDevice(standing: LateStanding, { errorCode }: VirtualCardChange): LateStanding {
  return isDeviceNotReached(errorCode) ? { ...standing, device: standing.device ?? 'NOT_REACHED' } : standing;
}

function withConflict(standing: LateStanding): LateStanding {
  return {
    ...standing,
    effectiveStatus: 'UNKNOWN',
    conflictOpen: true,
    reasons: withReason(standing.reasons, 'CONFLICT'),
  };
}

function asUnexpected(standing: LateStanding, change: VirtualCardChange): Judged {
  const reasons = withReason(standing.reasons, 'UNEXPECTED_CALLBACK');
  return entered({ ...standing, reasons }, 'unexpected', change);
}

function entered(standing: LateStanding, kind: LateEntry['kind'], change: VirtualCardChange): Judged {
  return { standing, entry: { kind, at: change.receivedAt, change: toShownChange(change) } };
}

/** The wanted state decides a conflict and fills a gap; anything else changes nothing and is shown (design 5.2, Read). */
function judgeReading(standing: LateStanding, { at, sighting }: LateReading): Judged {
  const entry: LateEntry = { kind: 'reading', at, note: describeSighting(sighting) };
  const isOpen = standing.conflictOpen || mayHaveCausedIt(standing.settlement);
  if (sighting.kind !== 'wanted' || !isOpen) return { standing, entry };
  return {
    standing: {
      ...standing,
      settlement: { status: 'CONFIRMED' },
      effectiveStatus: 'CONFIRMED',
      conflictOpen: false,
      reasons: standing.reasons.filter((reason) => reason !== 'CONFLICT' && reason !== 'UNKNOWN_OUTCOME'),
    },
    entry,
  };
}

/** Of what ended CANCELLED or SUPERSEDED nothing had left: the wanted state is somebody else's doing. */
function mayHaveCausedIt(settlement: LateStanding['settlement']): boolean {
  return isAmendable(settlement) && settlement.status !== 'CANCELLED' && settlement.status !== 'SUPERSEDED';
}

function describeSighting(sighting: Sighting): string {
  switch (sighting.kind) {
    case 'wanted':
      return `the hub lists the token as ${sighting.status}, as wanted`;
    case 'other':
      return `the hub lists the token as ${sighting.status}`;
    case 'absent':
      return 'the hub does not list the token';
    case 'nothing':
      return 'the hub did not answer with a list';
  }
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
    entry: { kind: 'decision', at, note, by, status },
  };
}
