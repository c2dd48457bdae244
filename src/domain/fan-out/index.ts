export { fanOutAgendaOf, type FanOutAgenda } from './agenda.js';
export { statusOfParts } from './card-status.js';
export { recordFanOutChange, recordFanOutChanges } from './changes.js';
export { fromCompact, toCompact, type CompactFanOut } from './compact.js';
export {
  beginSender,
  isGivenUpUnsent,
  passFanOutTime,
  recordFanOutCancellation,
  recordFanOutDecision,
  recordFanOutReadingRequest,
  recordHiddenAttempts,
  recordSenderEnded,
  recordSendingEnded,
  type SenderReport,
  type SendingResult,
} from './endings.js';
export { beginFanOutReading, recordFanOutReading, recordSnapshot } from './readings.js';
export {
  beginFanOut,
  isFinal,
  isOver,
  statusOfFanOut,
  type CardRequest,
  type FanOut,
  type Member,
} from './state.js';
export { purposeOfFanOutReading, toFanOutDetails } from './to-details.js';
export { attentionOfFanOut, toFanOutReport, toProgress } from './to-report.js';
