import type { Answer } from '../domain/answer.js';
import type { DescribedToken } from '../domain/card-tokens.js';
import { normaliseErrorCode, type ErrorCode } from '../domain/change.js';
import { isWorthSendingAgain } from '../domain/hub-errors.js';
import { isStatusWorthSendingAgain, meansAccepted, NO_EFFECT_STATUS, SUCCESS_CODE } from './assumptions.js';
import { cardInfoSchema, codedBodySchema } from './schemas.js';

/** A reading with what a log line needs about one that failed: short codes, never a value of the answer. */
export type CardInfoReading =
  | { readonly kind: 'listed'; readonly tokens: readonly DescribedToken[]; readonly httpStatus: number }
  | {
      readonly kind: 'failed';
      readonly cause: string;
      readonly httpStatus?: number;
      readonly errorCode?: ErrorCode;
    };

type RawCode = string | number | null | undefined;

/**
 * What the hub's answer to `updateCardState` means (design 5.1). The status decides first: what is worth sending again by
 * its status is so with any code. Then the code, wherever it comes from: errors are seen under 200 too (contract 4.1).
 */
export function toAnswer(response: {
  readonly httpStatus: number;
  readonly responseCode?: RawCode;
  readonly retryAfterMs?: number | undefined;
}): Answer {
  const { httpStatus, retryAfterMs } = response;
  const errorCode = toErrorCode(response.responseCode);
  const withCode = errorCode === undefined ? {} : { errorCode };
  if (isStatusWorthSendingAgain(httpStatus) || (errorCode !== undefined && isWorthSendingAgain(errorCode))) {
    return {
      kind: 'again',
      effect: httpStatus === NO_EFFECT_STATUS ? 'none' : 'possible',
      ...withCode,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }
  // A word like "OK" in a 2xx is no code: taken for one, it would call an accepted request refused.
  if (meansAccepted(httpStatus) && (errorCode === undefined || !isNumeric(response.responseCode))) {
    return { kind: 'accepted' };
  }
  return { kind: 'refused', ...withCode, httpStatus };
}

/** What the hub's answer to `getCardInfo` says. Only a well-formed 200 without an error code lists anything (design 5.2). */
export function toReading(response: {
  readonly httpStatus: number;
  readonly body?: string | undefined;
}): CardInfoReading {
  const { httpStatus, body } = response;
  const json = parseJson(body);
  const rawCode = readResponseCode(json);
  const errorCode = toErrorCode(rawCode);
  const failed = (cause: string): CardInfoReading => ({
    kind: 'failed',
    cause,
    httpStatus,
    ...(errorCode === undefined ? {} : { errorCode }),
  });
  if (httpStatus !== 200) return failed('HTTP_STATUS');
  if (json === undefined) return failed('BODY_UNREADABLE');
  if (errorCode !== undefined && isNumeric(rawCode)) return failed('ERROR_CODE');
  const parsed = cardInfoSchema.safeParse(json);
  if (!parsed.success) return failed('NOT_WELL_FORMED');
  const tokens = withoutRepeats(parsed.data.virtualCardList);
  return tokens === undefined ? failed('CONTRADICTORY') : { kind: 'listed', tokens, httpStatus };
}

/** The `responseCode` of a body, raw, if there is one. */
export function readResponseCode(json: unknown): RawCode {
  const parsed = codedBodySchema.safeParse(json);
  return parsed.success ? parsed.data.responseCode : undefined;
}

/** A body as JSON; undefined when there is none, or something else (a gateway's error page, a cut text). */
export function parseJson(body: string | undefined): unknown {
  if (body === undefined) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const LONGEST_RETRY_AFTER_MS = 3_600_000;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** The instant that an HTTP date names; undefined for anything else. */
export function toInstant(header: string | undefined): number | undefined {
  const text = header?.trim() ?? '';
  const instant = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(instant) ? undefined : instant;
}

/**
 * A `Retry-After` header, seconds or an HTTP date (RFC 9110, 10.2.3), as a wait of at most an hour; garbage is no header.
 * @param now by the clock of whoever has written the header
 */
export function toRetryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : (toInstant(text) ?? Number.NaN) - now;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), LONGEST_RETRY_AFTER_MS);
}

function isNumeric(raw: RawCode): boolean {
  return typeof raw === 'number' || (typeof raw === 'string' && /^[+-]?\d+$/.test(raw.trim()));
}

/** A code is short and looks like one. Anything else could be a value, a card number even, and is not kept (I6). */
const CODE_SHAPE = /^(?!.*\d{10})[\w.+-]{1,32}$/;
const UNREADABLE_CODE = 'UNREADABLE';

function toErrorCode(raw: RawCode): ErrorCode | undefined {
  const code = normaliseErrorCode(raw);
  if (code === undefined || code === SUCCESS_CODE) return undefined;
  return CODE_SHAPE.test(String(code)) ? code : UNREADABLE_CODE;
}

/** Each token once; undefined when one is listed in two states, for then the list proves neither. */
function withoutRepeats(tokens: readonly DescribedToken[]): readonly DescribedToken[] | undefined {
  const byId = new Map<string, DescribedToken>();
  for (const token of tokens) {
    const known = byId.get(token.virtualCardId);
    if (known !== undefined && known.status !== token.status) return undefined;
    if (known === undefined) byId.set(token.virtualCardId, token);
  }
  return [...byId.values()];
}
