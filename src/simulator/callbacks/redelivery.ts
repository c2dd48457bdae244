import { type SimulatorSettings } from '../settings.js';

/** What an answer to a callback means for its delivery. */
export type DeliveryResult = 'delivered' | 'again later' | 'refused';

/** 429, 5xx and no answer at all are tried again, nothing else is (A-16, S31). */
export function resultOf(status: number | null): DeliveryResult {
  if (status === null || status === 429 || status >= 500) return 'again later';
  return status >= 200 && status < 300 ? 'delivered' : 'refused';
}

/** How long to wait after the given number of failed attempts; the receiver may ask for more. */
export function redeliveryDelayMs(
  attempts: number,
  retryAfterMs: number | undefined,
  settings: Pick<SimulatorSettings, 'firstRedeliveryMs' | 'redeliveryCeilingMs'>,
): number {
  const doubled = settings.firstRedeliveryMs * 2 ** (attempts - 1);
  return Math.max(Math.min(doubled, settings.redeliveryCeilingMs), retryAfterMs ?? 0);
}

/** Reads a `Retry-After` header, seconds or a date. Undefined if it is neither. */
export function parseRetryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
