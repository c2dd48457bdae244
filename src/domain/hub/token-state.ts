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

/** The same for a `status` as the hub lists it; a value that we do not know is what nobody wanted. */
export function isWantedStatus(action: Action, rawStatus: string): boolean {
  const state = toTokenState(rawStatus);
  return state !== undefined && isWantedState(action, state);
}

const ELIGIBLE: Readonly<Record<Action, readonly TokenState[]>> = {
  // On top of the wallet's own suspension the issuer's means something: only the issuer can lift it (contract 3.3).
  SUSPEND: ['RESUMED', 'SUSPENDED'],
  RESUME: ['SUSPENDED'],
  DELETE: ['DEPLOYMENT_ONGOING', 'INACTIVE', 'RESUMED', 'SUSPENDED'],
};

/**
 * Whether the action on a whole card means something for a token in this raw state, so that an outcome is expected of it
 * (design 5.3). Of a state that we do not know only a DELETE is expected to take the token.
 */
export function isEligible(action: Action, rawStatus: string): boolean {
  const state = toTokenState(rawStatus);
  return state === undefined ? action === 'DELETE' : ELIGIBLE[action].includes(state);
}

const HARMLESS: readonly TokenState[] = ['SUSPENDED', 'DELETED', 'ERASED'];

/** Whether a token in this raw state can pay, can become able to, or may be either: what we do not know counts as exposed. */
export function isExposed(rawStatus: string): boolean {
  const state = toTokenState(rawStatus);
  return state === undefined || !HARMLESS.includes(state);
}

/** Whether the action is to leave no token of the card that can pay. A RESUME is not. */
export function mustLeaveNoneExposed(action: Action): boolean {
  return action !== 'RESUME';
}
