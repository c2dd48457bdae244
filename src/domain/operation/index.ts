export { agendaOf, type Agenda, type Wake } from './agenda.js';
export { isAmendable, recordChange } from './changes.js';
export {
  decisionFault,
  passTime,
  recordCancellation,
  recordDecision,
  recordReadingRequest,
  type Decision,
} from './endings.js';
export { beginReading, recordFirstSighting, recordReading } from './readings.js';
export { beginSending } from '../dispatch.js';
export { recordAnswer } from './sending.js';
export {
  beginOperation,
  isSettled,
  statusOf,
  type Operation,
  type Settlement,
  type TokenRequest,
} from './state.js';
export { purposeOfReading, toDetails } from './to-details.js';
export { toReport } from './to-report.js';
