import { amended, confirmed, requested } from '../examples.js';
import { demand } from './demand.js';

export const readOperation = demand({
  verb: 'read',
  operationId: 'readOperation',
  summary: 'Look at the card at the hub now',
  description:
    'If the token is in the wanted state, the operation is settled by that; anything else changes nothing and is shown. Works after the end too: then it is kept under `late`.',
  examples: { requested, confirmed, amended },
  problems: [],
});
