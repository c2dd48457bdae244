import { hashReference } from '../../../../src/references/card-numbers.js';
import { parseCallback, parseCallbackHeaders } from '../../../../src/http/callbacks/parse-callback.js';
import { CARD_NUMBER } from '../support.js';

const RECEIVED_AT = '2026-01-01T00:00:00.000Z';
const HASH = /^sha256:[0-9a-f]{16}$/;

function parse(
  body: unknown,
  options: { correlationId?: string; numericReferences?: 'refuse' | 'allow' } = {},
) {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return parseCallback({
    correlationId: 'op-1',
    receivedAt: RECEIVED_AT,
    numericReferences: 'refuse',
    ...options,
    body: bytes,
  });
}

function changeOf(body: unknown, options: Parameters<typeof parse>[1] = {}) {
  const parsed = parse(body, options);
  if (!parsed.ok) throw new Error(parsed.failure.errorMessage);
  return parsed.change;
}

describe('a callback', () => {
  it('keeps the fields of a change and no other', () => {
    const change = changeOf({
      virtualCardId: 'token-1',
      issuerCardRefId: 'card-1',
      walletProviderId: 'APPLE_PAY',
      isPrimary: false,
      action: ' suspend ',
      errorCode: '221',
      source: 'WALLET',
      tokenInfo: 'encrypted',
      tokenStorageId: 'store-1',
      tokenRequestor: { id: '1' },
    });
    expect(change).toEqual({
      correlationId: 'op-1',
      virtualCardId: 'token-1',
      issuerCardRefId: 'card-1',
      walletProviderId: 'APPLE_PAY',
      isPrimary: false,
      action: 'SUSPEND',
      errorCode: 221,
      source: 'WALLET',
      receivedAt: RECEIVED_AT,
    });
  });

  it('I7: needs nothing but a token', () => {
    expect(changeOf({ virtualCardId: 'token-1' })).toEqual({
      correlationId: 'op-1',
      virtualCardId: 'token-1',
      receivedAt: RECEIVED_AT,
    });
  });

  it('I7: may say an action that nobody knows', () => {
    expect(changeOf({ virtualCardId: 't', action: 'Teleport' }).action).toBe('TELEPORT');
  });

  it('I7: may have fields that nobody knows, whose names are reported and whose values are not', () => {
    const parsed = parse({ virtualCardId: 't', newField: 'value', tokenInfo: 'x' });
    expect(parsed).toMatchObject({ ok: true, unknownFields: ['newField'] });
    expect(JSON.stringify(parsed)).not.toContain('value');
  });

  it.each([
    ['walletProviderId', 7],
    ['isPrimary', 'false'],
    ['action', ['SUSPEND']],
    ['source', {}],
    ['issuerCardRefId', true],
  ])('I7: has a field %s of the wrong type treated as absent', (name, value) => {
    const parsed = parse({ virtualCardId: 't', [name]: value });
    expect(parsed).toMatchObject({ ok: true, mistypedFields: [name] });
    expect(parsed.ok && parsed.change).not.toHaveProperty(name);
  });

  it.each(['walletProviderId', 'isPrimary', 'action', 'source', 'issuerCardRefId', 'errorCode'])(
    'I7: may say null for %s',
    (name) => {
      const parsed = parse({ virtualCardId: 't', [name]: null });
      expect(parsed).toMatchObject({ ok: true, mistypedFields: [] });
      expect(parsed.ok && parsed.change).not.toHaveProperty(name);
    },
  );

  it('keeps a token exactly, spaces and all', () => {
    expect(changeOf({ virtualCardId: ' Token 1 ' }).virtualCardId).toBe(' Token 1 ');
  });

  it.each([
    ['{"virtualCardId": 42}', '42'],
    ['{"virtualCardId": 123456789012345678905}', '123456789012345678905'],
  ])('has a numeric token %s read digit by digit', (text, virtualCardId) => {
    expect(changeOf(text).virtualCardId).toBe(virtualCardId);
  });

  it.each([
    ['action', 64],
    ['source', 64],
    ['walletProviderId', 128],
  ] as const)('has a long %s cut to %i characters', (name, longest) => {
    expect(changeOf({ virtualCardId: 't', [name]: 'X'.repeat(300) })[name]).toBe('X'.repeat(longest));
  });

  it('I7: is read as Latin-1 when it is no UTF-8', () => {
    const body = Buffer.from('{"virtualCardId":"token-1","cardName":"d\u00e9j\u00e0"}', 'latin1');
    expect(changeOf(body).virtualCardId).toBe('token-1');
  });

  it('may begin with a byte order mark', () => {
    expect(changeOf('\ufeff{"virtualCardId":"t"}').virtualCardId).toBe('t');
  });
});

describe('an error code', () => {
  it.each([
    [undefined, undefined],
    [null, undefined],
    ['', undefined],
    [0, undefined],
    ['0', undefined],
    [221, 221],
    [' 221 ', 221],
    ['E-77', 'E-77'],
    [-1, '-1'],
    [221.5, '221.5'],
    ['x'.repeat(100), 'x'.repeat(64)],
    [{ code: 1 }, 'malformed'],
    [[221], 'malformed'],
    [false, 'malformed'],
    [true, 'malformed'],
  ])('%j is kept as %j', (errorCode, kept) => {
    expect(changeOf({ virtualCardId: 't', errorCode }).errorCode).toBe(kept);
  });

  it.each([CARD_NUMBER, Number(CARD_NUMBER), `refused ${CARD_NUMBER}`, '378282246310005', 378282246310005])(
    'I6: %j holds a card number: a failure without the number',
    (errorCode) => {
      expect(changeOf({ virtualCardId: 't', errorCode })).toMatchObject({
        errorCode: 'malformed',
        cardDataSeen: true,
      });
    },
  );
});

describe('I6: a card number', () => {
  it.each([CARD_NUMBER, ` ${CARD_NUMBER}`, '4111-1111-1111-1111', Number(CARD_NUMBER)])(
    'as a reference (%j) is stored as a hash',
    (reference) => {
      const change = changeOf({ virtualCardId: reference, issuerCardRefId: reference });
      expect(change.virtualCardId).toMatch(HASH);
      expect(change.issuerCardRefId).toBe(change.virtualCardId);
      expect(change.cardDataSeen).toBe(true);
    },
  );

  it('is never what a correlation id is, by contract: one that passes the check by chance is kept as it is', () => {
    const change = changeOf({ virtualCardId: 't' }, { correlationId: '4222222222222' });
    expect(change).toEqual({ correlationId: '4222222222222', virtualCardId: 't', receivedAt: RECEIVED_AT });
  });

  it('as a reference has the same hash each time, so that its callbacks still meet', () => {
    expect(hashReference(CARD_NUMBER)).toBe('sha256:9bbef19476623ca5');
  });

  it('as a number that JSON cannot hold exactly is stored as a hash, too', () => {
    const change = changeOf('{"virtualCardId": 6304000000000000000}');
    expect(change.virtualCardId).toBe(hashReference('6304000000000000000'));
  });

  it.each(['walletProviderId', 'source', 'action'])('in %s drops the value', (name) => {
    const change = changeOf({ virtualCardId: 't', [name]: `x ${CARD_NUMBER}` });
    expect(change).not.toHaveProperty(name);
    expect(change.cardDataSeen).toBe(true);
  });

  it('beyond the place where a text is cut drops the value', () => {
    const action = `${'X'.repeat(60)} ${CARD_NUMBER}`;
    expect(changeOf({ virtualCardId: 't', action })).toMatchObject({ cardDataSeen: true });
    expect(changeOf({ virtualCardId: 't', action })).not.toHaveProperty('action');
  });

  it('as a reference is stored as it is when LCM_NUMERIC_REFERENCES allows it', () => {
    const change = changeOf(
      { virtualCardId: CARD_NUMBER, source: CARD_NUMBER },
      { numericReferences: 'allow' },
    );
    expect(change.virtualCardId).toBe(CARD_NUMBER);
    expect(change).not.toHaveProperty('source');
  });
});

describe('what can never be valid', () => {
  it.each([
    ['nothing', '', 111, 'the body is missing'],
    ['blanks', ' \r\n', 111, 'the body is missing'],
    ['no JSON', '{"virtualCardId":', 112, 'the body is not a JSON object'],
    ['an array', '[]', 112, 'the body is not a JSON object'],
    ['null', 'null', 112, 'the body is not a JSON object'],
    ['a string', '"x"', 112, 'the body is not a JSON object'],
    ['no token', '{}', 111, 'virtualCardId is missing'],
    ['token null', '{"virtualCardId":null}', 111, 'virtualCardId is missing'],
    ['an empty token', '{"virtualCardId":""}', 111, 'virtualCardId is missing'],
    ['an object for a token', '{"virtualCardId":{}}', 112, 'virtualCardId is malformed'],
    [
      'numbers that do not say which',
      '{"virtualCardId":123456789012345678901,"x":{"virtualCardId":9}}',
      112,
      'virtualCardId is malformed',
    ],
    ['a long token', JSON.stringify({ virtualCardId: 'x'.repeat(256) }), 112, 'virtualCardId is too long'],
    [
      'a long card reference',
      JSON.stringify({ virtualCardId: 't', issuerCardRefId: 'x'.repeat(256) }),
      112,
      'issuerCardRefId is too long',
    ],
  ])('is %s', (_what, text, responseCode, errorMessage) => {
    expect(parse(text)).toEqual({ ok: false, failure: { responseCode, errorMessage } });
  });

  it('is not a reference of 255 characters', () => {
    const longest = 'x'.repeat(255);
    expect(changeOf({ virtualCardId: longest, issuerCardRefId: longest })).toMatchObject({
      virtualCardId: longest,
      issuerCardRefId: longest,
    });
  });
});

describe('the headers', () => {
  it.each([
    ['both there', ['op-1'], ['ISSUER1234'], undefined],
    ['64 characters', ['x'.repeat(64)], ['ISSUER1234'], undefined],
    ['one doubled by a proxy', ['op-1', 'op-1'], ['ISSUER1234', 'ISSUER1234'], undefined],
    ['no correlation id', undefined, ['ISSUER1234'], 111],
    ['no issuer id', ['op-1'], undefined, 111],
    ['an empty correlation id', [''], ['ISSUER1234'], 111],
    ['65 characters', ['x'.repeat(65)], ['ISSUER1234'], 112],
    ['9 characters', ['op-1'], ['ISSUER123'], 112],
    ['11 characters', ['op-1'], ['ISSUER12345'], 112],
    ['two issuers', ['op-1'], ['ISSUER1234', 'ISSUER5678'], 112],
  ])('%s', (_what, correlationIds, issuerIds, responseCode) => {
    const parsed = parseCallbackHeaders({ correlationIds, issuerIds });
    if (responseCode === undefined) expect(parsed.ok).toBe(true);
    else expect(parsed).toMatchObject({ ok: false, failure: { responseCode } });
  });
});

describe('the bytes of a body', () => {
  const TEXT = '{"virtualCardId":"Müller-中-1","tokenInfo":"x"}';

  it.each([
    ['UTF-8 with a mark', Buffer.from(`\ufeff${TEXT}`)],
    ['UTF-16 with a mark', Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
    ['UTF-16 without one', Buffer.from(TEXT, 'utf16le')],
    ['UTF-16, the other way round', Buffer.from(`\ufeff${TEXT}`, 'utf16le').swap16()],
  ])('I7: are read as %s', (_what, bytes) => {
    expect(changeOf(bytes).virtualCardId).toBe('Müller-中-1');
  });

  it('I7: may hold an odd letter in a field that nobody reads, which changes no letter of the token', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"virtualCardId":"Müller-中-1","tokenInfo":"'),
      Buffer.from([0xff, 0xc3, 0xe4, 0xb8]),
      Buffer.from('"}'),
    ]);
    expect(changeOf(bytes).virtualCardId).toBe('Müller-中-1');
  });

  it('are read as Latin-1 where they are no UTF-8, each in its own way', () => {
    const names = ['Müller', 'Möller'].map((name) => Buffer.from(`{"virtualCardId":"${name}"}`, 'latin1'));
    expect(names.map((bytes) => changeOf(bytes).virtualCardId)).toEqual(['Müller', 'Möller']);
  });
});

describe('the length of a reference', () => {
  it('I7: is counted in characters', () => {
    expect(changeOf({ virtualCardId: '😀'.repeat(255) }).virtualCardId).toBe('😀'.repeat(255));
    expect(parse({ virtualCardId: '😀'.repeat(256) })).toMatchObject({ ok: false });
  });

  it('of another text is cut between characters', () => {
    const change = changeOf({ virtualCardId: 't', action: `${'X'.repeat(63)}😀`, source: '\ud83d' });
    expect(change).toMatchObject({ action: 'X'.repeat(63), source: '\ud83d' });
  });
});
