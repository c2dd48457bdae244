/**
 * The workflow ids (design section 4): each is a function of what a callback carries, so that a callback finds its
 * operation without a lookup table. Other programs depend on them.
 */

/** The owner of all callbacks of a correlation id: `tokenOperation`, `cardOperation` or `foreignChange`. */
export function ownerWorkflowId(issuerId: string, correlationId: string): string {
  return `lcm/${issuerId}/${correlationId}`;
}

/** The n-th child of an operation on all tokens of a card, which sends its request; it owns no callbacks. */
export function cardRequestWorkflowId(issuerId: string, correlationId: string, n: number): string {
  const first = `card-request/${issuerId}/${correlationId}`;
  return n === 1 ? first : `${first}/${n}`;
}

/** What arrived after the owner had closed. */
export function lateWorkflowId(issuerId: string, correlationId: string): string {
  return `late/${issuerId}/${correlationId}`;
}

/** The renewals of a card's tokens by their TSP. */
export function cardRenewalsWorkflowId(issuerId: string, issuerCardRefId: string): string {
  return `renewals/${issuerId}/${issuerCardRefId}`;
}

/** The renewals of a token of which the callbacks do not say to which card it belongs. */
export function tokenRenewalsWorkflowId(issuerId: string, virtualCardId: string): string {
  return `token-renewals/${issuerId}/${virtualCardId}`;
}
