export { cardAgendaOf, type CardEffect } from './agenda.js';
export { statusOfParts } from './card-status.js';
export { recordCardChanges } from './changes.js';
export { fromCompact, toCompact, type CompactCardOperation } from './compact.js';
export type { SenderReport, SendingResult } from './endings.js';
export { evolveCard, type CardEvent } from './evolve.js';
export {
  beginCardOperation,
  isFinal,
  statusOfCard,
  type CardRequest,
  type CardOperation,
  type Member,
} from './state.js';
export { purposeOfCardReading, toCardDetails } from './to-details.js';
export { attentionOfCard, toCardReport, toProgress } from './to-report.js';
