import { AbortedError } from './errors.js';

/** Pauses that double from the first to the longest, in milliseconds. */
export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** The pause after the n-th attempt (from 1): half of it by chance, so that many clients do not come back at once. */
export function backOffMs({ firstMs, longestMs }: BackOff, attempt: number): number {
  const longest = Math.min(firstMs * 2 ** Math.min(attempt - 1, 30), longestMs);
  return longest / 2 + Math.random() * (longest / 2);
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AbortedError({ cause: signal.reason });
}

/** @throws {AbortedError} as soon as the signal says so. */
export async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal);
  await new Promise<void>((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      reject(new AbortedError({ cause: signal?.reason }));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', end, { once: true });
  });
}
