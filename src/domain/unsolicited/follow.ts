import {
  firstOf,
  handingOver,
  isHandingOver,
  type Agenda,
  type DriverEvent,
  type ThisRun,
} from '../operation/agenda.js';
import type { Reading } from '../hub/reading.js';
import { nextReadingAt, recordCardReading } from './expectation.js';
import type { CardRenewals } from './state.js';

/** A card's renewals while `cardRenewals` follows them. Durations are milliseconds. */
export interface FollowedRenewals {
  readonly renewals: CardRenewals;
  /** How long it stays open after the last arrival. */
  readonly quietMs: number;
  readonly readIntervalMs: number;
  readonly isReading: boolean;
  readonly thisRun?: ThisRun;
}

export type RenewalsEvent = { readonly kind: 'reading'; readonly reading: Reading } | DriverEvent<'read'>;

export function evolveRenewals(
  followed: FollowedRenewals,
  event: RenewalsEvent,
  now: number,
): FollowedRenewals {
  switch (event.kind) {
    case 'time':
      return followed;
    case 'begun':
      return { ...followed, isReading: true };
    case 'reading': {
      const { readIntervalMs } = followed;
      const renewals = recordCardReading(followed.renewals, event.reading, { now, readIntervalMs });
      return { ...followed, renewals, isReading: false };
    }
    case 'handing-over':
      return handingOver(followed);
  }
}

/** The card is read until its tokens are known, and it is over once nothing has arrived for a while. */
export function renewalsAgendaOf(followed: FollowedRenewals, now: number): Agenda<'read'> {
  const { renewals, isReading, quietMs } = followed;
  const closingAt = renewals.lastArrivalAt + quietMs;
  const readAt = isReading || isHandingOver(followed) ? undefined : nextReadingAt(renewals);
  return {
    read: readAt !== undefined && readAt <= now,
    stop: false,
    // A look that is under way ends by itself.
    wake: isReading
      ? undefined
      : firstOf(
          { at: readAt, reason: 'until the card is read again' },
          { at: closingAt, reason: 'until it has been quiet' },
        ),
    isOver: closingAt <= now && !isReading,
  };
}
