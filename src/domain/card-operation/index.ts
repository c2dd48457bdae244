export {
  beginCardOperation,
  cardAgendaOf,
  passCardTime,
  recordCardAnswer,
  recordCardCancellation,
  recordResultTold,
  recordStanding,
  type CardOperation,
  type FanOutStanding,
} from './state.js';
export { mergeReports, toCardReport, toReportOfTakenId, toReportWithoutFanOut } from './to-report.js';
