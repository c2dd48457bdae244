import { handingOver, withReset, type DriverEvent, type ResetKnown } from '../operation/agenda.js';
import type { Answer } from '../hub/answer.js';
import type { VirtualCardChange } from '../hub/change.js';
import { beginSending } from '../operation/dispatch.js';
import type { Reading } from '../hub/reading.js';
import { withRequest, type Remark } from '../operation/remark.js';
import type { TokenEffect } from './agenda.js';
import { recordChange } from './changes.js';
import {
  passTime,
  recordCancellation,
  recordDecision,
  recordReadingRequest,
  type Decision,
} from './endings.js';
import { beginReading, recordFirstSighting, recordReading } from './readings.js';
import { recordAnswer, recordReset } from './sending.js';
import type { Operation } from './state.js';

/** What people ask of an operation that runs. */
export type OperatorEvent =
  | { readonly kind: 'cancel'; readonly remark?: Remark | undefined }
  | { readonly kind: 'read'; readonly remark?: Remark | undefined }
  | { readonly kind: 'resolve'; readonly decision: Decision };

/** Everything that can happen to an operation on one token. */
export type TokenEvent =
  | { readonly kind: 'callback'; readonly change: VirtualCardChange }
  /** An attempt has ended. `chance`: a number from 0 to 1, for the jitter of the next one. */
  | { readonly kind: 'answer'; readonly answer: Answer; readonly chance: number }
  /** Whether the token was there before it is deleted. */
  | { readonly kind: 'sighting'; readonly reading: Reading }
  /** `mayBeOurDoing`: the wanted state can be what the request has done; by default as the operation itself knows it. */
  | { readonly kind: 'reading'; readonly reading: Reading; readonly mayBeOurDoing?: boolean }
  | ResetKnown
  | OperatorEvent
  | DriverEvent<TokenEffect>;

/** The operation after an event, whenever that comes: late, again, or contradicting an earlier one (design 5). */
export function evolve(operation: Operation, event: TokenEvent, now: number): Operation {
  switch (event.kind) {
    case 'time':
      return passTime(operation, now);
    case 'begun':
      return begin(operation, event.effect, now);
    case 'callback':
      return recordChange(operation, event.change, now);
    case 'answer':
      return recordAnswer(operation, event.answer, { now, chance: event.chance });
    case 'sighting':
      return recordFirstSighting(operation, event.reading);
    case 'reading':
      return recordReading(operation, event.reading, now, event.mayBeOurDoing);
    case 'cancel':
      return withRequest(recordCancellation(operation, now), event, now);
    case 'read':
      return withRequest(recordReadingRequest(operation, now), event, now);
    case 'resolve':
      return recordDecision(operation, event.decision, now);
    case 'reset-known':
      return recordReset(withReset(operation, 'known'), event.wasReset, now);
    case 'handing-over':
      return handingOver(operation);
  }
}

function begin(operation: Operation, effect: TokenEffect, now: number): Operation {
  switch (effect) {
    case 'send':
      return beginSending(operation, now);
    case 'read':
      return beginReading(operation, now);
    case 'askWhetherReset':
      return withReset(operation, 'asked');
    case 'sight':
      return operation;
  }
}
