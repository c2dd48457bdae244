import { handingOver, withReset, type DriverEvent, type ResetKnown } from '../operation/agenda.js';
import type { VirtualCardChange } from '../hub/change.js';
import type { OperatorEvent } from '../token/index.js';
import type { Reading } from '../hub/reading.js';
import { withRequest } from '../operation/remark.js';
import type { CardEffect } from './agenda.js';
import { recordFanOutChanges } from './changes.js';
import {
  beginSender,
  passFanOutTime,
  recordFanOutCancellation,
  recordFanOutDecision,
  recordFanOutReadingRequest,
  recordHiddenAttempts,
  recordSenderEnded,
  type SenderReport,
} from './endings.js';
import { beginFanOutReading, recordFanOutReading, recordSnapshot } from './readings.js';
import type { FanOut } from './state.js';

/** Everything that can happen to an operation on all tokens of a card. */
export type CardEvent =
  | { readonly kind: 'callback'; readonly change: VirtualCardChange }
  /** The card's tokens before anything was sent. */
  | { readonly kind: 'snapshot'; readonly reading: Reading }
  | { readonly kind: 'reading'; readonly reading: Reading }
  /** The child that sends has ended; without a report when it was terminated, timed out, or its id belonged to something else. */
  | { readonly kind: 'sender-ended'; readonly report: SenderReport | undefined }
  | ResetKnown
  | OperatorEvent
  | DriverEvent<CardEffect>;

/** The operation after an event, whenever that comes: late, again, or contradicting an earlier one (design 5.3). */
export function evolveCard(fanOut: FanOut, event: CardEvent, now: number): FanOut {
  switch (event.kind) {
    case 'time':
      return passFanOutTime(fanOut, now);
    case 'begun':
      return begin(fanOut, event.effect, now);
    case 'callback':
      return recordFanOutChanges(fanOut, [{ change: event.change, at: now }]);
    case 'snapshot':
      return recordSnapshot(fanOut, event.reading);
    case 'reading':
      return recordFanOutReading(fanOut, event.reading, now);
    case 'sender-ended':
      return recordSenderEnded(fanOut, event.report, now);
    case 'cancel':
      return withRequest(recordFanOutCancellation(fanOut, now), event, now);
    case 'read':
      return withRequest(recordFanOutReadingRequest(fanOut, now), event, now);
    case 'resolve':
      return recordFanOutDecision(fanOut, event.decision, now);
    case 'reset-known': {
      const known = withReset(fanOut, 'known');
      return event.wasReset ? recordHiddenAttempts(known) : known;
    }
    case 'handing-over':
      return handingOver(fanOut);
  }
}

function begin(fanOut: FanOut, effect: CardEffect, now: number): FanOut {
  switch (effect) {
    case 'send':
      return beginSender(fanOut, now);
    case 'read':
      return beginFanOutReading(fanOut, now);
    case 'askWhetherReset':
      return withReset(fanOut, 'asked');
  }
}
