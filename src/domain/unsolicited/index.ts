// What `cardRenewals` needs. `merge.ts` and `to-view.ts` are for who answers: they stay out of the workflows' bundle.
export { evolveRenewals, renewalsAgendaOf, type FollowedRenewals, type RenewalsEvent } from './follow.js';
export {
  attentionOf,
  beginRenewals,
  isNews,
  isRenewal,
  recordRenewal,
  recordRenewals,
  type CardRenewals,
  type Renewal,
  type TokenRenewals,
} from './state.js';
export { toRenewalDetails } from './to-details.js';
