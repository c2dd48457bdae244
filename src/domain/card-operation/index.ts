export {
  beginCardOperation,
  cardAgendaOf,
  passCardTime,
  recordCardAnswer,
  recordCardCancellation,
  recordCardReset,
  recordResultTold,
  recordStanding,
  saysNothingWasSent,
  takeOver,
  type CardOperation,
} from './state.js';
export { toCardDetails } from './to-details.js';
export { isFanOutStanding, type FanOutStanding } from './standing.js';
export {
  isOfTakenId,
  mergeReports,
  toCardReport,
  toReportOfTakenId,
  toReportWithoutFanOut,
} from './to-report.js';
