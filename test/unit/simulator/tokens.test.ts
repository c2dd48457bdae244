import {
  type Suspender,
  type Token,
  type TokenAction,
  type TokenStatus,
  changeToken,
  tokenActions,
  tokenStatuses,
} from '../../../src/simulator/cards/tokens.js';

function aToken(status: TokenStatus, suspenders: Suspender[] = []): Token {
  return {
    virtualCardId: 'token',
    walletProviderId: 'APPLE_PAY',
    tokenStorageId: 'storage',
    isPrimary: true,
    status,
    suspenders,
  };
}

/** In the order of `tokenStatuses`; SUSPENDED is by the issuer, who also acts. */
const table: Record<TokenAction, (TokenStatus | number)[]> = {
  ACTIVATE: ['RESUMED', 'RESUMED', 432, 432, 160, 119],
  SUSPEND: [432, 432, 'SUSPENDED', 432, 160, 119],
  RESUME: [432, 432, 432, 'RESUMED', 160, 119],
  DELETE: ['DELETED', 'DELETED', 'DELETED', 'DELETED', 160, 119],
  DELETE_FROM_APP: ['DELETED', 'DELETED', 'DELETED', 'DELETED', 160, 119],
  ERASE: [432, 432, 432, 432, 'ERASED', 119],
};

const cells = tokenActions.flatMap((action) =>
  tokenStatuses.map((status, index) => ({ action, status, expected: table[action][index] })),
);

describe('the transitions of a token', () => {
  test.each(cells)('$action makes of $status: $expected', ({ action, status, expected }) => {
    const change = changeToken(aToken(status, status === 'SUSPENDED' ? ['ISSUER'] : []), action, 'ISSUER');
    expect(change.kind === 'changed' ? change.token.status : change.responseCode).toBe(expected);
  });

  test('let the TSP renew what is active or suspended, which stays so', () => {
    const after = tokenStatuses.map((status) => {
      const change = changeToken(aToken(status, status === 'SUSPENDED' ? ['ISSUER'] : []), 'RENEW', 'ISSUER');
      return change.kind === 'changed' ? change.token.status : change.responseCode;
    });
    expect(after).toEqual([432, 432, 'RESUMED', 'SUSPENDED', 160, 119]);
  });

  test('leave the token that they were given as it was', () => {
    const token = aToken('RESUMED');
    changeToken(token, 'SUSPEND', 'ISSUER');
    expect(token).toEqual(aToken('RESUMED'));
  });
});

describe('the suspenders of a token', () => {
  test.each<{ before: Suspender[]; action: TokenAction; by: Suspender; after: Suspender[] | number }>([
    { before: ['TOKEN_REQUESTOR'], action: 'SUSPEND', by: 'ISSUER', after: ['TOKEN_REQUESTOR', 'ISSUER'] },
    { before: ['ISSUER'], action: 'SUSPEND', by: 'TOKEN_REQUESTOR', after: ['ISSUER', 'TOKEN_REQUESTOR'] },
    { before: ['ISSUER', 'TOKEN_REQUESTOR'], action: 'RESUME', by: 'ISSUER', after: ['TOKEN_REQUESTOR'] },
    { before: ['ISSUER', 'TOKEN_REQUESTOR'], action: 'RESUME', by: 'TOKEN_REQUESTOR', after: ['ISSUER'] },
    { before: ['TOKEN_REQUESTOR'], action: 'RESUME', by: 'ISSUER', after: 432 },
    { before: ['ISSUER'], action: 'RESUME', by: 'TOKEN_REQUESTOR', after: 432 },
    { before: ['ISSUER', 'TOKEN_REQUESTOR'], action: 'DELETE', by: 'ISSUER', after: [] },
  ])('$before after a $action by $by: $after', ({ before, action, by, after }) => {
    const change = changeToken(aToken('SUSPENDED', before), action, by);
    expect(change.kind === 'changed' ? change.token.suspenders : change.responseCode).toEqual(after);
  });

  test('keep the token SUSPENDED until the last of them has gone', () => {
    const change = changeToken(aToken('SUSPENDED', ['ISSUER', 'TOKEN_REQUESTOR']), 'RESUME', 'ISSUER');
    expect(change).toMatchObject({ kind: 'changed', token: { status: 'SUSPENDED' } });
  });
});
