export {
  createLcmClient,
  type CallOptions,
  type LcmClient,
  type LcmClientOptions,
  type StartOptions,
  type WaitOptions,
} from './client.js';
export {
  AbortedError,
  isLcmError,
  NotFinalError,
  ProblemError,
  UnavailableError,
  UnexpectedAnswerError,
  type LcmError,
} from './errors.js';
export type { BackOff } from './back-off.js';
export type * from './api-types.js';
