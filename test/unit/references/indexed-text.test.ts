// Texts of the hub, whatever they are, where they become workflow ids, search attributes and summaries.
import * as fc from 'fast-check';

import { toShortText } from '../../../src/domain/report/short-text.js';
import { parseCallback } from '../../../src/http/callbacks/parse-callback.js';
import { toIndexedText } from '../../../src/references/indexed-text.js';
import { recipientOf } from '../../../src/temporal/callbacks/deliver.js';
import { toCardRenewalsStart } from '../../../src/temporal/callbacks/renewals-start.js';
import { narrowedTo } from '../../../src/temporal/visibility/visibility-query.js';

const HALF = '\ud83d';
const SETTINGS = {
  taskQueue: 'lcm',
  renewalQuietMs: 1,
  hubTimeoutMs: 1,
  policy: { readIntervalMs: 1 },
};

/** Any text that a JSON string can hold: lone halves of pairs, zeros, letters of one to four bytes; short ones and long ones. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 255 }),
  fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 255 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom(HALF, '\ude00', '\u0000', '😀'.repeat(255), '中'.repeat(255), '\u0001'.repeat(255)),
);

function read(body: object) {
  const parsed = parseCallback({
    correlationId: 'r-1',
    body: Buffer.from(JSON.stringify(body)),
    receivedAt: '2026-01-01T00:00:00.000Z',
    numericReferences: 'allow',
  });
  if (!parsed.ok) throw new Error(parsed.failure.errorMessage);
  return parsed.change;
}

describe('a text of the hub', () => {
  it.each([
    ['half of a surrogate pair', HALF],
    ['a zero', 'card\u0000'],
    ['a line break', 'card\n1'],
    ['255 letters of four bytes', '😀'.repeat(255)],
  ])('I7: stands for its hash where %s cannot stand', (_what, text) => {
    expect(toIndexedText(text)).toMatch(/^sha256:[0-9a-f]{16}$/);
  });

  it.each(['card-1', 'Müller 中 😀', '"\\\'', '中'.repeat(255), 'sha256:9bbef19476623ca5'])(
    'stands for itself wherever it can (%#)',
    (text) => {
      expect(toIndexedText(text)).toBe(text);
    },
  );

  it('I7: makes a workflow id of every well-formed callback: valid UTF-8, at most 1,000 bytes, kept apart from others', () => {
    fc.assert(
      fc.property(
        anyText,
        anyText,
        fc.constantFrom('issuerCardRefId', 'virtualCardId'),
        (one, other, name) => {
          const [first, second] = [one, other].map((text) => {
            const change = read({ virtualCardId: 't', action: 'RENEW', [name]: text });
            // The change itself keeps what came.
            expect(change[name as 'virtualCardId']).toBe(text);
            return recipientOf('ISSUER1234', change);
          });
          expect(Buffer.from(first ?? '', 'utf8').toString('utf8')).toBe(first);
          expect(Buffer.byteLength(first ?? '')).toBeLessThanOrEqual(1_000);
          expect(first === second).toBe(one === other);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('I7: makes search attributes that the server takes, and that a query can ask for', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const change = read({ virtualCardId: 't', action: 'RENEW', issuerCardRefId: text });
        const { typedSearchAttributes, staticSummary } = toCardRenewalsStart(SETTINGS, {
          issuerId: 'ISSUER1234',
          change,
        });
        for (const { value } of typedSearchAttributes) {
          expect(String(value)).not.toMatch(/[\p{Cc}\p{Cs}]/u);
          expect(Buffer.byteLength(String(value))).toBeLessThanOrEqual(2_048);
        }
        expect(narrowedTo('LcmCard', toIndexedText(text)) ?? '').not.toMatch(/\p{Cs}/u);
        expect(Buffer.byteLength(JSON.stringify(staticSummary))).toBeLessThanOrEqual(400);
      }),
      { numRuns: 500 },
    );
  });

  it('is shortened in a summary only when it is long', () => {
    expect(toShortText('c'.repeat(160))).toBe('c'.repeat(160));
    expect(toShortText('c'.repeat(161))).toBe(`${'c'.repeat(160)}…`);
    expect(toShortText('中'.repeat(54))).toBe(`${'中'.repeat(53)}…`);
    expect(toShortText(`a${HALF}b\u0000`)).toBe('a?b?');
  });
});
