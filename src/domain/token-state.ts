/** What an issuer can ask of a token (contract 2.1, spelling A-03). */
export type Action = 'SUSPEND' | 'RESUME' | 'DELETE';

export const ACTIONS: readonly Action[] = ['SUSPEND', 'RESUME', 'DELETE'];

/** The token states that the hub names (contract 3.1). Its enums are open: anything else is kept raw and means unknown. */
export type TokenState = 'DEPLOYMENT_ONGOING' | 'INACTIVE' | 'RESUMED' | 'SUSPENDED' | 'DELETED' | 'ERASED';

const SYNONYMS: Readonly<Record<string, TokenState>> = {
  DEPLOYMENT_ONGOING: 'DEPLOYMENT_ONGOING',
  INACTIVE: 'INACTIVE',
  RESUMED: 'RESUMED',
  ACTIVE: 'RESUMED', // Other products of the hub's family say ACTIVE (contract 3.1, vocabulary trap).
  ACTIVATED: 'RESUMED',
  SUSPENDED: 'SUSPENDED',
  DELETED: 'DELETED',
  ERASED: 'ERASED',
};

/** The state that a raw `status` of the hub means, or undefined for a value that we do not know. */
export function toTokenState(rawStatus: string): TokenState | undefined {
  const name = rawStatus.trim().toUpperCase();
  return Object.hasOwn(SYNONYMS, name) ? SYNONYMS[name] : undefined;
}

const WANTED: Readonly<Record<Action, readonly TokenState[]>> = {
  SUSPEND: ['SUSPENDED'],
  RESUME: ['RESUMED'],
  DELETE: ['DELETED', 'ERASED'],
};

/** Whether a token in this state is what the action wanted. */
export function isWantedState(action: Action, state: TokenState): boolean {
  return WANTED[action].includes(state);
}
