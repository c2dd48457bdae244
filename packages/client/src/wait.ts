import type { Operation } from './api-types.js';
import { backOffMs, pause, type BackOff } from './back-off.js';
import { NotFinalError, UnavailableError } from './errors.js';

/** The longest that the service waits with one answer (design section 7), in seconds. */
const LONGEST_WAIT_SECONDS = 60;
/** What came sooner than this share of the wait was not waited for: too many wait, or the service is about to stop. */
const WAITED = 0.9;

export interface WaitSettings {
  readonly timeoutMs: number;
  readonly backOff: BackOff;
  readonly signal: AbortSignal | undefined;
}

/**
 * Asks until the operation is final, leaving the waiting to the service, with pauses where it does not wait or is away.
 * @throws {NotFinalError} when the time is up
 */
export async function waitUntilFinal(
  get: (waitSeconds: number) => Promise<Operation>,
  { timeoutMs, backOff, signal }: WaitSettings,
): Promise<Operation> {
  const giveUpAt = Date.now() + timeoutMs;
  let last: Operation | undefined;
  for (let early = 0; ;) {
    const remainingMs = giveUpAt - Date.now();
    if (remainingMs <= 0) throw new NotFinalError(last);
    const waitSeconds = Math.max(1, Math.min(LONGEST_WAIT_SECONDS, Math.floor(remainingMs / 1000)));
    const askedAt = Date.now();
    const operation = await askOnce(get, waitSeconds);
    if (operation?.final === true) return operation;
    last = operation ?? last;
    const hasWaited = operation !== undefined && Date.now() - askedAt >= WAITED * waitSeconds * 1000;
    early = hasWaited ? 0 : early + 1;
    if (early > 0) await pause(Math.min(backOffMs(backOff, early), giveUpAt - Date.now()), signal);
  }
}

/** A service that is away for a while is waited for, like the operation. */
async function askOnce(
  get: (waitSeconds: number) => Promise<Operation>,
  waitSeconds: number,
): Promise<Operation | undefined> {
  try {
    return await get(waitSeconds);
  } catch (error) {
    if (error instanceof UnavailableError) return undefined;
    throw error;
  }
}
