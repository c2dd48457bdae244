import { type ResponseCode, responseCodes } from '../hub/response-codes.js';

/** The states of a token as the hub names them (contract 3.1, S4). */
export const tokenStatuses = [
  'DEPLOYMENT_ONGOING',
  'INACTIVE',
  'RESUMED',
  'SUSPENDED',
  'DELETED',
  'ERASED',
] as const;
export type TokenStatus = (typeof tokenStatuses)[number];

/** Who holds a suspension. A token can pay again only when nobody does (contract 3.3, S4 and S38). */
export const suspenders = ['ISSUER', 'TOKEN_REQUESTOR'] as const;
export type Suspender = (typeof suspenders)[number];

/** The actions that change a token (contract 5.2). Any other action leaves it as it is. */
export const tokenActions = ['ACTIVATE', 'SUSPEND', 'RESUME', 'DELETE', 'DELETE_FROM_APP', 'ERASE'] as const;
export type TokenAction = (typeof tokenActions)[number];

/** The last is the TSP's own: it leaves the state as it is, and no request and no wallet can cause it. */
type ActionWithRule = TokenAction | 'RENEW';

/** A token at the TSP, as the hub knows it. SUSPENDED exactly while `suspenders` is not empty. */
export interface Token {
  virtualCardId: string;
  walletProviderId: string;
  tokenStorageId: string;
  isPrimary: boolean;
  status: TokenStatus;
  suspenders: Suspender[];
  /** When the TSP renews it by itself, by the hub's clock. Absent: never. */
  renewsAt?: string;
}

/** What an action does to a token: a new token, or the code that the hub refuses it with. */
export type TokenChange = { kind: 'changed'; token: Token } | { kind: 'refused'; responseCode: ResponseCode };

type Rule = { to: TokenStatus } | { refuse: ResponseCode } | 'add suspender' | 'lift suspension' | 'as it is';

const notAllowed: Rule = { refuse: responseCodes.notAllowedInState };
const deleted: Rule = { refuse: responseCodes.cardDeleted };
const unknown: Rule = { refuse: responseCodes.virtualCardUnknown };

const deletion: Record<TokenStatus, Rule> = {
  DEPLOYMENT_ONGOING: { to: 'DELETED' },
  INACTIVE: { to: 'DELETED' },
  RESUMED: { to: 'DELETED' },
  SUSPENDED: { to: 'DELETED' },
  DELETED: deleted,
  ERASED: unknown,
};

/** The transition table of contract 3.2 (assumed there). Where it leaves a choice, we refuse. */
const rules: Record<ActionWithRule, Record<TokenStatus, Rule>> = {
  ACTIVATE: {
    DEPLOYMENT_ONGOING: { to: 'RESUMED' },
    INACTIVE: { to: 'RESUMED' },
    RESUMED: notAllowed,
    SUSPENDED: notAllowed,
    DELETED: deleted,
    ERASED: unknown,
  },
  SUSPEND: {
    DEPLOYMENT_ONGOING: notAllowed,
    INACTIVE: notAllowed,
    RESUMED: 'add suspender',
    SUSPENDED: 'add suspender',
    DELETED: deleted,
    ERASED: unknown,
  },
  RESUME: {
    DEPLOYMENT_ONGOING: notAllowed,
    INACTIVE: notAllowed,
    RESUMED: notAllowed,
    SUSPENDED: 'lift suspension',
    DELETED: deleted,
    ERASED: unknown,
  },
  DELETE: deletion,
  DELETE_FROM_APP: deletion,
  ERASE: {
    DEPLOYMENT_ONGOING: notAllowed,
    INACTIVE: notAllowed,
    RESUMED: notAllowed,
    SUSPENDED: notAllowed,
    DELETED: { to: 'ERASED' },
    ERASED: unknown,
  },
  RENEW: {
    DEPLOYMENT_ONGOING: notAllowed,
    INACTIVE: notAllowed,
    RESUMED: 'as it is',
    SUSPENDED: 'as it is',
    DELETED: deleted,
    ERASED: unknown,
  },
};

/** Applies an action of `by` to a token. Never changes the token that it was given. */
export function changeToken(token: Token, action: ActionWithRule, by: Suspender): TokenChange {
  const rule = rules[action][token.status];
  if (rule === 'add suspender') return addSuspender(token, by);
  if (rule === 'lift suspension') return liftSuspension(token, by);
  if (rule === 'as it is') return { kind: 'changed', token: { ...token } };
  if ('refuse' in rule) return { kind: 'refused', responseCode: rule.refuse };
  return { kind: 'changed', token: { ...token, status: rule.to, suspenders: [] } };
}

/** Is this one of the actions that the transition table knows? */
export function isTokenAction(action: string): action is TokenAction {
  return (tokenActions as readonly string[]).includes(action);
}

/** The token with these suspensions, and the status that follows from them. */
export function withSuspenders(token: Token, held: Suspender[]): Token {
  return { ...token, status: held.length > 0 ? 'SUSPENDED' : 'RESUMED', suspenders: held };
}

function addSuspender(token: Token, by: Suspender): TokenChange {
  // Nothing would change. Refusing is the harder case for a caller that repeats itself, so it is ours.
  if (token.suspenders.includes(by)) {
    return { kind: 'refused', responseCode: responseCodes.notAllowedInState };
  }
  return { kind: 'changed', token: withSuspenders(token, [...token.suspenders, by]) };
}

function liftSuspension(token: Token, by: Suspender): TokenChange {
  // A suspension can be lifted only by the side that made it (S4).
  if (!token.suspenders.includes(by)) {
    return { kind: 'refused', responseCode: responseCodes.notAllowedInState };
  }
  return {
    kind: 'changed',
    token: withSuspenders(
      token,
      token.suspenders.filter((held) => held !== by),
    ),
  };
}
