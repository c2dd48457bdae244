export { agendaOf, type Agenda, type Wake } from './agenda.js';
export { isAmendable, recordChange } from './changes.js';
export {
  cardDecisionFault,
  DECIDABLE,
  DECIDABLE_OF_CARD,
  decisionFault,
  endWithWhatIsKnown,
  isSameDecision,
  passTime,
  recordCancellation,
  recordDecision,
  recordReadingRequest,
  toSettlement,
  type Decision,
} from './endings.js';
export { beginReading, recordFirstSighting, recordReading } from './readings.js';
export { beginSending } from '../dispatch.js';
export { recordAnswer, recordReset, saysNothingWasSent } from './sending.js';
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
export { isEndedBy, toReport, toTokenOutcome } from './to-report.js';
