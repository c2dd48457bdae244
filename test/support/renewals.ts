import type { VirtualCardChange } from '../../src/domain/hub/change.js';
import type { Reading } from '../../src/domain/hub/reading.js';
import {
  beginRenewals,
  recordRenewal,
  type CardRenewals,
  type Renewal,
  type TokenRenewals,
} from '../../src/domain/unsolicited/index.js';
import { aChange } from './builders.js';

/** A callback that tells of a renewal by the TSP; without an error code of one that succeeded. */
export function aRenewal(overrides: Partial<VirtualCardChange> = {}): VirtualCardChange {
  return aChange({ correlationId: 'r-1', action: 'RENEW', ...overrides });
}

/** What follows the renewals of card-1 knows after these callbacks, one second apart. */
export function record(changes: readonly VirtualCardChange[]): CardRenewals {
  return changes.reduce(
    (renewals, change, index) => recordRenewal(renewals, change, 1_000 * (index + 1)),
    beginRenewals({ issuerId: 'ISSUER1234', issuerCardRefId: 'card-1' }, 0),
  );
}

/** A reading that lists these tokens in these states. */
export function aListOf(states: Readonly<Record<string, string>>): Reading {
  const tokens = Object.entries(states).map(([virtualCardId, status]) => ({ virtualCardId, status }));
  return { kind: 'listed', tokens };
}

/** What is known of each token, in words: `r-1 FAILED 231 aux x2`. */
export function told({
  tokens,
}: {
  readonly tokens: readonly TokenRenewals[];
}): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(tokens.map((token) => [token.virtualCardId, token.renewals.map(toWords)]));
}

function toWords({ correlationId, result, errorCode, isPrimary, repeats }: Renewal): string {
  return [
    correlationId,
    result,
    ...(errorCode === undefined ? [] : [errorCode]),
    ...(isPrimary === false ? ['aux'] : []),
    ...(repeats === 0 ? [] : [`x${repeats}`]),
  ].join(' ');
}
