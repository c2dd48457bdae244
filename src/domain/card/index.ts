export { cardAgendaOf, type CardEffect } from './agenda.js';
export { statusOfParts } from './card-status.js';
export { recordFanOutChanges } from './changes.js';
export { fromCompact, toCompact, type CompactFanOut } from './compact.js';
export type { SenderReport, SendingResult } from './endings.js';
export { evolveCard, type CardEvent } from './evolve.js';
export { beginFanOut, isFinal, statusOfFanOut, type CardRequest, type FanOut, type Member } from './state.js';
export { purposeOfFanOutReading, toFanOutDetails } from './to-details.js';
export { attentionOfFanOut, toFanOutReport, toProgress } from './to-report.js';
