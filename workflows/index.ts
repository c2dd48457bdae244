// Every function exported here becomes a startable workflow: workflow functions only.
export { cardOperation } from './card-operation.js';
export { cardRequest } from './card-request.js';
export { cardRenewals } from './card-renewals.js';
export { foreignChange } from './foreign-change.js';
export { lateChange } from './late-change.js';
export { tokenOperation } from './token-operation.js';
