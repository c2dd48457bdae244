import { withReason } from '../report/attention.js';
import type { VirtualCardChange } from '../hub/change.js';
import { isDeviceNotReached } from '../hub/hub-errors.js';
import { isAmendable, verdict } from '../token/index.js';
import type { Sighting } from '../hub/reading.js';
import { isExposed } from '../hub/token-state.js';

import type { LateReading } from './arrivals.js';
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

/** A word on an operation on one token. */
export function judgeWordOnToken(
  standing: LateStanding,
  change: VirtualCardChange,
  subject: LateSubject,
): Judged {
  switch (verdict(standing.settlement, subject, change)) {
    case 'unrelated':
      return asUnexpected(standing, change);
    case 'device':
      return entered({ ...standing, device: 'REMOVED' }, 'amendment', change);
    case 'agrees':
      return entered(withDevice(standing, change), 'amendment', change);
    case 'amends':
      return asAmendment(standing, change);
    case 'contradicts':
      return entered(withConflict(standing), 'conflict', change);
  }
}

function asAmendment(standing: LateStanding, change: VirtualCardChange): Judged {
  const settlement = amend(standing.settlement, change);
  const isStillUnknown = settlement.status === 'UNKNOWN';
  const isDone = settlement.status === 'CONFIRMED';
  const reasons = standing.reasons.filter(
    (reason) => (isStillUnknown || reason !== 'UNKNOWN_OUTCOME') && !(isDone && reason === 'TOKEN_EXPOSED'),
  );
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

function withDevice(standing: LateStanding, { errorCode }: VirtualCardChange): LateStanding {
  return isDeviceNotReached(errorCode) ? { ...standing, device: standing.device ?? 'NOT_REACHED' } : standing;
}

/** The wanted state decides a conflict and fills a gap; anything else changes nothing and is shown (design 5.2, Read). */
export function judgeReading(before: LateStanding, reading: LateReading): Judged {
  const { sighting } = reading;
  const standing = isHarmless(sighting) ? withoutExposure(before) : before;
  const entry = asReading(reading, describeSighting(sighting));
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

/** A complete list on which the token cannot pay, whoever has seen to that. */
function isHarmless(sighting: Sighting): boolean {
  return sighting.kind === 'absent' || ('status' in sighting && !isExposed(sighting.status));
}

function withoutExposure(standing: LateStanding): LateStanding {
  return { ...standing, reasons: standing.reasons.filter((reason) => reason !== 'TOKEN_EXPOSED') };
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
