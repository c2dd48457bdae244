import type { Records } from '../records.js';
import { checkAccounted, checkAnswers, checkForeign, checkStored } from './callbacks.js';
import { checkCardData } from './card-data.js';
import { checkCardTruth } from './card-truth.js';
import { checkEnd } from './endings.js';
import { checkLastIntent, checkSupersededBy } from './intents.js';
import {
  checkEffects,
  checkIdentity,
  checkOtherBodies,
  checkRequested,
  checkRequests,
  checkSameRequest,
} from './exactly-once.js';
import { checkAttention, checkContradictions, checkSameEnd, checkStillThere } from './memory.js';
import { checkRenewals } from './renewals.js';
import { toStories, type Story } from './story.js';
import { checkTruth } from './truth.js';
import type { Violation } from './violation.js';

export type { Violation } from './violation.js';

/** What each invariant demands of one operation. */
const RULES: readonly [Violation['invariant'], (story: Story) => string[]][] = [
  ['I1', checkAccounted],
  ['I2', checkOtherBodies],
  ['I2', checkSameRequest],
  ['I2', checkEffects],
  ['I2', checkRequests],
  ['I2', checkRequested],
  ['I2', checkLastIntent],
  ['I2', checkSupersededBy],
  ['I3', checkEnd],
  ['I4', checkTruth],
  ['I4', checkCardTruth],
  ['I5', checkSameEnd],
  ['I5', checkStillThere],
  ['I5', checkContradictions],
  ['I5', checkAttention],
  ['I6', checkCardData],
];

/** Compares the three records. A pure function that shares nothing with the rules of the service. */
export function check(records: Records): Violation[] {
  const ofOperations = toStories(records).flatMap((story) =>
    RULES.flatMap(([invariant, rule]) =>
      rule(story).map((says): Violation => ({ invariant, operationId: story.operationId, says })),
    ),
  );
  return [
    ...checkStored(records),
    ...checkForeign(records),
    ...checkAnswers(records),
    ...checkIdentity(records),
    ...checkRenewals(records),
    ...ofOperations,
    ...records.mishaps.map((says): Violation => ({ invariant: 'mishap', says })),
  ];
}
