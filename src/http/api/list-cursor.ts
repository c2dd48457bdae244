import { createHash } from 'node:crypto';

import { z } from 'zod';

import type { ListPosition } from '../../application/list-position.js';
import type { ListRequest } from '../../application/gateway.js';

type Asked = Pick<ListRequest, 'issuerId' | 'filter'>;

const VERSION = 1;
/** The end of the year 9999: later times are written in another form. */
const LATEST = 253_402_300_799_999;
const cursorSchema = z.tuple([
  z.literal(VERSION),
  z.int().min(0).max(LATEST),
  z.string().regex(/^[\x21-\x7e]{0,255}$/),
  z.string(),
]);

/** A place in the list of this filter, opaque to whoever carries it: the next page begins behind it. */
export function toCursor(asked: Asked, { at, operationId }: ListPosition): string {
  return encode([VERSION, at, operationId, fingerprintOf(asked)]);
}

/** The place that a cursor stands for; undefined when we did not write it, or not for this filter. */
export function parseCursor(asked: Asked, cursor: string): ListPosition | undefined {
  const parsed = cursorSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!parsed.success) return undefined;
  const [, at, operationId, fingerprint] = parsed.data;
  // The decoder passes over what is no base64url; one place has one cursor.
  const isOurs = fingerprint === fingerprintOf(asked) && encode(parsed.data) === cursor;
  return isOurs ? { at, operationId } : undefined;
}

function encode(fields: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(fields), 'utf8').toString('base64url');
}

/** Keeps a cursor to the list that it came from; it is no secret, and grants nothing. */
function fingerprintOf({ issuerId, filter }: Asked): string {
  const fields = Object.entries(filter).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([issuerId, fields]), 'utf8')
    .digest('hex')
    .slice(0, 16);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
