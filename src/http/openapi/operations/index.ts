import type { Entry } from '../entry.js';
import { cancelOperation } from './cancel-operation.js';
import { getOperation } from './get-operation.js';
import { getRenewals } from './get-renewals.js';
import { getTimeline } from './get-timeline.js';
import { getTokens } from './get-tokens.js';
import { getLiveness, getReadiness } from './health.js';
import { listOperations } from './list-operations.js';
import { PAGES } from './pages.js';
import { readOperation } from './read-operation.js';
import { resolveOperation } from './resolve-operation.js';
import { retryOperation } from './retry-operation.js';
import { startOperation } from './start-operation.js';

/** Every operation of the API, in the order in which a newcomer needs them. */
export const API_OPERATIONS: readonly Entry[] = [
  startOperation,
  getOperation,
  listOperations,
  cancelOperation,
  readOperation,
  resolveOperation,
  retryOperation,
  getTokens,
  getTimeline,
  getRenewals,
  getLiveness,
  getReadiness,
  ...PAGES,
];
