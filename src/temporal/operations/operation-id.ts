import { createHash } from 'node:crypto';

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const ID_LENGTH = 26;

/**
 * The id of the operation that an idempotency key names; also its correlation id at the hub (design section 4):
 * `op-` and the first 130 bits of a SHA-256 in lower-case Crockford base32.
 * @param n 0, or the next number when the id before it is held by somebody else's change
 */
export function toOperationId(key: {
  issuerId: string;
  caller: string;
  idempotencyKey: string;
  n: number;
}): string {
  return toId([key.issuerId, key.caller, key.idempotencyKey, key.n]);
}

/** The id of the one operation that repeats another (design section 7). `n` as above. */
export function toRetryId(operationId: string, n: number): string {
  return toId(n === 0 ? ['retry', operationId] : ['retry', operationId, n]);
}

/** How many ids of one request may be held by changes of others. */
export const MOST_IDS = 3;

function toId(parts: readonly (string | number)[]): string {
  const source = JSON.stringify(parts);
  return `op-${toCrockford(createHash('sha256').update(source, 'utf8').digest())}`;
}

function toCrockford(bytes: Buffer): string {
  let text = '';
  for (let index = 0; index < ID_LENGTH; index += 1) {
    const bit = index * 5;
    const pair = bytes.readUInt16BE(bit >> 3);
    text += CROCKFORD.charAt((pair >> (11 - (bit & 7))) & 31);
  }
  return text;
}

/** What a repeated request is compared by: a hash over the body as it was sent, with its keys in order. */
export function toFingerprint(body: unknown): string {
  return `v1:${createHash('sha256').update(toCanonicalJson(body), 'utf8').digest('hex')}`;
}

function toCanonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${toCanonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
