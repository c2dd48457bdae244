import { isIdempotencyKey } from '../../application/idempotency-key.js';

/** The longest that a client may ask us to wait, in seconds. */
export const LONGEST_WAIT_SECONDS = 60;

const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/;

/**
 * The key in an `Idempotency-Key` header: 1 to 255 visible characters, bare or as a structured-field string (RFC 8941),
 * so that `"abc"` and `abc` are the same key. Undefined when it is malformed.
 */
export function parseIdempotencyKey(header: string): string | undefined {
  const text = header.trim();
  if (!text.startsWith('"')) return isIdempotencyKey(text) ? text : undefined;
  const key = QUOTED.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, '$1');
  return key !== undefined && isIdempotencyKey(key) ? key : undefined;
}

/**
 * The seconds that a `Prefer` header asks us to wait (RFC 7240), at most {@link LONGEST_WAIT_SECONDS}; 0 when it asks
 * for nothing that we understand: a preference is never a reason to refuse. The first `wait` counts.
 */
export function parsePreferredWait(header: string | undefined): number {
  for (const preference of (header ?? '').split(',')) {
    const wait = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?$/i.exec(preference)?.[1];
    if (wait !== undefined) return Math.min(Number(wait), LONGEST_WAIT_SECONDS);
  }
  return 0;
}

/**
 * The seconds of a `?wait=` parameter, at most {@link LONGEST_WAIT_SECONDS}; 0 when there is none, undefined when it is
 * not a whole number.
 */
export function parseWaitParameter(parameter: unknown): number | undefined {
  if (parameter === undefined) return 0;
  if (typeof parameter !== 'string' || !/^\d{1,9}$/.test(parameter)) return undefined;
  return Math.min(Number(parameter), LONGEST_WAIT_SECONDS);
}

/** Whether a content type is JSON in UTF-8, the only one that the API takes. */
export function isJsonContentType(header: string | undefined): boolean {
  const [type, ...parameters] = (header ?? '').toLowerCase().split(';');
  const charset = parameters.map((item) => item.trim()).find((item) => item.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-8"?$/.test(charset);
  return type?.trim() === 'application/json' && isUtf8;
}
