export {
  beginLateArrivals,
  closingTime,
  recordLateChange,
  recordLateDecision,
  recordLateReading,
  type LateArrival,
  type LateArrivals,
} from './arrivals.js';
export { tokensToLookFor } from './card-standing.js';
export { judgeFurther, standingAfter, type JudgedSoFar } from './judge.js';
export { attentionOf, beginStanding, type LateBasis, type LateStanding } from './standing.js';
export { toSubject, type LateSubject } from './subject.js';
export { toLateDetails } from './to-details.js';
export { isDecidedSo, toView } from './to-view.js';
