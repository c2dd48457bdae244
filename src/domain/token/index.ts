export { agendaOf, type TokenEffect } from './agenda.js';
export { evolve, type OperatorEvent, type TokenEvent } from './evolve.js';
export { isAmendable, isRemovalFromApp, verdict } from './verdict.js';
export {
  cardDecisionFault,
  DECIDABLE,
  DECIDABLE_OF_CARD,
  decisionFault,
  endWithWhatIsKnown,
  isSameDecision,
  toSettlement,
  type Decision,
} from './endings.js';
export {
  beginOperation,
  isSettled,
  settle,
  statusOf,
  type Operation,
  type Settlement,
  type TokenRequest,
} from './state.js';
export { purposeOfReading, toDetails } from './to-details.js';
export { attentionOf, toReport, toTokenOutcome } from './to-report.js';
