import type { ErrorCode } from './change.js';

/**
 * What an error code of the hub allows us to conclude. The numeric table of the Classic API is not public;
 * this is the table of the same hub's transit API with what others confirm (contract 4.3, source S24).
 */
export type HubErrorCategory =
  /** The result at the network is not known: 221 means that the device was not reached, not that nothing changed (4.5). */
  | 'proves-nothing'
  /** Not allowed in the token's present state, which may be our own doing. */
  | 'state'
  /** The thing we named is not there; after a possible first attempt this too may be the echo of our own DELETE. */
  | 'unknown-token'
  /** The request itself is wrong, or the card, product or issuer is: the same request never succeeds. */
  | 'final';

interface HubError {
  readonly meaning: string;
  readonly category: HubErrorCategory;
  /** Worth sending again when it answers a request. */
  readonly sendAgain?: true;
}

const HUB_ERRORS: Readonly<Record<number, HubError>> = {
  111: { meaning: 'a mandatory parameter is missing', category: 'final' },
  112: { meaning: 'a parameter is malformed', category: 'final' },
  113: { meaning: 'the issuer is unknown', category: 'final' },
  115: { meaning: 'the product is unknown', category: 'final' },
  116: { meaning: 'the card is unknown', category: 'final' },
  117: { meaning: 'the device is unknown', category: 'final' },
  118: { meaning: 'the session is unknown', category: 'final' },
  119: { meaning: 'the virtual card is unknown', category: 'unknown-token' },
  121: { meaning: 'the request is unknown', category: 'final' },
  159: { meaning: 'the card is blacklisted', category: 'final' },
  160: { meaning: 'the card is deleted', category: 'state' },
  163: { meaning: 'the card product is not eligible', category: 'final' },
  164: { meaning: 'too many provisionings', category: 'final' },
  166: { meaning: 'the card data is invalid', category: 'final' },
  167: { meaning: 'the card is already provisioned', category: 'final' },
  170: { meaning: 'the provisioning was refused', category: 'final' },
  191: { meaning: 'the card has expired', category: 'final' },
  221: { meaning: 'the device was not reached', category: 'proves-nothing', sendAgain: true },
  231: { meaning: 'the device reported an error', category: 'final' },
  232: { meaning: 'the device is out of memory', category: 'final' },
  321: { meaning: 'an operation is already running for this device', category: 'final', sendAgain: true },
  322: { meaning: "the operation's time to live ran out", category: 'proves-nothing', sendAgain: true },
  323: { meaning: 'the operation is incomplete', category: 'proves-nothing' },
  432: { meaning: "not allowed in the card's present state", category: 'state' },
  911: { meaning: 'the operation failed', category: 'proves-nothing' },
  921: { meaning: 'an unexpected server error', category: 'proves-nothing', sendAgain: true },
};

const CARD_UNKNOWN = 116;
const DEVICE_NOT_REACHED = 221;

function lookUp(code: ErrorCode): HubError | undefined {
  return typeof code === 'number' && Object.hasOwn(HUB_ERRORS, code) ? HUB_ERRORS[code] : undefined;
}

/** The category of a code; one that nobody has documented counts as final. */
export function categoryOf(code: ErrorCode): HubErrorCategory {
  return lookUp(code)?.category ?? 'final';
}

/** Our words for a code, for people. */
export function meaningOf(code: ErrorCode): string {
  return lookUp(code)?.meaning ?? 'a code that is not documented';
}

/** Whether a request answered with this code may be sent again as it is. */
export function isWorthSendingAgain(code: ErrorCode): boolean {
  return lookUp(code)?.sendAgain === true;
}

/** Whether a reading of a card that is answered with this code says that the hub knows no such card, or no token of it. */
export function isCardUnknown(code: ErrorCode): boolean {
  return code === CARD_UNKNOWN || categoryOf(code) === 'unknown-token';
}

export function isDeviceNotReached(code: ErrorCode | undefined): boolean {
  return code === DEVICE_NOT_REACHED;
}

/** Every code of the table, for documents and tests. */
export const HUB_ERROR_CODES: readonly number[] = Object.keys(HUB_ERRORS).map(Number);
