export { beginLateArrivals, type LateArrival, type LateArrivals } from './arrivals.js';
export {
  beginLateCase,
  evolveLate,
  lateAgendaOf,
  receiveLate,
  standingOf,
  type LateCase,
  type LateEvent,
} from './late-case.js';
export { standingAfter } from './judge.js';
export {
  attentionOf,
  beginStanding,
  type LateBasis,
  type LateBasisRequest,
  type LateStanding,
} from './standing.js';
export { toSubject, type LateSubject } from './subject.js';
export { toLateDetails } from './to-details.js';
export { isDecidedSo, toView } from './to-view.js';
