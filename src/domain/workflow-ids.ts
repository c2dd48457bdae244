/**
 * The workflow ids (design section 4): each is a function of what a callback carries, so that a callback finds its
 * operation without a lookup table. Other programs depend on them.
 */

/** The owner of all callbacks of a correlation id: `tokenOperation`, `cardFanOut` or `foreignChange`. */
export function ownerWorkflowId(issuerId: string, correlationId: string): string {
  return `lcm/${issuerId}/${correlationId}`;
}

/** An operation on all tokens of a card. */
export function cardOperationWorkflowId(issuerId: string, correlationId: string): string {
  return `card-operation/${issuerId}/${correlationId}`;
}

/** What arrived after the owner had closed. */
export function lateWorkflowId(issuerId: string, correlationId: string): string {
  return `late/${issuerId}/${correlationId}`;
}
