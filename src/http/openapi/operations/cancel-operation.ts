import { confirmed, requested } from '../examples.js';
import { demand } from './demand.js';

export const cancelOperation = demand({
  verb: 'cancel',
  operationId: 'cancelOperation',
  summary: 'End an operation as soon as what is known allows',
  description:
    'What was not sent yet is not sent: CANCELLED. What may have been sent cannot be taken back: the card is read, and the operation ends CONFIRMED or UNKNOWN. Once it has ended, a cancellation is refused, a repeated one too: `requests` shows whether one was taken.',
  examples: { requested, confirmed },
  problems: ['operation_already_final'],
});
