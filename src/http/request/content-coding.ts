import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

import type { Body } from './body.js';

/** A box in front may compress once more what has come compressed. */
const MOST_CODINGS = 3;

/**
 * What the sender of a JSON object meant by these bytes. A label may name a coding that nobody applied, or leave out one that
 * somebody did: an object that is there is taken as it is, gzip is known by its first bytes, and only for what neither
 * explains the label has the word.
 */
export function undoCodings(
  bytes: Buffer,
  { label, limitBytes }: { readonly label: string; readonly limitBytes: number },
): Body {
  const codings = label
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  let present = bytes;
  for (let undone = 0; undone < MOST_CODINGS && !beginsObject(present); undone += 1) {
    const coding = isGzip(present) ? 'gzip' : codings.findLast((one) => one !== 'gzip' && one !== 'x-gzip');
    if (coding === undefined) break;
    const body = undo(present, coding, limitBytes);
    if (body.kind !== 'read') return body;
    present = body.bytes;
    const at = codings.findLastIndex((one) => one === coding || one === `x-${coding}`);
    if (at >= 0) codings.splice(at, 1);
  }
  // Labelled as compressed, and neither that nor an object: another copy may be readable.
  return codings.length > 0 && !beginsObject(present)
    ? { kind: 'unreadable' }
    : { kind: 'read', bytes: present };
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** A brace behind JSON's own white space or the mark of an encoding; none of the codings begins so. */
function beginsObject(bytes: Buffer): boolean {
  return /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\0\t\n\r ]*\{/.test(bytes.toString('latin1', 0, 64));
}

function undo(bytes: Buffer, coding: string, limitBytes: number): Body {
  const options = { maxOutputLength: limitBytes };
  try {
    switch (coding) {
      case 'gzip':
        return { kind: 'read', bytes: gunzipSync(bytes, options) };
      case 'deflate':
        // Both forms are in use: with the zlib header that the standard asks for, and without.
        return {
          kind: 'read',
          bytes: isZlib(bytes) ? inflateSync(bytes, options) : inflateRawSync(bytes, options),
        };
      case 'br':
        return { kind: 'read', bytes: brotliDecompressSync(bytes, options) };
      default:
        return { kind: 'unknown-encoding' };
    }
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    return { kind: code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'unreadable' };
  }
}

/** The header of RFC 1950: its method is 8, and its two bytes are divisible by 31. */
function isZlib(bytes: Buffer): boolean {
  return bytes.length >= 2 && ((bytes[0] ?? 0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}
