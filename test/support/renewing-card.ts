import { randomUUID } from 'node:crypto';
import type { VirtualCardChange } from '../../src/domain/hub/change.js';
import type { RenewalsView } from '../../src/domain/unsolicited/to-view.js';
import type { Gateway } from '../../src/application/gateway.js';
import { createFakeHub, type FakeHub } from './fake-hub.js';
import { aListOf, aRenewal, told } from './renewals.js';

export const ISSUER = 'ISSUER1234';

/** A card that nobody has heard of, with tokens that have short names here, on a task queue of its own. */
export interface Place {
  readonly own: string;
  readonly card: string;
  readonly taskQueue: string;
}

export function aPlace(own: string = randomUUID()): Place {
  return { own, card: `card-${own}`, taskQueue: `test-${randomUUID()}` };
}

export function tokenOf({ own }: Place, name: string): string {
  return `${name}-${own}`;
}

/** A callback that says that a token of this card was renewed. */
export function renewalOf(
  place: Place,
  name: string,
  overrides: Partial<VirtualCardChange> = {},
): VirtualCardChange {
  return aRenewal({ issuerCardRefId: place.card, virtualCardId: tokenOf(place, name), ...overrides });
}

/** The same without a word about the card. */
export function cardlessOf(
  place: Place,
  name: string,
  overrides: Partial<VirtualCardChange> = {},
): VirtualCardChange {
  const { issuerCardRefId: _issuerCardRefId, ...change } = renewalOf(place, name, overrides);
  return change;
}

/** A hub that shows these tokens of the card as active. */
export function hubOf(place: Place, ...names: string[]): FakeHub {
  const states = Object.fromEntries(names.map((name) => [tokenOf(place, name), 'RESUMED']));
  return createFakeHub({ reading: () => aListOf(states) });
}

export async function seen({ card }: Place, gateway: Gateway): Promise<RenewalsView> {
  return gateway.describeRenewals({ issuerId: ISSUER, issuerCardRefId: card });
}

/** What is told of each token, by its short name. */
export function toldOf(place: Place, view: Pick<RenewalsView, 'tokens'>) {
  const short = (name: string): string => name.replace(`-${place.own}`, '');
  return Object.fromEntries(Object.entries(told(view)).map(([name, words]) => [short(name), words]));
}

export async function deliverAll(gateway: Gateway, changes: readonly VirtualCardChange[]): Promise<void> {
  for (const change of changes) await gateway.deliver(ISSUER, change);
}
