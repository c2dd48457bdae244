import type { Answer } from '../domain/hub/answer.js';
import type { DescribedToken } from '../application/token-reader.js';
import { normaliseErrorCode, type ErrorCode } from '../domain/hub/change.js';
import { isWorthSendingAgain } from '../domain/hub/hub-errors.js';
import { isStatusWorthSendingAgain, meansAccepted, NO_EFFECT_STATUS, SUCCESS_CODE } from './assumptions.js';
import type { Content } from './content.js';
import { cardInfoSchema, codedBodySchema, isOfCardInfo } from './schemas.js';

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

/** A response as far as it says something. */
interface Said {
  readonly httpStatus: number;
  readonly content: Content;
}

/** The cause of what is no answer, since it cannot be the hub's. */
export const NOT_THE_HUB = 'NOT_THE_HUB';

/**
 * The code in what can be the hub's, if it has one; undefined when something else must have answered: a firewall, a proxy, an
 * ingress, a page to log in (design 5.1, decision 17). The hub says 2xx with an object or nothing, and refuses with an object that
 * has an error code. What only asks for time needs no words (contract 2). A redirection is never its own.
 */
function readHubCode({ httpStatus, content }: Said): { readonly raw: RawCode } | undefined {
  if (content.kind === 'unreadable' || isRedirection(httpStatus)) return undefined;
  const needsNoWords = meansAccepted(httpStatus) || isStatusWorthSendingAgain(httpStatus);
  if (content.kind === 'empty') return needsNoWords ? { raw: undefined } : undefined;
  const parsed = codedBodySchema.safeParse(content.value);
  if (!parsed.success) return undefined;
  const raw = parsed.data.responseCode;
  return meansAccepted(httpStatus) || toErrorCode(raw) !== undefined ? { raw } : undefined;
}

function isRedirection(httpStatus: number): boolean {
  return httpStatus >= 300 && httpStatus <= 399;
}

/**
 * What the hub's answer to `updateCardState` means (design 5.1); undefined when it cannot be the hub's. The status decides first:
 * what is worth sending again by its status is so with any code. Then the code, wherever it comes from: errors are seen under 200
 * too (contract 4.1).
 */
export function toAnswer(
  response: Said & { readonly retryAfterMs?: number | undefined },
): Answer | undefined {
  const code = readHubCode(response);
  if (code === undefined) return undefined;
  const { httpStatus, retryAfterMs } = response;
  const errorCode = toErrorCode(code.raw);
  const withCode = errorCode === undefined ? {} : { errorCode };
  // Without a word it may be from in front: that proves no effect, and cannot put off a suspension for an hour (decision 17).
  const waitMs =
    retryAfterMs === undefined || errorCode !== undefined
      ? retryAfterMs
      : Math.min(retryAfterMs, LONGEST_WORDLESS_WAIT_MS);
  if (isStatusWorthSendingAgain(httpStatus) || (errorCode !== undefined && isWorthSendingAgain(errorCode))) {
    return {
      kind: 'again',
      effect: httpStatus === NO_EFFECT_STATUS && errorCode !== undefined ? 'none' : 'possible',
      ...withCode,
      ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    };
  }
  // A word like "OK" in a 2xx is no code: taken for one, it would call an accepted request refused.
  if (meansAccepted(httpStatus) && (errorCode === undefined || !isNumeric(code.raw))) {
    return { kind: 'accepted' };
  }
  return { kind: 'refused', ...withCode, httpStatus };
}

/** What the hub's answer to `getCardInfo` says. Only a well-formed 200 without an error code lists anything (design 5.2). */
export function toReading({ httpStatus, content }: Said): CardInfoReading {
  const code = readHubCode({ httpStatus, content });
  if (code === undefined) return { kind: 'failed', cause: NOT_THE_HUB, httpStatus };
  const errorCode = toErrorCode(code.raw);
  const failed = (cause: string): CardInfoReading => ({
    kind: 'failed',
    cause,
    httpStatus,
    ...(errorCode === undefined ? {} : { errorCode }),
  });
  if (httpStatus !== 200) return failed('HTTP_STATUS');
  if (content.kind !== 'json') return failed('NOT_WELL_FORMED');
  if (!isOfCardInfo(content.value)) return failed(NOT_THE_HUB);
  if (errorCode !== undefined && isNumeric(code.raw)) return failed('ERROR_CODE');
  const parsed = cardInfoSchema.safeParse(content.value);
  if (!parsed.success) return failed('NOT_WELL_FORMED');
  const tokens = withoutRepeats(parsed.data.virtualCardList);
  return tokens === undefined ? failed('CONTRADICTORY') : { kind: 'listed', tokens, httpStatus };
}

const LONGEST_RETRY_AFTER_MS = 3_600_000;
/** As long as the longest pause of our own between two attempts. */
const LONGEST_WORDLESS_WAIT_MS = 300_000;
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
