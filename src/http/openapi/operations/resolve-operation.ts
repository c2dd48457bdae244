import { resolveSchema } from '../../schemas/person-request.js';
import { resolved } from '../examples.js';
import { demand } from './demand.js';

export const resolveOperation = demand({
  verb: 'resolve',
  operationId: 'resolveOperation',
  summary: 'Record what a person has found out about an operation',
  description:
    'A running operation ends with this status, evidence PERSON. Of a closed one it is kept under `late`, and `effectiveStatus` follows it. It clears the attention. The same decision sent twice is one.',
  examples: { resolved },
  body: {
    schema: resolveSchema,
    examples: {
      done: { status: 'CONFIRMED', note: 'the portal of the hub shows it suspended', by: 'night shift' },
      notDone: { status: 'FAILED', note: 'the hub says that it never came' },
    },
  },
});
