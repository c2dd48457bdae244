import { toCursor } from '../../../../src/http/api/list-cursor.js';
import { parseListRequest } from '../../../../src/http/api/list-request.js';
import { ISSUER_ID, OPERATION_ID } from '../fake-gateway.js';
import { CARD_NUMBER } from '../support.js';

const parse = (query: Record<string, unknown>, numericReferences: 'refuse' | 'allow' = 'refuse') =>
  parseListRequest(query, { issuerId: ISSUER_ID, numericReferences });

function errorsOf(query: Record<string, unknown>) {
  const parsed = parse(query);
  return parsed.ok ? [] : parsed.errors;
}

const POSITION = { at: Date.UTC(2026, 0, 1), operationId: OPERATION_ID };

describe('the parameters of a list', () => {
  it('are none by default: everything of the issuer, 20 at a time', () => {
    expect(parse({})).toEqual({ ok: true, value: { issuerId: ISSUER_ID, filter: {}, limit: 20 } });
  });

  it('become a filter in our own words', () => {
    const query = {
      status: 'OVERDUE',
      action: 'SUSPEND',
      scope: 'CARD',
      card: 'card "1"/ä\\%',
      virtualCard: 'token-1',
      attention: 'CONFLICT',
      from: '2026-01-01T00:00:00Z',
      to: '2026-01-01T02:00:00.5+01:00',
      limit: '100',
    };
    expect(parse(query)).toEqual({
      ok: true,
      value: {
        issuerId: ISSUER_ID,
        filter: {
          status: 'OVERDUE',
          action: 'SUSPEND',
          scope: 'CARD',
          issuerCardRefId: 'card "1"/ä\\%',
          virtualCardId: 'token-1',
          attention: 'CONFLICT',
          from: Date.UTC(2026, 0, 1),
          to: Date.UTC(2026, 0, 1, 1, 0, 0, 500),
        },
        limit: 100,
      },
    });
  });

  it.each([
    ['status', ['', 'overdue', 'OVERDUE ', 'DONE', 'OVERDUE" OR LcmIssuer != "']],
    ['action', ['RENEW', 'suspend']],
    ['scope', ['FOREIGN', 'LATE']],
    ['attention', ['conflict', 'NONE']],
    ['card', ['', 'x'.repeat(49), ' card', 'card\n1', CARD_NUMBER, '4111 1111 1111 1111']],
    ['virtualCard', ['', 'x'.repeat(65), 'token\u0000', CARD_NUMBER]],
    [
      'from',
      [
        '',
        '2026-01-01',
        'yesterday',
        '2026-13-01T00:00:00Z',
        '2026-02-30T00:00:00Z',
        '2026-01-01T00:00:00',
        '1',
      ],
    ],
    ['to', ['2026-01-01T00:00:00 01:00', '2026-01-01T00:00:00.0005Z']],
    ['limit', ['', '0', '101', '1.5', '1e1', '-1', '020', '0x10', '99999999999999999999']],
    ['cursor', ['', '!', 'x', 'W10', 'a'.repeat(601)]],
  ])('refuse a wrong %s, by its name and never by its value', (field, values) => {
    for (const value of values) {
      const errors = errorsOf({ [field]: value });
      expect(errors).toEqual([{ field, rule: expect.any(String) as string }]);
      if (value.length > 3) expect(JSON.stringify(errors)).not.toContain(JSON.stringify(value).slice(1, -1));
    }
  });

  it.each(['Status', 'wait', 'issuerId', '__proto__x', 'card[]'])(
    'refuse one that is not known: %s',
    (name) => {
      expect(errorsOf({ [name]: '1' })).toEqual([
        { field: name === 'card[]' ? '(unknown)' : name, rule: 'is not a parameter of this request' },
      ]);
    },
  );

  it('refuse one that is given twice, also with the same value', () => {
    expect(errorsOf({ status: ['OVERDUE', 'OVERDUE'], card: 'card-1' })).toEqual([
      { field: 'status', rule: 'may be given only once' },
    ]);
  });

  it('name every one that is wrong', () => {
    expect(errorsOf({ status: 'x', limit: '0', card: '' }).map(({ field }) => field)).toEqual([
      'status',
      'card',
      'limit',
    ]);
  });

  it('refuse a span of time that holds nothing', () => {
    const instant = '2026-01-01T00:00:00Z';
    expect(errorsOf({ from: instant, to: instant })).toEqual([
      { field: 'to', rule: 'must be later than from' },
    ]);
  });

  it('I6: may look like card numbers where that is allowed', () => {
    expect(parse({ card: CARD_NUMBER, virtualCard: CARD_NUMBER }, 'allow')).toMatchObject({ ok: true });
  });
});

describe('a cursor', () => {
  const filter = { issuerCardRefId: 'card-1', status: 'FAILED' } as const;
  const query = { card: 'card-1', status: 'FAILED' };
  const cursor = toCursor({ issuerId: ISSUER_ID, filter }, POSITION);

  it('leads back to its place, whatever the order of the parameters and the size of the pages', () => {
    expect(parse({ ...query, cursor, limit: '7' })).toMatchObject({
      ok: true,
      value: { filter, after: POSITION, limit: 7 },
    });
    expect(parse({ cursor, status: 'FAILED', card: 'card-1' })).toMatchObject({ ok: true });
  });

  it.each([
    ['another filter', { ...query, status: 'UNKNOWN' }],
    ['one filter less', { card: 'card-1' }],
    ['one filter more', { ...query, action: 'DELETE' }],
  ])('is refused with %s', (_what, asked) => {
    expect(errorsOf({ ...asked, cursor })).toMatchObject([{ field: 'cursor' }]);
  });

  it('is refused for another issuer', () => {
    const foreign = toCursor({ issuerId: 'OTHER12345', filter }, POSITION);
    expect(errorsOf({ ...query, cursor: foreign })).toMatchObject([{ field: 'cursor' }]);
  });

  it.each([
    ['an instant that is none', [1, -1, 'op']],
    ['an instant beyond all years', [1, 8.64e15, 'op']],
    ['an id with a quotation mark and a space', [1, 1, 'x" OR "']],
    ['another version', [2, 1, 'op']],
    ['too little', [1, 1]],
  ])('is refused with %s in it, although its fingerprint is right', (_what, fields) => {
    const fingerprint = (JSON.parse(Buffer.from(cursor, 'base64url').toString()) as string[])[3];
    const forged = Buffer.from(JSON.stringify([...fields, fingerprint])).toString('base64url');
    expect(errorsOf({ ...query, cursor: forged })).toMatchObject([{ field: 'cursor' }]);
  });

  it('is refused when something stands beside it, which a decoder would pass over', () => {
    const text = JSON.stringify(JSON.parse(Buffer.from(cursor, 'base64url').toString()), null, 1);
    for (const changed of [Buffer.from(text).toString('base64url'), `${cursor}A`]) {
      expect(errorsOf({ ...query, cursor: changed })).toMatchObject([{ field: 'cursor' }]);
    }
  });

  it('says nothing of the references in its filter', () => {
    expect(Buffer.from(cursor, 'base64url').toString()).not.toContain('card-1');
  });
});
