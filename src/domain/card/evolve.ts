import { handingOver, withReset, type DriverEvent, type ResetKnown } from '../operation/agenda.js';
import type { VirtualCardChange } from '../hub/change.js';
import type { OperatorEvent } from '../token/index.js';
import type { Reading } from '../hub/reading.js';
import { withRequest } from '../operation/remark.js';
import type { CardEffect } from './agenda.js';
import { recordCardChanges } from './changes.js';
import {
  beginSender,
  passTime,
  recordCancellation,
  recordDecision,
  recordReadingRequest,
  recordHiddenAttempts,
  recordSenderEnded,
  type SenderReport,
} from './endings.js';
import { beginReading, recordReading, recordSnapshot } from './readings.js';
import type { CardOperation } from './state.js';

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
export function evolveCard(operation: CardOperation, event: CardEvent, now: number): CardOperation {
  switch (event.kind) {
    case 'time':
      return passTime(operation, now);
    case 'begun':
      return begin(operation, event.effect, now);
    case 'callback':
      return recordCardChanges(operation, [{ change: event.change, at: now }]);
    case 'snapshot':
      return recordSnapshot(operation, event.reading);
    case 'reading':
      return recordReading(operation, event.reading, now);
    case 'sender-ended':
      return recordSenderEnded(operation, event.report, now);
    case 'cancel':
      return withRequest(recordCancellation(operation, now), event, now);
    case 'read':
      return withRequest(recordReadingRequest(operation, now), event, now);
    case 'resolve':
      return recordDecision(operation, event.decision, now);
    case 'reset-known': {
      const known = withReset(operation, 'known');
      return event.wasReset ? recordHiddenAttempts(known) : known;
    }
    case 'handing-over':
      return handingOver(operation);
  }
}

function begin(operation: CardOperation, effect: CardEffect, now: number): CardOperation {
  switch (effect) {
    case 'send':
      return beginSender(operation, now);
    case 'read':
      return beginReading(operation, now);
    case 'askWhetherReset':
      return withReset(operation, 'asked');
  }
}
