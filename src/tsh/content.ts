import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

/** What a body holds. Its bytes decide: what they are called is a hint at most. */
export type Content =
  | { readonly kind: 'empty' }
  | { readonly kind: 'json'; readonly value: unknown }
  /** A page, a cut text, a coding that cannot be undone, or more than is read. */
  | { readonly kind: 'unreadable' };

export const UNREADABLE: Content = { kind: 'unreadable' };

/** A list of 2,500 tokens, each with all that the hub tells of its device. */
export const LARGEST_BODY_BYTES = 8 * 1024 * 1024;

/** Nobody packs more often; a bundle of bundles must not keep us busy. */
const MOST_CODINGS = 3;

/**
 * Reads a body. We ask for plain JSON; whatever comes is undone all the same, as far as {@link LARGEST_BODY_BYTES} and a few
 * codings go: a box between us and the hub may pack, or call packed what is plain.
 * @param codings the `Content-Encoding` header
 */
export function readContent(bytes: Buffer, codings = ''): Content {
  const called = codings.split(',').map((coding) => coding.trim().toLowerCase());
  const toUndo = called.filter((coding) => coding !== '' && coding !== 'identity');
  let packed = bytes;
  for (let undone = 0; ; undone += 1) {
    const content = readPlain(packed);
    if (content.kind !== 'unreadable' || undone === MOST_CODINGS) return content;
    const unpacked = unpack(packed, toUndo.pop());
    if (unpacked === undefined) return UNREADABLE;
    packed = unpacked;
  }
}

/**
 * JSON is UTF-8 (RFC 8259), so no charset is looked at. An odd byte is replaced: it must not take the rest of an answer with
 * it. Whoever needs a text looks whether something was replaced in it ({@link isWhole}).
 */
function readPlain(bytes: Buffer): Content {
  const text = new TextDecoder().decode(bytes);
  if (/^[\t\n\r ]*$/.test(text)) return { kind: 'empty' };
  try {
    const value: unknown = JSON.parse(text);
    return value === null ? { kind: 'empty' } : { kind: 'json', value };
  } catch {
    return UNREADABLE;
  }
}

/** Whether a text is as it was sent, with no odd byte in it. */
export function isWhole(text: string): boolean {
  return !text.includes('\ufffd');
}

function unpack(bytes: Buffer, called: string | undefined): Buffer | undefined {
  if (isGzip(bytes)) return attempt(gunzipSync, bytes);
  if (called === 'br') return attempt(brotliDecompressSync, bytes);
  // With a frame by its name (RFC 9110, 8.4.1.2), and often without one.
  if (called === 'deflate') return attempt(inflateSync, bytes) ?? attempt(inflateRawSync, bytes);
  return undefined;
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

type Unpack = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;

function attempt(unpackSync: Unpack, bytes: Buffer): Buffer | undefined {
  try {
    return unpackSync(bytes, { maxOutputLength: LARGEST_BODY_BYTES });
  } catch {
    return undefined;
  }
}
