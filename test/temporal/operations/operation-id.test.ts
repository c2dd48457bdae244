import { toFingerprint, toOperationId, toRetryId } from '../../../src/temporal/operations/operation-id.js';
import { quoted } from '../../../src/temporal/visibility/visibility-query.js';

const KEY = { issuerId: 'ISSUER1234', caller: '', idempotencyKey: 'my-first-request', n: 0 };

describe('an operation id', () => {
  // Computed by another program from the sentence in design section 4: other programs compute it too.
  it.each([
    [KEY, 'op-cq26v9x1jdacnqyn0g67t2x913'],
    [{ ...KEY, caller: 'fraud', idempotencyKey: 'Ünïcode "key"', n: 2 }, 'op-b1qe2ngqfv3jrxmseesp59s7yr'],
  ])('I2: is the first 130 bits of the SHA-256 over issuer, caller, key and number: %j', (key, id) => {
    expect(toOperationId(key)).toBe(id);
  });

  it('I2: differs when any part of the key differs, also where two parts meet', () => {
    const others = [
      { ...KEY, issuerId: 'ISSUER1235' },
      { ...KEY, caller: 'app' },
      { ...KEY, idempotencyKey: 'my-first-request0' },
      { ...KEY, n: 1 },
      { ...KEY, caller: 'my', idempotencyKey: '-first-request' },
    ];
    expect(new Set([KEY, ...others].map(toOperationId)).size).toBe(others.length + 1);
  });
});

describe('the id of a retry', () => {
  it.each([
    [0, 'op-zzz418y1w9xet52e80p7ata5w4'],
    [1, 'op-zavart5qg0aeh71p9tyq1b631c'],
  ])('I2: follows from the id of the operation that it repeats, number %i', (n, id) => {
    expect(toRetryId(toOperationId(KEY), n)).toBe(id);
  });

  it('I2: of a retry is another one', () => {
    const first = toRetryId(toOperationId(KEY), 0);
    expect(toRetryId(first, 0)).not.toBe(first);
  });
});

describe('a fingerprint', () => {
  it('I2: does not depend on the order of fields, and leaves out what is undefined', () => {
    expect(toFingerprint({ b: [{ d: 'x', c: null }], a: 1, e: undefined })).toBe(
      'v1:cec8a0c0f92b25930b81077c8e8fb7f648624c37e24f9cdecf7e797247bbf127',
    );
  });

  it.each([
    [{ a: 1 }, { a: '1' }],
    [{ a: [1, 2] }, { a: [2, 1] }],
    [{ a: { b: 1 } }, { a: 1, b: 1 }],
    [{}, { a: null }],
  ])('I2: tells %j from %j', (left, right) => {
    expect(toFingerprint(left)).not.toBe(toFingerprint(right));
  });
});

it.each([
  ['card-1', '"card-1"'],
  ['a"b', '"a\\"b"'],
  ['a\\', '"a\\\\"'],
  ['" OR LcmIssuer != "', '"\\" OR LcmIssuer != \\""'],
])('puts %s into a visibility query so that nothing in it ends the quotation', (value, query) => {
  expect(quoted(value)).toBe(query);
});
