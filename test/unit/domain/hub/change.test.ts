import {
  duplicateKey,
  isVirtualCardChange,
  normaliseAction,
  normaliseErrorCode,
  saysTheSame,
  toShownChange,
  type VirtualCardChange,
} from '../../../../src/domain/hub/change.js';
import { aChange } from '../../../support/builders.js';

describe('an error code', () => {
  it.each([undefined, null, '', ' ', 0, -0, '0', '00', ' 0 '])('%p means success', (raw) => {
    expect(normaliseErrorCode(raw)).toBeUndefined();
  });

  it.each([
    [221, 221],
    ['221', 221],
    [' 221 ', 221],
    ['0221', 221],
    ['999999999999999', 999_999_999_999_999],
  ])('%p becomes the number %p', (raw, code) => {
    expect(normaliseErrorCode(raw)).toBe(code);
  });

  it.each([
    ['E1', 'E1'],
    [' E1 ', 'E1'],
    ['-1', '-1'],
    [-1, '-1'],
    ['+221', '+221'],
    [1.5, '1.5'],
    ['0.0', '0.0'],
    ['0x0', '0x0'],
    ['null', 'null'],
    ['٢٢١', '٢٢١'],
    [1e21, '1e+21'],
    ['9999999999999999', '9999999999999999'],
  ])('%p is a failure and is kept as %p', (raw, code) => {
    expect(normaliseErrorCode(raw)).toBe(code);
  });

  it('never rounds a number that is too long to be exact', () => {
    expect(normaliseErrorCode('9007199254740993')).toBe('9007199254740993');
  });
});

describe('an action', () => {
  it.each(['SUSPEND', 'suspend', ' Suspend ', '\tSUSPEND\n'])('%p is compared as SUSPEND', (raw) => {
    expect(normaliseAction(raw)).toBe('SUSPEND');
  });

  it.each([undefined, '', '   '])('%p is none', (raw) => {
    expect(normaliseAction(raw)).toBeUndefined();
  });

  it('that we do not know is kept', () => {
    expect(normaliseAction('freeze')).toBe('FREEZE');
  });
});

describe('the duplicate key', () => {
  const key = (overrides: Partial<VirtualCardChange>) => duplicateKey(aChange(overrides));
  const plain = key({});

  it('takes an absent isPrimary for true', () => {
    expect(key({ isPrimary: true })).toBe(plain);
  });

  it.each<[string, Partial<VirtualCardChange>]>([
    ['the time of arrival', { receivedAt: '2027-01-01T00:00:00.000Z' }],
    ['the source', { source: 'ISSUER' }],
    ['the wallet provider', { walletProviderId: 'WALLET' }],
    ['the card', { issuerCardRefId: 'card-1' }],
  ])('does not depend on %s', (_what, overrides) => {
    expect(key(overrides)).toBe(plain);
  });

  it.each<[string, Partial<VirtualCardChange>]>([
    ['the correlation id', { correlationId: 'op-2' }],
    ['the token, exactly as it is spelled', { virtualCardId: 'TOKEN-1' }],
    ['the token, blanks included', { virtualCardId: ' token-1' }],
    ['an auxiliary token', { isPrimary: false }],
    ['the action', { action: 'RESUME' }],
    ['the error code', { errorCode: 221 }],
  ])('tells changes apart by %s', (_what, overrides) => {
    expect(key(overrides)).not.toBe(plain);
  });

  it('tells a change without an action from one with an action', () => {
    const { action: _action, ...withoutAction } = aChange();
    expect(duplicateKey(withoutAction)).not.toBe(plain);
  });

  it('is equal for two changes exactly when they say the same', () => {
    const { action: _action, ...withoutAction } = aChange();
    const changes = [
      withoutAction,
      aChange({ source: 'ISSUER', receivedAt: 'later', isPrimary: true }),
      ...[{}, { correlationId: 'op-2' }, { virtualCardId: 'TOKEN-1' }, { isPrimary: false }].map(aChange),
      ...[{ action: 'RESUME' }, { errorCode: 221 }, { errorCode: '221' }, { errorCode: 'E' }].map(aChange),
    ];
    for (const left of changes) {
      for (const right of changes) {
        expect(saysTheSame(left, right)).toBe(duplicateKey(left) === duplicateKey(right));
      }
    }
  });

  it('is not fooled by values that look like several fields', () => {
    const joined = key({ virtualCardId: 'a","b', action: 'c' });
    expect(joined).not.toBe(key({ virtualCardId: 'a', action: 'b","c' }));
  });

  it.each([
    ['221', 221],
    [' 221', '221'],
    ['0', undefined],
  ])('is the same for the error codes %p and %p, once they are normalised', (left, right) => {
    const keyOf = (raw: string | number | undefined) => {
      const errorCode = normaliseErrorCode(raw);
      return key(errorCode === undefined ? {} : { errorCode });
    };
    expect(keyOf(left)).toBe(keyOf(right));
  });
});

describe('a change as it is shown', () => {
  it('leaves out what the operation shows already', () => {
    const change = aChange({ errorCode: 231, source: 'TSP', isPrimary: false, cardDataSeen: true });
    expect(toShownChange(change)).toEqual({
      virtualCardId: 'token-1',
      action: 'SUSPEND',
      errorCode: 231,
      source: 'TSP',
      isPrimary: false,
      receivedAt: '2026-11-22T10:00:00.000Z',
    });
  });
});

describe('what arrives as a signal', () => {
  it.each([
    [undefined, false],
    [null, false],
    ['text', false],
    [{}, false],
    [{ correlationId: 'op-1', virtualCardId: 1, receivedAt: '2026-11-22T10:00:00Z' }, false],
    [{ correlationId: 'op-1', virtualCardId: 'token-1', receivedAt: '2026-11-22T10:00:00Z' }, true],
    [aChange({ errorCode: 221, isPrimary: false, source: 'TSP', cardDataSeen: true }), true],
    [aChange({ errorCode: 'E-7', walletProviderId: 'WALLET', issuerCardRefId: 'card-1' }), true],
    ...[1.5, 0, -1, 1e21, null, '', { code: 231 }].map(
      (errorCode) => [{ ...aChange(), errorCode }, false] as const,
    ),
    [{ ...aChange(), action: 7 }, false],
    [{ ...aChange(), action: null }, false],
    [{ ...aChange(), source: 7 }, false],
    [{ ...aChange(), issuerCardRefId: {} }, false],
    [{ ...aChange(), walletProviderId: [] }, false],
    [{ ...aChange(), isPrimary: 'true' }, false],
    [{ ...aChange(), cardDataSeen: 1 }, false],
  ] as const)('is told apart: %j is a change: %s', (value, expected) => {
    expect(isVirtualCardChange(value)).toBe(expected);
  });
});
