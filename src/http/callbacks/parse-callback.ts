import { holdsCardNumber } from '../../domain/hub/card-data.js';
import { normaliseAction, normaliseErrorCode, type VirtualCardChange } from '../../domain/hub/change.js';
import { hashReference, looksLikeCardNumber } from '../../references/card-numbers.js';
import { callbackSchema, LONGEST_REFERENCE } from '../schemas/callback.js';

/** Why a callback can never be valid: the hub's own codes (contract 4.3), 111 missing and 112 malformed. */
export interface CallbackFailure {
  readonly responseCode: 111 | 112;
  readonly errorMessage: string;
}

export type ParsedHeaders =
  | { readonly ok: true; readonly issuerId: string; readonly correlationId: string }
  | { readonly ok: false; readonly failure: CallbackFailure };

/** The headers of a callback as they came, each with all its repetitions. */
export interface CallbackHeaders {
  readonly issuerIds: readonly string[] | undefined;
  readonly correlationIds: readonly string[] | undefined;
}

export const LONGEST_CORRELATION_ID = 64;

/** Checks the two headers that every callback has (contract 1.1). */
export function parseCallbackHeaders({ issuerIds, correlationIds }: CallbackHeaders): ParsedHeaders {
  const correlationId = joinRepeated(correlationIds);
  const issuerId = joinRepeated(issuerIds);
  if (correlationId === '') return failed(111, 'x-correlation-id is missing');
  if (issuerId === '') return failed(111, 'x-issuer-id is missing');
  if (correlationId.length > LONGEST_CORRELATION_ID) {
    return failed(112, 'x-correlation-id has more than 64 characters');
  }
  if (issuerId.length !== 10) return failed(112, 'x-issuer-id has not exactly 10 characters');
  return { ok: true, issuerId, correlationId };
}

export interface CallbackMessage {
  readonly correlationId: string;
  readonly body: Buffer;
  /** RFC 3339, UTC. */
  readonly receivedAt: string;
  readonly numericReferences: 'refuse' | 'allow';
}

export type ParsedCallback =
  | {
      readonly ok: true;
      readonly change: VirtualCardChange;
      /** Names of fields that contract 5.1 does not list. */
      readonly unknownFields: readonly string[];
      /** Names of optional fields that are treated as absent because of their type. */
      readonly mistypedFields: readonly string[];
    }
  | { readonly ok: false; readonly failure: CallbackFailure };

/**
 * Reads a callback (design section 7, contract 5.1). Tolerant on purpose (I7): only the fields of a change are read, and
 * only what can never be valid is a failure: no JSON object, no token, a reference that is too long. What looks like
 * card data leaves this function as a hash or not at all (I6).
 */
export function parseCallback(message: CallbackMessage): ParsedCallback {
  const text = decode(message.body);
  if (text.trim() === '') return failed(111, 'the body is missing');
  const fields = parseObject(text);
  if (fields === undefined) return failed(112, 'the body is not a JSON object');

  const virtualCardId = toReference(fields, 'virtualCardId', text);
  if (virtualCardId === '') return failed(111, 'virtualCardId is missing');
  if (virtualCardId === undefined) return failed(112, 'virtualCardId is malformed');
  const issuerCardRefId = toReference(fields, 'issuerCardRefId', text);
  if (isTooLong(virtualCardId)) return failed(112, 'virtualCardId is too long');
  if (isTooLong(issuerCardRefId ?? '')) return failed(112, 'issuerCardRefId is too long');

  const reader = createFieldReader(fields, message.numericReferences);
  const action = normaliseAction(reader.text('action', 64));
  const errorCode = reader.errorCode();
  const isPrimary = reader.flag('isPrimary');
  const walletProviderId = reader.text('walletProviderId', 128);
  const source = reader.text('source', 64);
  if (issuerCardRefId === undefined) reader.noteMistyped('issuerCardRefId');
  const references = {
    // Never card data by contract (1.1): one in ten ids of 13 to 19 digits passes the check by chance.
    correlationId: message.correlationId,
    virtualCardId: reader.reference(virtualCardId),
    // An empty card reference is none: the hub may say so for a token whose card it no longer knows.
    ...(issuerCardRefId ? { issuerCardRefId: reader.reference(issuerCardRefId) } : {}),
  };
  const change: VirtualCardChange = {
    ...references,
    ...(walletProviderId === undefined ? {} : { walletProviderId }),
    ...(isPrimary === undefined ? {} : { isPrimary }),
    ...(action === undefined ? {} : { action }),
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(source === undefined ? {} : { source }),
    receivedAt: message.receivedAt,
    ...(reader.cardDataSeen() ? { cardDataSeen: true } : {}),
  };
  const unknownFields = Object.keys(fields).filter((name) => !KNOWN_FIELDS.has(name));
  return { ok: true, change, unknownFields, mistypedFields: reader.mistypedFields() };
}

const LONGEST_ERROR_CODE = 64;
/** Stored as the error code when the real one cannot be: whatever it was, it was not the absence of one. */
const UNREADABLE_ERROR_CODE = 'malformed';

/** The fields that the contract lists; of these, only those of a change are read. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set(Object.keys(callbackSchema.shape));

type Fields = Readonly<Record<string, unknown>>;

/** Reads optional fields one by one, and remembers what it had to leave out. */
function createFieldReader(fields: Fields, numericReferences: 'refuse' | 'allow') {
  const mistyped = new Set<string>();
  let hasCardData = false;

  function text(name: string, longest: number): string | undefined {
    const value = fields[name];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') {
      mistyped.add(name);
      return undefined;
    }
    if (!holdsCardData(value)) return cut(value, longest);
    hasCardData = true;
    return undefined;
  }

  function errorCode() {
    const value = fields['errorCode'];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string' && typeof value !== 'number') {
      mistyped.add('errorCode');
      return UNREADABLE_ERROR_CODE;
    }
    if (holdsCardData(String(value))) {
      hasCardData = true;
      return UNREADABLE_ERROR_CODE;
    }
    const code = normaliseErrorCode(value);
    return typeof code === 'string' ? cut(code, LONGEST_ERROR_CODE) : code;
  }

  function flag(name: string): boolean | undefined {
    const value = fields[name];
    if (typeof value === 'boolean') return value;
    if (value !== undefined && value !== null) mistyped.add(name);
    return undefined;
  }

  function reference(value: string): string {
    if (numericReferences === 'allow' || !looksLikeCardNumber(value)) return value;
    hasCardData = true;
    return hashReference(value);
  }

  return {
    text,
    errorCode,
    flag,
    reference,
    noteMistyped: (name: string) => void mistyped.add(name),
    mistypedFields: () => [...mistyped],
    cardDataSeen: () => hasCardData,
  };
}

/** In characters, as people and the contract count: one beyond the first plane has two UTF-16 units. */
function isTooLong(reference: string): boolean {
  return reference.replaceAll(/[\ud800-\udbff][\udc00-\udfff]/g, '_').length > LONGEST_REFERENCE;
}

/** The beginning of a text, without half a character at its end that was whole before. */
function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const beginning = text.slice(0, longest);
  const isHalved = /[\ud800-\udbff]$/.test(beginning) && /^[\udc00-\udfff]/.test(text.slice(longest));
  return isHalved ? beginning.slice(0, -1) : beginning;
}

function holdsCardData(value: string): boolean {
  return holdsCardNumber(value) || looksLikeCardNumber(value);
}

/** A reference exactly as it was sent; empty when there is none, undefined when it is of another type. */
function toReference(fields: Fields, name: string, text: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return undefined;
  return Number.isSafeInteger(value) ? String(value) : digitsOf(text, name);
}

/** The digits of a number that JSON.parse has rounded. Two places that disagree are no answer. */
function digitsOf(text: string, name: string): string | undefined {
  const found = [...text.matchAll(new RegExp(`"${name}"\\s*:\\s*(\\d+)(?![\\d.eE])`, 'g'))];
  const distinct = new Set(found.map((match) => match[1]));
  return distinct.size === 1 ? found[0]?.[1] : undefined;
}

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The bytes decide, whatever a label says: UTF-8, or UTF-16, as older JSON may be. What is no UTF-8 is read letter by letter
 * as Latin-1: a wrong letter in a field that nobody reads must cost neither the callback nor the letters beside it (I7).
 */
function decode(body: Buffer): string {
  const wide = utf16Of(body);
  if (wide !== undefined) return new TextDecoder(wide).decode(body);
  try {
    return strictUtf8.decode(body);
  } catch {
    return decodeMixed(body);
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** By its mark, or by the zero beside an ASCII letter, with which every JSON object begins. */
function utf16Of([first, second]: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if ((first === 0xff && second === 0xfe) || (isAscii(first) && second === 0)) return 'utf-16le';
  return (first === 0xfe && second === 0xff) || (first === 0 && isAscii(second)) ? 'utf-16be' : undefined;
}

function isAscii(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0 && byte < 0x80;
}

function decodeMixed(body: Buffer): string {
  let text = '';
  for (let at = 0; at < body.length;) {
    const length = utf8LengthOf(body[at] ?? 0);
    const letter = decodeStrictly(body.subarray(at, at + length));
    text += letter ?? body.toString('latin1', at, at + 1);
    at += letter === undefined ? 1 : length;
  }
  return text;
}

/** How many bytes the letter has that begins so. */
function utf8LengthOf(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

function decodeStrictly(bytes: Buffer): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A header that a proxy has doubled counts once; different values are joined, as Node does it. */
function joinRepeated(values: readonly string[] | undefined): string {
  return [...new Set(values)].join(', ');
}

function failed(responseCode: 111 | 112, errorMessage: string) {
  return { ok: false as const, failure: { responseCode, errorMessage } };
}
