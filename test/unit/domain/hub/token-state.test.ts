import {
  ACTIONS,
  isWantedState,
  toTokenState,
  type TokenState,
} from '../../../../src/domain/hub/token-state.js';

const STATES: readonly TokenState[] = [
  'DEPLOYMENT_ONGOING',
  'INACTIVE',
  'RESUMED',
  'SUSPENDED',
  'DELETED',
  'ERASED',
];

describe('a status of the hub', () => {
  it.each(STATES)('%s means the state of that name', (state) => {
    expect(toTokenState(state)).toBe(state);
  });

  it.each(['ACTIVE', 'ACTIVATED', 'RESUMED', 'active', ' Activated '])('%p means RESUMED', (status) => {
    expect(toTokenState(status)).toBe('RESUMED');
  });

  it.each(['', 'FROZEN', 'SUSPENDED_BY_ISSUER', 'constructor', '__proto__', 'toString'])(
    '%p is not known, so it means nothing',
    (status) => {
      expect(toTokenState(status)).toBeUndefined();
    },
  );
});

describe('the wanted state', () => {
  it.each([
    ['SUSPEND', ['SUSPENDED']],
    ['RESUME', ['RESUMED']],
    ['DELETE', ['DELETED', 'ERASED']],
  ] as const)('of %s is %p and no other', (action, wanted) => {
    expect(STATES.filter((state) => isWantedState(action, state))).toEqual(wanted);
  });

  it('is settled for every action', () => {
    expect(ACTIONS).toEqual(['SUSPEND', 'RESUME', 'DELETE']);
  });
});
